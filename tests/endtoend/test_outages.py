"""The ERP is away for a while: it is left alone, and then everything goes on by itself."""

from tests.endtoend.installation import Installation
from tests.waiting import wait_until


def logged(installation: Installation, event: str) -> int:
    return sum(installation.log_of(name).count(event) for name in ("worker-1", "worker-2"))


def probed(installation: Installation) -> None:
    """Let the time of the next probe come, and wait until it was in vain."""
    installation.sql("UPDATE outage SET probe_at = now(), why = 'to be probed'")
    wait_until(
        lambda: installation.sql("SELECT 1 FROM outage WHERE why <> 'to be probed'"),
        "a probe in vain",
    )
    assert installation.sql("SELECT ended_at FROM outage") == [(None,)]


def test_an_erp_that_takes_no_writes_and_then_is_away_is_left_alone_until_it_is_back(installation):
    sandbox = installation.sandbox
    installation.everything(bulk_size=5)
    ids = installation.spend(60)
    sandbox.fault("500_before", peer="infor", effect="write")
    installation.release()
    wait_until(
        lambda: installation.sql("SELECT 1 FROM outage WHERE of_writes AND ended_at IS NULL"),
        "an outage of writes",
    )
    in_hand = "SELECT 1 FROM record WHERE step = 'post' AND lease_until > now()"
    wait_until(lambda: not installation.sql(in_hand), "what was in hand is given back")
    for _ in range(3):
        before = sandbox.writes()
        installation.let_time_pass()
        probed(installation)
        assert sandbox.writes() == before + 1, "one record, one write"
    assert installation.statuses()["held"] == 0

    sandbox.call("DELETE", "/faults")
    sandbox.fault("drop_before", peer="infor")
    before = sandbox.operations()
    for _ in range(3):
        probed(installation)
    asked = {k: n - before.get(k, 0) for k, n in sandbox.operations().items()}
    assert {k: n for k, n in asked.items() if n} == {"MNS150MI/GetUserData": 3}

    sandbox.call("DELETE", "/faults")
    installation.sql("UPDATE outage SET probe_at = now()")

    def all_exported() -> bool:
        installation.let_time_pass()
        return installation.statuses() == {"exported": 60}

    wait_until(all_exported, "all exported")
    installation.assert_posted_once(ids)
    assert (logged(installation, "outage_began"), logged(installation, "outage_ended")) == (1, 1)
