"""Messages are repeated, lost and forgotten; Redis is emptied, frozen, full and killed (F08, F10 to
F14, F20, F33). Each scenario has a Redis of its own."""

import random
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
from redis import Redis
from redis.exceptions import RedisError

from connector.domain.records import Step
from connector.embedded.redis import EmbeddedRedis
from connector.secret import Secret
from tests.chaos import broker
from tests.chaos.conftest import Scale
from tests.chaos.points import Plan
from tests.chaos.sender import Sender
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME, expected
from tests.waiting import wait_until
from workers.configuration import celery_app
from workers.queues import ALL

pytestmark = pytest.mark.timeout(900)

#: A message that is lost costs no more than this.
RECOVERED_WITHIN_S = 90.0
#: After a storm, every worker consumes again within this time.
FLOWS_WITHIN_S = 120.0
#: What a process that is told to end is given by those who run it.
GRACE_S = 45.0


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def empty_redis_url(redis_server: EmbeddedRedis) -> Secret:
    """In place of the one that other tests use."""
    return redis_server.url()


@pytest.fixture
def redis(empty_redis_url: Secret) -> Iterator["Redis[bytes]"]:
    with Redis.from_url(empty_redis_url.reveal(), socket_timeout=5) as client:
        yield client


def webhooks(stage: Stage) -> str:
    return f"{stage.gateway_url}/webhooks/brex/{NAME}"


def spend(stage: Stage, count: int, prefix: str = "") -> list[str]:
    """Records that Brex has released; who delivers its events is the test's business."""
    if "beat" in stage.processes:
        stage.until_polled()
    options = {"id_prefix": prefix} if prefix else {}
    ids = stage.spend(count, seed=stage.seed, **options)
    stage.release(send=False)
    return ids


def finish(stage: Stage, ids: Sequence[str]) -> None:
    """All come to rest, posted, and the verdict is good."""
    stage.heal(len(ids))
    stage.assert_sound(list(ids))


def threaded(stage: Stage, *names: str, concurrency: int = 8) -> None:
    """Workers as the product runs them, which nobody starts again."""
    for name in names:
        stage.worker(name, concurrency=concurrency)


def hint_at_fetching(stage: Stage, messages: Sequence[Sequence[str]]) -> None:
    """Messages that name these records each, whatever others wait."""
    assert stage.settings.redis_url
    with celery_app(stage.settings.redis_url) as app:
        for ids in messages:
            app.send_task(Step.FETCH.value, args=[NAME, list(ids)], queue=Step.FETCH.value)


def assert_each_consumes(stage: Stage, client: "Redis[bytes]", names: Sequence[str]) -> None:
    """Each worker takes messages from each queue, while the others sleep."""
    app = celery_app(stage.settings.redis_url)
    for name in names:
        others = [psutil.Process(stage.processes[one].pid) for one in names if one != name]
        for process in others:
            process.suspend()
        try:
            # what Redis hands to a sleeper waits for it: what they asked for has to end first
            wait_until(lambda: not _asking(client, others), "nobody else is asking")  # noqa: B023
            others_of = {"maintenance": ("tick", []), "receipts": ("receipts", [NAME])}
            sent = [
                app.send_task(
                    *others_of.get(queue, (queue.partition(".")[0], [NAME, []])), queue=queue
                )
                for queue in ALL
            ]
            missing = lambda: [one.id for one in sent if one.id not in stage.log_of(name)]  # noqa: B023, E731
            wait_until(lambda: not missing(), f"{name} consumes", FLOWS_WITHIN_S)  # noqa: B023
        finally:
            for process in others:
                process.resume()
    app.close()


def _asking(client: "Redis[bytes]", processes: Sequence[psutil.Process]) -> list[str]:
    """The connections over which these processes wait for a message."""
    theirs = {
        f"{one.laddr.ip}:{one.laddr.port}"
        for process in processes
        for one in process.net_connections("tcp4")
    }
    return [
        one["addr"] for one in client.client_list() if "b" in one["flags"] and one["addr"] in theirs
    ]


def exported_after_s(stage: Stage, ids: Sequence[str]) -> list[float]:
    """How long each record took."""
    rows = stage.sql(
        "SELECT extract(epoch FROM exported_at - received_at)::float8 FROM record"
        " WHERE record_id = ANY(%s) AND exported_at IS NOT NULL",
        list(ids),
    )
    return [row[0] for row in rows]


