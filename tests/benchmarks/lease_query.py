"""How long a lease takes among millions of finished records: `make bench`.

Prints milliseconds (median and worst of 50 leases of 50 records each) for 10,000 due records
behind ever more finished ones, and the ratio to the smallest: it should stay near 1.
"""

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from connector.domain.records import Step
from connector.embedded import EmbeddedPostgres
from connector.store.database import Database
from connector.store.migrations import migrate
from connector.store.records import PostgresRecords

DUE = 10_000
FINISHED = (10_000, 100_000, 1_000_000)
LEASES, BATCH = 50, 50

FINISH = """
INSERT INTO record (connection_id, record_id, status, due_at, document, document_number,
                    erp_reference, erp_company, decided_at)
SELECT 1, 'done_' || n, 'exported', NULL, '{}', 'BX' || n, n::text, '100/AAA', now()
FROM generate_series(%s, %s) AS n
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder), durable=False) as server:
            migrate(server.url())
            database = Database(server.url(), actor="benchmark")
            filled, base = 0, 0.0
            with closing(psycopg2.connect(server.url().reveal())) as connection:
                connection.autocommit = True
                cursor = connection.cursor()
                # the guards and the history of a million rows are not what is measured here
                cursor.execute("SET session_replication_role = replica")
                cursor.execute(
                    "INSERT INTO connection (name, erp, config) VALUES ('bench', 'infor-m3', '{}')"
                )
                cursor.execute(
                    "INSERT INTO record (connection_id, record_id)"
                    " SELECT 1, 'due_' || n FROM generate_series(1, %s) AS n",
                    (DUE,),
                )
                for finished in FINISHED:
                    cursor.execute(FINISH, (filled + 1, finished))
                    cursor.execute("VACUUM ANALYZE record")
                    filled = finished
                    took = measure(PostgresRecords(database))
                    cursor.execute(
                        "UPDATE record SET due_at = now(), lease_until = NULL, claims = 0"
                        " WHERE due_at IS NOT NULL"
                    )
                    median = statistics.median(took)
                    base = base or median
                    print(
                        f"{finished:>9,} finished, {DUE:,} due: lease of {BATCH} records"
                        f" {median:.2f} ms (worst {max(took):.2f}), ratio {median / base:.2f}",
                        flush=True,
                    )
            database.close()


def measure(records: PostgresRecords) -> list[float]:
    """Milliseconds of each lease."""
    took = []
    for _ in range(LEASES):
        began = time.perf_counter()
        leased = records.lease(1, Step.FETCH, [], BATCH, 60.0)
        took.append((time.perf_counter() - began) * 1000)
        assert len(leased) == BATCH
    return took


if __name__ == "__main__":
    main()
