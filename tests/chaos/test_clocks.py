"""Clocks that are wrong, jump or stand still, and beat in two, or gone (F19, F26)."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from connector.domain.jobs import Job
from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME, SECRET
from tests.gateway.signing import EVENT, signed
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
MINUTES = 60.0


class Clock:
    """A clock that processes may be given, off the host's by so many seconds."""

    def __init__(self, folder: Path, name: str, off_s: float) -> None:
        self.file = folder / f"{name}.clock"
        self.put(off_s)

    def put(self, off_s: float) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(off_s))
        new.replace(self.file)

    @property
    def environment(self) -> dict[str, str]:
        return {"CLOCK_FILE": str(self.file), "PYTHONPATH": str(Path(__file__).parent / "clock")}


def watch_claims(stage: Stage) -> None:
    """Note every slot of the schedule that is claimed, whoever claims it."""
    stage.sql(
        "CREATE TABLE claimed (job text, slot timestamptz, at timestamptz DEFAULT now());"
        "CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
        " BEGIN INSERT INTO claimed (job, slot) VALUES (OLD.job, OLD.due_at); RETURN NULL; END $$;"
        "CREATE TRIGGER note_claim AFTER UPDATE OF started_at ON schedule"
        " FOR EACH ROW EXECUTE FUNCTION note_claim()"
    )


def claims(stage: Stage, job: str) -> int:
    return stage.sql("SELECT count(*) FROM claimed WHERE job = %s", job)[0][0]


def polls(stage: Stage) -> int:
    """How often Brex was polled: each time for cards and reimbursements, those that wait and those
    that are exported, and for bills."""
    return stage.sandbox.operations("brex").get("GET /v3/accounting/records", 0) // 5


