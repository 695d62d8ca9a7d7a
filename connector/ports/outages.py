"""Outages: peers that stopped answering, so that nobody calls them until they answer again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outage:
    """A running outage of a connection's peer.

    `of_writes` says that writes failed: what only reads goes on, and an answered read ends nothing.
    """

    connection_id: int
    connection: str
    peer: str
    of_writes: bool


class Alarm(Protocol):
    """Tells everybody that one connection's peer does not answer."""

    def outage(self, why: str, *, of_writes: bool) -> None:
        """Begin an outage, unless there is one: from now on nothing is leased that needs the peer.

        In one of writes (`of_writes`), what only reads goes on, until reads fail as well.
        One that begins soon after the last one ended waits twice as long for its first probe.
        """
        ...


class Outages(Protocol):
    """The running outages of all connections; each is probed by one worker at a time."""

    def claim(self) -> list[Outage]:
        """Those that are to be probed now, each for the caller alone."""
        ...

    def goes_on(self, outage: Outage, why: str) -> None:
        """The peer still does not answer: the next probe comes after twice the wait."""
        ...

    def reads_are_answered(self, outage: Outage) -> None:
        """In an outage of writes: what only reads is leased again, if it was not."""
        ...

    def nothing_to_try(self, outage: Outage) -> None:
        """Reads are answered and no write is due: end it if none waits, else ask again soon."""
        ...

    def end(self, outage: Outage) -> None:
        """The peer answers: work that needs it is leased again."""
        ...
