"""What moved in Brex comes into PostgreSQL by the clock, through real workers, once."""

from datetime import UTC, date, datetime, timedelta

from connector.store.transactions import Transactions
from tests.endtoend.installation import NAME, Installation
from tests.waiting import wait_until

CARDS = "GET /v2/transactions/card/primary"


def cards(installation: Installation) -> list[tuple[int, bool, str | None]]:
    """Rows, end and cursor of each pull of card transactions."""
    return installation.sql(
        "SELECT rows, finished_at IS NOT NULL AND error = '', cursor FROM brex_pull"
        " WHERE kind = 'card_transactions' ORDER BY id"
    )


def test_a_worker_killed_between_two_pages_leaves_the_next_one_to_go_on(installation):
    installation.connect(mapping="[brex.transactions]")
    day = datetime.now(UTC).date().isoformat()
    made = [{"id": f"t_{n:04}", "posted_at_date": day} for n in range(3000)]
    installation.sandbox.call("POST", "/brex/transactions", {"transactions": made})
    installation.sandbox.fault("latency", operation=CARDS, skip=1, times=1, seconds=2.0)
    installation.worker()
    installation.beat()
    wait_until(lambda: installation.sandbox.fired() == 1, "the second page is on its way")
    installation.kill("worker")
    ((rows, is_whole, cursor),) = cards(installation)
    assert (rows, is_whole) == (1000, False)
    assert cursor
    due = installation.sql("SELECT due_at - started_at FROM schedule WHERE job = 'transactions'")
    assert due == [(timedelta(minutes=15),)], "not a day"
    installation.sql("UPDATE brex_pull SET lease_until = now()")
    installation.sql("UPDATE schedule SET due_at = now() WHERE job = 'transactions'")
    installation.worker()
    wait_until(lambda: cards(installation) == [(3000, True, None)], "the same pull is whole")
    kept = Transactions(
        installation.application.database, installation.application.wired(NAME).connection.id
    )
    assert [one.id for one in kept.between(date(2000, 1, 1), date(2100, 1, 1))] == [
        one["id"] for one in made
    ]
    assert installation.sql(
        "SELECT attempt, pages, new FROM brex_pull WHERE kind = 'card_transactions'"
    ) == [(2, 3, 3000)]
