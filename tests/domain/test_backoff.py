"""How long a record waits before it is tried again."""

from connector.domain.backoff import full_jitter


def longest(failures: int, asked_s: float | None = None) -> float:
    return max(full_jitter(failures, asked_s=asked_s) for _ in range(400))


def test_each_failure_doubles_the_longest_wait_up_to_a_quarter_of_an_hour() -> None:
    for failures, most_s in [(0, 2), (1, 4), (5, 64), (9, 900), (200, 900)]:
        assert 0.9 * most_s < longest(failures) <= most_s


def test_who_is_told_when_to_come_again_comes_then_however_often_that_was() -> None:
    for failures in (0, 9):
        waits = [full_jitter(failures, asked_s=7.0) for _ in range(400)]
        assert min(waits) >= 7.0
        assert 8.5 < max(waits) <= 9.0
