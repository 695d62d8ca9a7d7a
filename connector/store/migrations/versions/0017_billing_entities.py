"""Runs 0017_billing_entities.sql."""

from pathlib import Path

from alembic import op

revision = "0017_billing_entities"
down_revision = "0016_polled_versions"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
