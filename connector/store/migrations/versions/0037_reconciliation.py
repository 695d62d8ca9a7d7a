"""Runs 0037_reconciliation.sql."""

from pathlib import Path

from alembic import op

revision = "0037_reconciliation"
down_revision = "0036_identities"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