def p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@pytest.mark.fails_without("lease")
def test_f08_every_message_arrives_five_times(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    copies = {broker.COPIES: "5"}
    watch_leases(stage)
    stage.connect(bulk_size=10, timeout_s=20)  # nothing but the copies goes wrong
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}", pool="threads", concurrency=10, **copies)
    stage.beat(app="tests.chaos.worker:app", CHAOS_FOLDER=str(stage.folder), **copies)
    stage.attacked_gateway(**copies)
    ids = spend(stage, scale.records)
    with Sender(webhooks(stage), ids):
        stage.until_quiet(len(ids))
    finish(stage, ids)
    operations = stage.sandbox.operations()
    lines = sum(
        len(expected(stage.sandbox.call("GET", f"/brex/records/{one}")["record"])) for one in ids
    )
    writes = {"APS450MI/AddHead": len(ids), "APS450MI/AddLine": lines}
    assert {name: operations[name] for name in writes} == writes
    assert operations["APS455MI/ValidByBatchNo"] == len(ids)
    assert stage.sandbox.writes() == 2 * len(ids) + lines
    assert stage.sql("SELECT count(*) FROM overtaken") == [(0,)], "who had a lease kept it"


def watch_leases(stage: Stage) -> None:
    """Note each record that is taken while somebody else's lease of it still runs."""
    stage.sql(
        "CREATE TABLE overtaken (record bigint);"
        "CREATE FUNCTION note_overtaken() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
        " BEGIN INSERT INTO overtaken VALUES (NEW.id); RETURN NULL; END $$;"
        "CREATE TRIGGER note_overtaken AFTER UPDATE OF attempt ON record FOR EACH ROW"
        " WHEN (NEW.attempt > OLD.attempt AND OLD.lease_until > clock_timestamp())"
        " EXECUTE FUNCTION note_overtaken()"
    )


@pytest.mark.fails_without("sweep")
def test_f10_redis_is_emptied_again_and_again(
    stage: Stage, scale: Scale, redis: "Redis[bytes]"
) -> None:
    stage.flying_time = False
    stage.connect(bulk_size=25)
    threaded(stage, "worker-1", "worker-2")
    stage.beat()
    stage.gateway()
    calm = spend(stage, scale.records, "calm")
    with Sender(webhooks(stage), calm, pause_s=0.2):
        stage.until_quiet(len(calm))
    wiped = spend(stage, scale.records, "wiped")
    wipes = 0
    with Sender(webhooks(stage), wiped, pause_s=0.2):
        known = stage.statuses()["exported"]
        while known < len(calm) + len(wiped):
            redis.flushdb()
            wipes += 1
            end = time.monotonic() + 0.5
            wait_until(lambda end=end: time.monotonic() > end)
            known = stage.statuses()["exported"]
    usual_s, wiped_s = (p95(exported_after_s(stage, ids)) for ids in (calm, wiped))
    stage.figure(wipes=wipes, usual_p95_s=round(usual_s, 1), wiped_p95_s=round(wiped_s, 1))
    assert wipes >= scale.of(20, 5)
    assert wiped_s - usual_s <= 60
    finish(stage, [*calm, *wiped])


@pytest.mark.fails_without("hints_behind_the_answer")
def test_f11_redis_freezes_and_nobody_is_started_again(
    stage: Stage, scale: Scale, redis_server: EmbeddedRedis, redis: "Redis[bytes]"
) -> None:
    stage.flying_time = False
    stage.connect(bulk_size=10)
    names = ("worker-1", "worker-2")
    threaded(stage, *names)
    stage.beat()
    stage.gateway()
    ids = spend(stage, scale.records)
    frozen_s = scale.of(30, 10)
    process = redis_server.child.process
    assert process
    with Sender(webhooks(stage), ids, per_event=1, pause_s=1.2 * frozen_s / len(ids)) as sender:
        wait_until(lambda: stage.statuses().total() > len(ids) / 20, "it has begun")
        frozen_at = time.monotonic()
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: time.monotonic() > frozen_at + frozen_s)
        process.send_signal(signal.SIGCONT)
        thawed_at = time.monotonic()
    p99_s = sender.slowest_s(0.99, frozen_at, thawed_at)
    stage.figure(gateway_p99_s=round(p99_s, 3))
    assert set(sender.statuses()) == {204}
    assert p99_s < 3
    finish(stage, ids)
    assert_each_consumes(stage, redis, names)
    assert not any(stage.died(name) for name in stage.processes)