@pytest.mark.short
@pytest.mark.fails_without("database_clock")
def test_f26_clocks_ten_minutes_off_that_are_then_set(stage: Stage, scale: Scale) -> None:
    """Workers ten minutes ahead and behind; in the middle NTP puts them, and beat, elsewhere."""
    stage.connect(bulk_size=4, timeout_s=1, poll_every="2s")
    ahead = Clock(stage.folder, "ahead", 10 * MINUTES)
    behind = Clock(stage.folder, "behind", -10 * MINUTES)
    beats = Clock(stage.folder, "beat", 10 * MINUTES)
    stage.storm(0.05, ("drop_after", "500_after", "late_apply"), seconds=3.0)
    stage.worker("worker-ahead", **ahead.environment)
    stage.worker("worker-behind", **behind.environment)
    stage.beat(**beats.environment)
    stage.gateway()
    ids = stage.spend(scale.records, seed=stage.seed)
    stage.release()
    wait_until(lambda: stage.statuses().total() >= scale.records / 4, "it is under way", 120)
    for clock, off_s in ((ahead, -10 * MINUTES), (behind, 10 * MINUTES), (beats, -10 * MINUTES)):
        clock.put(off_s)
    set_at = time.monotonic()
    ticks = stage.log_of("beat").count("Sending due task tick")
    wait_until(lambda: stage.log_of("beat").count("Sending due task tick") > ticks + 1, "ticks")
    stage.figure(beat_silent_s=round(time.monotonic() - set_at, 1))
    stage.until_quiet(scale.records)
    stage.heal(scale.records)
    stage.assert_sound(ids)
    ((off_s,),) = stage.sql(
        "SELECT extract(epoch FROM now() - watermark)::float8 FROM schedule WHERE job = 'poll'"
    )
    assert -1 < off_s < 60, "the poll goes by the database's clock"
    assert not [
        name for name in ("worker-ahead", "worker-behind") if "expired" in stage.log_of(name)
    ]


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("2027-03-28T00:59:55+00:00", id="summer time begins in Stockholm"),
        pytest.param("2027-10-31T00:59:55+00:00", id="summer time ends in Stockholm"),
        pytest.param("2028-02-28T23:59:55+00:00", id="a leap day begins"),
    ],
)
def test_f26_the_calendar_does_what_it_does_twice_a_year(
    stage: Stage, scale: Scale, moment: str
) -> None:
    off_s = (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds() + 5.0
    clock = Clock(stage.folder, "calendar", off_s)
    environment = {**clock.environment, "TZ": "Europe/Stockholm"}
    count = scale.of(100, 20)
    stage.connect(bulk_size=4, timeout_s=1)
    stage.storm(0.05, ("drop_after", "500_after"))
    stage.worker("worker-1", **environment)
    stage.worker("worker-2", **environment)
    stage.beat(**environment)
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    stage.until_quiet(count)
    stage.heal(count)
    stage.assert_sound(ids)


@pytest.mark.short
@pytest.mark.parametrize(("off_s", "status"), [(90.0, 204), (-90.0, 204), (600.0, 401)])
def test_f26_a_gateway_says_that_its_clock_is_off(stage: Stage, off_s: float, status: int) -> None:
    stage.connect()
    stage.gateway(**Clock(stage.folder, "gateway", off_s).environment)
    url = f"{stage.gateway_url}/webhooks/brex/{NAME}"
    body = EVENT.replace(b"cuacc_1", b"cuacc_sandbox")
    answers = [
        requests.post(
            url, data=body, headers=signed(body, message_id=f"m{n}", secret=SECRET), timeout=10
        )
        for n in range(5)
    ]
    assert [one.status_code for one in answers] == [status] * 5
    told = [line for line in stage.log_of("gateway").splitlines() if "gateway_clock_off" in line]
    against = {json.loads(line)["against"] for line in told}
    assert against == ({"database", "sender"} if status == 204 else {"database"})
    assert len(told) == len(against), "once a minute"


@pytest.mark.short
@pytest.mark.fails_without("guarded_claims")
def test_f19_two_beats_and_each_slot_runs_once(stage: Stage, scale: Scale) -> None:
    stage.connect(poll_every="2s")
    watch_claims(stage)
    for name in ("worker-1", "worker-2"):
        stage.worker(name)
    stage.beat("beat-1")
    stage.beat("beat-2")
    wanted = scale.of(30, 6)
    wait_until(lambda: claims(stage, Job.POLL) >= wanted, "polls come round", 300)
    stage.kill("beat-1")
    stage.kill("beat-2")
    wait_until(lambda: polls(stage) >= claims(stage, Job.POLL), "the last one is done")
    assert polls(stage) == claims(stage, Job.POLL)
    slots = stage.sql("SELECT count(*), count(DISTINCT (job, slot)) FROM claimed")
    assert slots[0][0] == slots[0][1]
    gaps = stage.sql(
        "SELECT min(gap) FROM (SELECT extract(epoch FROM at - lag(at) OVER (ORDER BY at)) AS gap"
        " FROM claimed WHERE job = 'poll') g"
    )
    assert gaps[0][0] >= 2
    stage.figure(slots=slots[0][0], shortest_gap_s=round(float(gaps[0][0]), 2))


@pytest.mark.short
def test_f19_without_beat_webhooks_go_through_and_a_person_is_told(
    stage: Stage, scale: Scale
) -> None:
    stage.flying_time = False
    stage.connect(poll_every="60s")
    watch_claims(stage)
    stage.worker()
    stage.beat()
    stage.gateway()
    wait_until(lambda: claims(stage, Job.POLL) == 1, "beat ticks")
    assert json.loads(stage.command("status", "--json"))["clock"]["runs"]
    stage.kill("beat")

    ids = stage.spend(scale.of(100, 10), seed=stage.seed)
    stage.release()
    stage.wait_for("exported", len(ids), 120)
    stage.assert_sound(ids)

    time_passes(stage, 2 * 60 + 1)  # two periods of what runs every minute
    clock = json.loads(stage.command("status", "--json", code=1))["clock"]
    assert "ml-connector run beat" in clock["detail"]
    checks = json.loads(stage.command("doctor", "--json", code=1))["checks"]
    assert [one["passed"] for one in checks if one["name"] == "beat"] == [False]
    wait_until(lambda: overdue_s(stage) > 60, "the gateway's metrics say so")

    time_passes(stage, 28 * 60)
    before = {job: claims(stage, job) for job in (Job.POLL, Job.TOKENS, Job.SPARES)}
    stage.beat("beat-again")
    for job, number in before.items():
        wait_until(lambda job=job, number=number: claims(stage, job) > number, f"{job} catches up")
    assert {job: claims(stage, job) for job in before} == {job: n + 1 for job, n in before.items()}
    assert json.loads(stage.command("status", "--json"))["clock"]["runs"]


def overdue_s(stage: Stage) -> float:
    """What the gateway's metrics say of the jobs."""
    text = requests.get(f"{stage.gateway_url}/metrics", timeout=10).text
    name = "ml_connector_gateway_job_overdue_seconds "
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))


def time_passes(stage: Stage, passed_s: float) -> None:
    """What was due in so many seconds is due now; nothing else changes."""
    stage.sql("ALTER TABLE schedule DISABLE TRIGGER note_claim")
    stage.sql("UPDATE schedule SET due_at = due_at - make_interval(secs => %s)", passed_s)
    stage.sql("ALTER TABLE schedule ENABLE TRIGGER note_claim")
