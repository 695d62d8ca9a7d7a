"""Runs 0044_kept_history.sql."""

from pathlib import Path

from alembic import op

revision = "0044_kept_history"
down_revision = "0043_moved_days"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
