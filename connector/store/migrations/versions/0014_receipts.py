"""Runs 0014_receipts.sql."""

from pathlib import Path

from alembic import op

revision = "0014_receipts"
down_revision = "0013_claimed_jobs"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