@pytest.mark.fails_without("hints_may_fail")
def test_f33_redis_is_full(stage: Stage, scale: Scale, redis: "Redis[bytes]") -> None:
    stage.flying_time = False
    stage.connect(bulk_size=10)
    names = ("worker-1", "worker-2")
    threaded(stage, *names)
    stage.beat()
    stage.gateway()
    ids = spend(stage, scale.records)
    full_s = scale.of(20, 10)
    with Sender(webhooks(stage), ids, per_event=1, pause_s=1.2 * full_s / len(ids)) as sender:
        wait_until(lambda: stage.statuses().total() > len(ids) / 20, "it has begun")
        redis.config_set("maxmemory", "1")
        end = time.monotonic() + full_s
        wait_until(lambda: time.monotonic() > end)
        redis.config_set("maxmemory", "0")
    stage.figure(slowest_answer_s=round(sender.slowest_s(1.0), 3))
    assert set(sender.statuses()) == {204}
    finish(stage, ids)
    assert_each_consumes(stage, redis, names)
    assert not any(stage.died(name) for name in stage.processes)


@pytest.mark.fails_without("reconnecting")
def test_f12_clients_are_cut_off_and_redis_is_started_again_and_again(
    stage: Stage, scale: Scale, redis_server: EmbeddedRedis, redis: "Redis[bytes]"
) -> None:
    stage.flying_time = False
    stage.connect(bulk_size=10)
    names = ("worker-1", "worker-2", "worker-3")
    threaded(stage, *names)
    stage.beat()
    stage.gateway()
    ids = spend(stage, scale.records)
    chance = random.Random(stage.seed)
    cuts = 0
    with Sender(webhooks(stage), ids, pause_s=0.2):
        wait_until(lambda: stage.statuses().total() > 0, "it has begun")
        for _ in range(10):
            wanted = cuts + 10
            while cuts < wanted:
                cuts += _cut_off_one(redis, chance)
            assert redis_server.child.process
            redis_server.child.process.kill()
            redis_server.child.process.wait()
            redis_server.start()
    calm_at = time.monotonic()
    finish(stage, ids)
    assert_each_consumes(stage, redis, names)
    stage.figure(flows_s=round(time.monotonic() - calm_at, 1), cuts=cuts)
    assert not any(stage.died(name) for name in stage.processes)


def _cut_off_one(client: "Redis[bytes]", chance: random.Random) -> int:
    """Cut off a client other than ourselves; how many were."""
    with suppress(RedisError):
        own = client.client_id()
        others = sorted(int(one["id"]) for one in client.client_list() if int(one["id"]) != own)
        if others:
            return int(client.client_kill_filter(_id=str(chance.choice(others))))
    return 0


@pytest.mark.fails_without("sweep")
def test_f13_a_worker_dies_between_taking_a_message_and_noting_that_it_has_it(
    stage: Stage, scale: Scale
) -> None:
    stage.connect(bulk_size=10)
    for number in (1, 2, 3):
        stage.attacked_worker(f"worker-{number}", pool="threads")
    stage.beat()
    ids = stage.spend(scale.records, seed=stage.seed)
    messages = [ids[start : start + 4] for start in range(0, len(ids), 4)]
    stage.plan(Plan("message.popped", each_record=True))
    for start in range(0, len(messages), 10):
        wave = messages[start : start + 10]
        stage.release(send=False, ids=[one for message in wave for one in message])
        for message in wave:
            stage.announce(message)
        hint_at_fetching(stage, wave)
        sent = start + len(wave)
        wait_until(lambda sent=sent: stage.fired() == sent, "all are killed", 120)
        wait_until(lambda: not stage.statuses()["received"], "recovered", RECOVERED_WITHIN_S)
    stage.until_quiet(len(ids))
    recovered_s = [_recovered_after_s(stage, one) for one in ids]
    stage.figure(slowest_recovery_s=round(max(recovered_s), 1))
    assert max(recovered_s) <= RECOVERED_WITHIN_S
    finish(stage, ids)


def _recovered_after_s(stage: Stage, record_id: str) -> float:
    """From the kill of the worker that had its message until it was fetched all the same."""
    killed_at = Path(stage.folder / f"message.popped.{record_id}").stat().st_mtime
    ((fetched_at,),) = stage.sql(
        "SELECT extract(epoch FROM min(h.at))::float8 FROM record r"
        " JOIN record_history h ON h.record = r.id"
        " WHERE r.record_id = %s AND h.to_status = 'fetched'",
        record_id,
    )
    return float(fetched_at - killed_at)


