"""Runs 0043_moved_days.sql."""

from pathlib import Path

from alembic import op

revision = "0043_moved_days"
down_revision = "0042_reconcile_now"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
