"""Polling: pages that never end take no worker with them, and what came before them is taken in."""

from datetime import UTC, datetime
from itertools import count

import pytest

from connector.errors import RetryLaterError
from connector.ports import SpendPage, SpendRecord
from connector.usecases import poll_records as polling
from connector.usecases.poll_records import backfill_records, poll_records

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def page(cursor, *ids):
    return SpendPage(tuple(SpendRecord(one, {}, None, "unreadable") for one in ids), cursor)


class Pages:
    """A source whose pages a function gives, by the number of the call and the cursor asked for."""

    def __init__(self, give):
        self.give = give
        self.calls = count()

    def query(self, kind, *, cursor, **_):
        return self.give(next(self.calls), cursor)


class Taken:
    """Remembers what was taken in."""

    def __init__(self):
        self.ids = []

    def receive(self, connection_id, record_ids, *, versions, backfill=False):
        fresh = tuple(one for one in dict.fromkeys(record_ids) if one not in self.ids)
        self.ids += fresh
        return fresh


class Finished:
    """There is none."""

    def changed(self, connection_id, versions):
        return []

    def announced(self, connection_id, limit):
        return []

    def note(self, rows):
        assert not rows

    def tell(self, rows):
        assert not rows
        return set()


CIRCLES = {
    "B43 two cursors in a circle": lambda n, _: page("ab"[n % 2], f"accr_{n % 2}"),
    "B43 empty pages in a circle": lambda n, _: page("ab"[n % 2]),
    "B43 new cursors, one page": lambda n, _: page(f"c{n}", "accr_0", "accr_1"),
    "B43 new cursors without end": lambda n, _: page(f"c{n}", f"accr_{n}"),
    "B43 new cursors, nothing on the pages": lambda n, _: page(f"c{n}"),
}


@pytest.mark.parametrize("how", CIRCLES)
def test_pages_that_never_end_are_left_for_later(monkeypatch, how):
    monkeypatch.setattr(polling, "MOST_PAGES", 50)
    taken = Taken()
    source = Pages(CIRCLES[how])
    with pytest.raises(RetryLaterError, match=r"go round in a circle|have no end"):
        poll_records(1, source=source, intake=taken, finished=Finished(), now=NOW, watermark=NOW)
    assert next(source.calls) <= 51
    with pytest.raises(RetryLaterError):
        list(backfill_records(1, source=Pages(CIRCLES[how]), intake=taken, since=NOW))
    first = CIRCLES[how](0, None).records
    assert {record.id for record in first} <= set(taken.ids)


def test_b43_duplicates_on_a_page_and_over_pages_are_taken_in_once():
    pages = [page("a", "accr_1", "accr_1"), page("b", "accr_1", "accr_2"), page(None, "accr_2")]
    taken = Taken()
    source = Pages(lambda n, _: pages[n] if n < len(pages) else page(None))
    polled = poll_records(
        1, source=source, intake=taken, finished=Finished(), now=NOW, watermark=NOW
    )
    assert sorted(taken.ids) == ["accr_1", "accr_2"]
    assert polled.watermark == NOW