@pytest.mark.fails_without("lost_hints")
def test_f13_the_hint_of_the_sweep_is_lost_too(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    stage.connect(bulk_size=10)
    for name in ("worker-1", "worker-2"):
        stage.attacked_worker(name, pool="threads")
    stage.beat()
    ids = spend(stage, scale.records)
    stage.plan(Plan("message.without_ids.popped", nth=1))
    stage.announce(ids)
    wait_until(lambda: stage.fired() == 1, "it is lost", 150)
    assert stage.statuses() == {"received": len(ids)}
    lost_at = time.monotonic()
    wait_until(lambda: stage.statuses()["received"] < len(ids), "recovered", RECOVERED_WITHIN_S)
    stage.figure(recovery_s=round(time.monotonic() - lost_at, 1))
    stage.until_quiet(len(ids))
    finish(stage, ids)


@pytest.mark.fails_without("sweep")
def test_f14_an_old_holder_acknowledges_what_a_new_one_holds(
    stage: Stage, scale: Scale, redis: "Redis[bytes]"
) -> None:
    """Both hold the same messages; the old one's acknowledgements end the new one's claim to
    them, and the new one dies: they are nowhere any more."""
    stage.flying_time = False
    stage.stall_s = 900.0  # those who sleep are woken here
    stage.connect(bulk_size=10)
    ids = spend(stage, scale.records)
    stage.announce(ids)
    holders = _holders(stage, ("old-1", "old-2", "old-3"))
    rounds = scale.of(4, 1)
    for number in range(rounds):
        with nobody_may_touch(stage, "record"):
            hint_at_fetching(stage, [ids[start::6] for start in range(6)])
            wait_until(lambda: _held(redis) == 6, "the old ones hold all")
            for process in holders:
                process.suspend()
            names = [f"new-{number}-{one}" for one in (1, 2, 3)]
            successors = _holders(stage, names)
            redis.zadd("unacked_index", dict.fromkeys(redis.hkeys("unacked"), 1.0))  # for an hour
            wait_until(lambda: _held(redis, since=2.0) == 6, "the new ones hold all")
            for process in successors:
                process.suspend()
            for process in holders:
                process.resume()
            wait_until(lambda: redis.hlen("unacked") == 0, "the old ones acknowledge them")
            for name in names:
                stage.kill(name)
    stage.figure(lost=6 * rounds)
    assert [redis.llen(queue) for queue in ALL] == [0] * len(ALL)
    assert stage.statuses() == {"received": len(ids)}
    began = time.monotonic()
    stage.beat()
    wait_until(lambda: "received" not in stage.statuses(), "recovered", RECOVERED_WITHIN_S)
    stage.figure(recovery_s=round(time.monotonic() - began, 1))
    stage.until_quiet(len(ids))
    finish(stage, ids)


def _holders(stage: Stage, names: Sequence[str]) -> list[psutil.Process]:
    """Workers that are ready, and hold two messages each, as many as they work on at once."""
    threaded(stage, *names, concurrency=2)
    for name in names:
        wait_until(lambda name=name: " ready." in stage.log_of(name), f"{name} is ready")
    return [psutil.Process(stage.processes[name].pid) for name in names]


def _held(client: "Redis[bytes]", since: float = 0.0) -> int:
    """How many messages have been held since a time or later, where none waits."""
    if client.llen("fetch"):
        return 0
    return int(client.zcount("unacked_index", since, "+inf"))


@contextmanager
def nobody_may_touch(stage: Stage, table: str) -> Iterator[None]:
    """Whoever reads or writes the table waits, and gives up after ten seconds."""
    assert stage.application.settings.database_url
    connection = psycopg2.connect(stage.application.settings.database_url.reveal())
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.fails_without("orderly_end")
def test_f20_workers_are_replaced_one_by_one_under_load(
    stage: Stage, scale: Scale, redis: "Redis[bytes]"
) -> None:
    stage.flying_time = False
    stage.connect(bulk_size=10)
    stage.sandbox.call("PATCH", "/settings", {"infor": {"validation_s": 4.0}})
    stage.sandbox.fault("latency", peer="infor", seconds=0.5)
    names = ["worker-1", "worker-2", "worker-3"]
    threaded(stage, *names)
    stage.beat()
    stage.gateway()
    ids = spend(stage, scale.records)
    left: set[bytes] = set()
    stops_s = []
    with Sender(webhooks(stage), ids, pause_s=0.2):
        wait_until(lambda: stage.statuses()["posting"] > 0, "it has begun")
        for name in names:
            process = stage.processes.pop(name)
            process.terminate()
            asked_at = time.monotonic()
            process.wait(GRACE_S)
            stops_s.append(time.monotonic() - asked_at)
            left |= set(redis.hkeys("unacked"))
            threaded(stage, f"{name}-next")
    stage.figure(slowest_stop_s=round(max(stops_s), 1))
    finish(stage, ids)
    # what others hold is done by now; what was left would be handed out after the visibility timeout
    wait_until(lambda: not left & set(redis.hkeys("unacked")), "nothing was left unacknowledged")
