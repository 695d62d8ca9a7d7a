"""Runs 0016_polled_versions.sql."""

from pathlib import Path

from alembic import op

revision = "0016_polled_versions"
down_revision = "0015_mapping_versions"


def upgrade() -> None:
    """Apply the step."""
    sql = Path(__file__).parents[1].joinpath(f"{revision}.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))
