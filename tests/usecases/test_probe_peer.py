"""Probes: what ends an outage, and what is never done to find out."""

import pytest

from connector.errors import CredentialsError, RateLimitedError, RetryLaterError
from connector.ports import Outage
from connector.usecases.probe_peer import Told, probe_peer


class Outages:
    """Implements `Outages`: what was told."""

    def __init__(self):
        self.told = []

    def claim(self):
        return []

    def goes_on(self, outage, why):
        self.told.append("goes on")

    def reads_are_answered(self, outage):
        self.told.append("reads go on")

    def nothing_to_try(self, outage):
        self.told.append("nothing to try")

    def end(self, outage):
        self.told.append("ended")


def probed(*, error=None, of_writes=False, turns=()):
    """What became of the outage, step by step, and how many records took their turn."""
    outages, left = Outages(), list(turns)

    def ask():
        if error:
            raise error

    outage = Outage(1, "acme", "infor-m3", of_writes)
    probe_peer(outage, ask=ask, try_one=lambda: left.pop(0), outages=outages)
    return ", ".join(outages.told), len(turns) - len(left)


@pytest.mark.parametrize("error", [RetryLaterError("away"), RateLimitedError("not now")])
def test_a_read_that_is_not_answered_lets_it_go_on(error):
    assert probed(error=error) == ("goes on", 0)
    assert probed(error=error, of_writes=True, turns=[Told.ANSWERED]) == ("goes on", 0)


@pytest.mark.parametrize("error", [None, CredentialsError("who are you")])
def test_a_read_that_is_answered_ends_it_and_no_record_is_risked(error):
    assert probed(error=error, turns=[Told.ANSWERED]) == ("ended", 0)


def test_after_failed_writes_records_take_their_turn_until_one_has_written():
    turns = [Told.NOTHING, Told.NOTHING, Told.ANSWERED, Told.ANSWERED]
    assert probed(of_writes=True, turns=turns) == ("reads go on, ended", 3)


def test_one_write_that_fails_again_is_enough():
    assert probed(of_writes=True, turns=[Told.FAILED, Told.FAILED]) == ("reads go on, goes on", 1)


def test_where_no_record_is_due_nothing_is_known():
    turns = [Told.NOTHING, Told.NO_RECORD]
    assert probed(of_writes=True, turns=turns) == ("reads go on, nothing to try", 2)
