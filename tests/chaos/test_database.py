"""PostgreSQL is killed, full, or loses its answers (F16 to F18, F33). Each scenario has a server of
its own."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import psycopg2
import pytest

from connector.embedded.postgres import EmbeddedPostgres
from connector.secret import Secret
from connector.store.migrations import migrate
from tests.chaos.conftest import Scale
from tests.chaos.sender import Sender
from tests.chaos.stage import Stage
from tests.chaos.tcp_proxy import TcpProxy
from tests.conftest import run_folder
from tests.endtoend.installation import NAME
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def server_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where the server keeps its data; with a parameter, a volume of that size, which takes root."""
    folder = run_folder() / f"postgres-{token_hex(4)}"
    folder.mkdir(mode=0o711, parents=True)
    if size := getattr(request, "param", ""):
        options = f"size={size},mode=0711"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    yield folder
    if size:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def server(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(server_folder) as server:
        yield server


@pytest.fixture
def proxy(server: EmbeddedPostgres, seed: int) -> Iterator[TcpProxy]:
    """Between the product's processes, which end before it, and the server."""
    with TcpProxy(server.port, seed=seed) as proxy:
        yield proxy


@pytest.fixture
def migrated_database_url(server: EmbeddedPostgres) -> Secret:
    """In place of the database of a server that other tests use."""
    migrate(server.url())
    return server.url()


def webhooks(stage: Stage) -> str:
    return f"{stage.gateway_url}/webhooks/brex/{NAME}"


def everything(stage: Stage, count: int) -> list[str]:
    """All processes run, and Brex has released records that nobody has announced."""
    stage.connect(bulk_size=4, timeout_s=1)
    for name in ("worker-1", "worker-2"):
        stage.worker(name)
    stage.beat()
    stage.gateway()
    stage.until_polled()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    return ids


def finish(stage: Stage, ids: Sequence[str]) -> None:
    """All come to rest, posted, nobody had to be started again, and the verdict is good."""
    stage.until_quiet(len(ids))
    stage.figure(held=stage.statuses()["held"])
    stage.heal(len(ids))
    stage.assert_sound(list(ids))
    assert not any(stage.died(name) for name in stage.processes)


def acknowledged(sender: Sender) -> int:
    return sender.statuses()[204]


@pytest.mark.fails_without("new_connections")
def test_f16_the_server_is_killed_ten_times(
    stage: Stage, scale: Scale, server: EmbeddedPostgres
) -> None:
    ids = everything(stage, scale.records)
    with Sender(webhooks(stage), ids, pause_s=0.1) as sender:
        for _ in range(10):
            before = acknowledged(sender)
            wait_until(
                lambda before=before: sender.is_done or acknowledged(sender) > before + 5,
                "the gateway stores again",
            )
            assert server.child.process
            server.child.process.send_signal(signal.SIGQUIT)
            server.child.process.wait()
            refused = sender.statuses()[503]
            wait_until(lambda refused=refused: sender.is_done or sender.statuses()[503] > refused)
            server.start()
    stage.figure(answers=dict(sender.statuses()))
    assert set(sender.statuses()) == {204, 503}
    finish(stage, ids)


@pytest.mark.fails_without("doubt_of_commits")
def test_f17_one_commit_in_ten_is_never_answered(
    proxy: TcpProxy, stage: Stage, scale: Scale, server: EmbeddedPostgres
) -> None:
    url = stage.settings.database_url
    assert url
    through = Secret(url.reveal().replace(f":{server.port}/", f":{proxy.port}/"))
    stage.settings = replace(stage.settings, database_url=through)
    ids = everything(stage, scale.records)
    proxy.rate = 0.1
    enough = scale.of(20, 5)
    with Sender(webhooks(stage), ids) as sender:
        wait_until(lambda: proxy.done > enough and proxy.undone > enough, "enough is lost", 300)
    stage.figure(done=proxy.done, undone=proxy.undone, answers=dict(sender.statuses()))
    proxy.rate = 0.0
    assert set(sender.statuses()) <= {204, 503}
    finish(stage, ids)


@pytest.mark.fails_without("errors_of_ours")
def test_f18_others_have_taken_all_connections(
    stage: Stage, scale: Scale, server: EmbeddedPostgres
) -> None:
    ids = everything(stage, scale.records)
    log = server.folder / "postgres.log"
    with Sender(webhooks(stage), ids, pause_s=0.1) as sender:
        wait_until(lambda: stage.statuses()["exported"] > 0, "it has begun")
        with all_connections(server):
            taken_at = time.monotonic()
            wait_until(lambda: sender.statuses()[503] > 20, "the gateway refuses")
            wait_until(lambda: time.monotonic() > taken_at + 20)
            attempts = log.read_text(errors="replace").count("too many clients")
            took_s, asked = time.monotonic() - taken_at, sender.statuses()[503]
        # the gateway tries once for each delivery; the rest is what the workers do meanwhile
        attempts_a_second = (attempts - asked) / took_s
        stage.figure(attempts_a_second=round(attempts_a_second, 1))
        assert attempts_a_second < 10
    stage.figure(answers=dict(sender.statuses()))
    assert set(sender.statuses()) == {204, 503}
    finish(stage, ids)


@pytest.mark.parametrize("server_folder", ["200m"], indirect=True)
@pytest.mark.fails_without("errors_of_ours")
def test_f33_the_volume_of_the_server_is_full(
    stage: Stage, scale: Scale, server: EmbeddedPostgres, server_folder: Path
) -> None:
    ids = everything(stage, scale.records)
    ballast = server_folder / "ballast"
    with Sender(webhooks(stage), ids, pause_s=0.1) as sender:
        wait_until(lambda: acknowledged(sender) > 5, "it has begun")
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65_536))
        _use_up_the_log(server)
        wait_until(lambda: sender.statuses()[503] > scale.of(50, 20), "the gateway refuses")
        ballast.unlink()
        stage.figure(ended=not server.running)
        if not server.running:
            server.start()  # as whoever runs it would
    stage.figure(answers=dict(sender.statuses()))
    assert set(sender.statuses()) == {204, 503}
    finish(stage, ids)


def _use_up_the_log(server: EmbeddedPostgres) -> None:
    """Have the server need room for what it must not lose; there is none."""
    with suppress(psycopg2.OperationalError):
        connection = psycopg2.connect(server.url().reveal())
        connection.autocommit = True
        with connection.cursor() as cursor:
            for _ in range(30):
                cursor.execute("SELECT pg_switch_wal(), txid_current()")
        connection.close()


@contextmanager
def all_connections(server: EmbeddedPostgres) -> Iterator[None]:
    """Whoever else is connected with the server loses it, and nobody gets in."""
    taken = []

    def take() -> None:
        with suppress(psycopg2.OperationalError):
            while True:
                taken.append(psycopg2.connect(server.url().reveal(), application_name="hog"))

    def ours_are_gone() -> bool:
        with taken[0], taken[0].cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'ml-connector'"
            )
            ((count,),) = cursor.fetchall()
        take()
        return bool(count == 0)

    take()
    wait_until(ours_are_gone, "all connections are taken")
    try:
        yield
    finally:
        for connection in taken:
            connection.close()
