"""Runs 0007_outages.sql."""

from pathlib import Path

from alembic import op

revision = "0007_outages"
down_revision = "0006_pulse"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
