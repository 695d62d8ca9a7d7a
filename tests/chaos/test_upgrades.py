"""The version before and the next one at once (F20), as far as one version can show it: the schema
grows under running processes, and hints come in the form that 0.1.0 gave them."""

from contextlib import suppress

import psycopg2
import pytest

from connector.domain.jobs import Job
from connector.secret import Secret
from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME
from tests.waiting import wait_until
from workers.configuration import celery_app

pytestmark = pytest.mark.timeout(900)


def test_f20_the_schema_grows_under_running_processes(stage: Stage, scale: Scale) -> None:
    """As a step of the next version does it: processes of this one do not know what was added."""
    stage.everything(bulk_size=4)
    stage.until_polled()
    ids = stage.spend(scale.records, seed=stage.seed)
    stage.release(max_ids=5)
    wait_until(lambda: stage.statuses()["exported"] > 0, "it is under way", 120)
    tries = 1
    while not grown(stage):
        tries += 1
    assert len(ids) > stage.statuses()["exported"], "it was over before"
    more = stage.spend(scale.records, seed=stage.seed + 1, id_prefix="more_")
    stage.release(max_ids=5)
    stage.until_quiet(len(ids + more))
    stage.figure(tries=tries)
    assert stage.statuses() == {"exported": len(ids + more)}, "nobody had to look"
    stage.assert_sound(ids + more)
    assert not any(stage.died(name) for name in stage.processes)
    unexpected = [name for name in stage.processes if "unexpected" in stage.log_of(name).lower()]
    assert unexpected == []


def grown(stage: Stage) -> bool:
    """Whether each table got a column, all at once; locks are waited for as `migrate` does."""
    tables = [row[0] for row in stage.sql("SELECT relname FROM pg_stat_user_tables")]
    assert {"record", "erp_document", "erp_write", "connection"} <= set(tables)
    add = "ALTER TABLE {} ADD COLUMN of_the_next_version text NOT NULL DEFAULT ''"
    assert stage.settings.database_url
    connection = psycopg2.connect(stage.settings.database_url.reveal())
    busy = suppress(psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected)
    with busy, connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        for table in tables:
            cursor.execute(add.format(table))
    added = "SELECT count(*) FROM pg_attribute WHERE attname = 'of_the_next_version'"
    connection.close()
    return stage.sql(added) == [(len(tables),)]


def test_f20_hints_of_version_0_1_0_are_followed(stage: Stage, scale: Scale) -> None:
    """No clock ticks here: whatever is done, one of these messages had it done."""
    stage.flying_time = False
    stage.connect()
    stage.worker()
    count = scale.of(50, 10)
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    hint(stage, "fetch", [NAME, ids], "fetch")
    stage.until_quiet(count)
    stage.assert_sound(ids)

    unannounced = stage.spend(1, seed=stage.seed + 1, id_prefix="polled_")
    stage.release(send=False)
    hint(stage, "run_job", [NAME, Job.POLL.value], "maintenance")
    stage.until_quiet(count + 1)
    stage.assert_sound(unannounced)

    stage.sql(
        "INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at)"
        " SELECT id, 'infor-m3', false, 'a test', 30, now() + interval '1 hour' FROM connection"
    )
    ((connection_id,),) = stage.sql("SELECT id FROM connection")
    outage = {"connection_id": connection_id, "connection": NAME, "peer": "infor-m3"}
    hint(stage, "probe", [outage | {"of_writes": False}], "maintenance")
    running = "SELECT 1 FROM outage WHERE ended_at IS NULL"
    wait_until(lambda: not stage.sql(running), "the probe ends the outage")
    hint(stage, "tick", [], "maintenance")
    wait_until(lambda: "Task tick" in stage.log_of("worker"), "a tick is followed")


def hint(stage: Stage, task: str, arguments: list[object], queue: str) -> None:
    url: Secret | None = stage.settings.redis_url
    assert url
    with celery_app(url) as app:
        app.send_task(task, args=arguments, queue=queue)
