"""Runs 0013_claimed_jobs.sql."""

from pathlib import Path

from alembic import op

revision = "0013_claimed_jobs"
down_revision = "0012_outages_of_writes"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
