"""How much of one connection's work a process takes on."""

from connector.cli import programs
from connector.domain.records import Step
from connector.settings import Settings
from workers.turns import MOST, MOST_POSTING, Turns


def test_a_connection_has_so_many_batches_of_a_step_and_another_has_its_own() -> None:
    turns = Turns(3)
    assert [turns.take("a") for _ in range(4)] == [True, True, True, False]
    assert turns.take("b")
    assert turns.end("a"), "somebody was turned away"
    assert not turns.end("a")
    assert turns.take("a")


def test_one_connection_leaves_threads_of_a_worker_to_the_others() -> None:
    argv = programs.worker(Settings.from_environment({})).argv
    threads = int(argv[argv.index("--concurrency") + 1])
    assert MOST * (len(Step) - 1) + MOST_POSTING <= threads * 2 / 3
