"""Runs 0006_pulse.sql."""

from pathlib import Path

from alembic import op

revision = "0006_pulse"
down_revision = "0005_webhook_secrets"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
