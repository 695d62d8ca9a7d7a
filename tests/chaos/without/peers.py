"""Parts by which the product gets on with Brex and the ERP."""

from connector.brex import exports
from connector.http.budget import RedisBudget
from connector.jobs import Jobs
from connector.store.outages import PostgresAlarm


def learning_from_429() -> None:
    """A 429 holds up the call that met it, and teaches nobody anything."""
    RedisBudget.block = lambda self, asked_s: asked_s or 1.0  # type: ignore[method-assign]


def outages() -> None:
    """A peer that does not answer is asked on and on."""
    PostgresAlarm.outage = lambda *_, **__: None  # type: ignore[method-assign]


def looking_after_spares() -> None:
    """What was given up in the ERP is left to itself."""
    Jobs._remove_spares = lambda *_: "done"  # type: ignore[method-assign]


def reading_back() -> None:
    """A report that Brex refuses was refused."""
    exports._TAKEN_BEFORE = frozenset()  # type: ignore[misc]


PARTS = (learning_from_429, outages, looking_after_spares, reading_back)
