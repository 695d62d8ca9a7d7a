"""How long a lease takes among ever more finished records."""

from __future__ import annotations

import statistics
import time
from contextlib import closing

from connector.domain.records import Step
from tests.benchmarks.finished import finish
from tests.benchmarks.place import Place
from tests.endtoend.installation import NAME

_DUE = 10_000
_LEASES, _BATCH = 50, 50


def median_ms(place: Place, finished: int) -> float:
    """The median of some leases of a batch each, of many due records behind the finished ones."""
    place.start_afresh()
    with closing(place.new_installation()) as made:
        assert made.settings.database_url
        connection_id = made.application.wired(NAME).connection.id
        finish(made.settings.database_url.reveal(), connection_id, finished)
        made.sql(
            "INSERT INTO record (connection_id, record_id)"
            " SELECT %s, 'due_' || n FROM generate_series(1, %s) AS n",
            *(connection_id, _DUE),
        )
        took = []
        for _ in range(_LEASES):
            began = time.perf_counter()
            leased = made.application.records.lease(connection_id, Step.FETCH, [], _BATCH, 60.0)
            took.append((time.perf_counter() - began) * 1000)
            assert len(leased) == _BATCH
        return statistics.median(took)
