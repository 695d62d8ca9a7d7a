"""Probe: see whether a peer that did not answer is back."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from connector.errors import CredentialsError, RetryLaterError
from connector.ports import Outage, Outages

#: How long records are tried one by one for a write that tells.
_TRIAL_S = 60.0


class Told(StrEnum):
    """What one record's own turn told of a peer that had not taken writes."""

    #: Its write was answered.
    ANSWERED = "answered"
    #: Its write failed.
    FAILED = "failed"
    #: It had nothing to write.
    NOTHING = "nothing"
    #: No record is due.
    NO_RECORD = "no_record"


def probe_peer(
    outage: Outage,
    *,
    ask: Callable[[], None],
    try_one: Callable[[], Told],
    outages: Outages,
) -> None:
    """End an outage if the peer answers one read, else let it go on.

    Where writes had failed, a read proves nothing, and nothing is written just to see: single
    records take their own turn, under the whole protocol, until one has written.
    """
    try:
        ask()
    except CredentialsError:
        pass  # it answers; that it does not let us in is another matter
    except RetryLaterError as error:
        outages.goes_on(outage, str(error))
        return
    if not outage.of_writes:
        outages.end(outage)
        return
    outages.reads_are_answered(outage)
    told = _tried(try_one)
    if told is Told.ANSWERED:
        outages.end(outage)
    elif told is Told.FAILED:
        outages.goes_on(outage, "reads are answered, a write was not")
    else:
        outages.nothing_to_try(outage)


def _tried(try_one: Callable[[], Told]) -> Told:
    ends_at = time.monotonic() + _TRIAL_S
    while (told := try_one()) is Told.NOTHING and time.monotonic() < ends_at:
        pass
    return told
