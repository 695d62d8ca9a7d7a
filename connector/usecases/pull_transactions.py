"""Pull: read what Brex shows of money that moved, page by page, and each part for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from connector import log
from connector.domain.accounting import ReviewStatus, SourceType
from connector.domain.pulls import Part, Pull, PullKind, PullSettings, needs
from connector.errors import CredentialsError, LeaseLostError, RefusedError, RetryLaterError
from connector.ports import Pulls, SpendReads

LOG = log.logger(__name__)

#: How far back the first pull of a part reaches: the quarter before today.
FIRST = timedelta(days=92)
#: What was read whole so recently is not read again by a run that follows a broken one.
_RECENT = timedelta(hours=1)
#: More pages than this of one part are a mistake.
_MOST_PAGES = 5_000

#: Every review status by itself; bills, for which Brex has no such filter, together.
RECORDS = tuple(
    Part(PullKind.RECORDS, of.value)
    for of in (*(one for one in ReviewStatus if one is not ReviewStatus.UNKNOWN), SourceType.BILL)
)


@dataclass(frozen=True, slots=True)
class PullReport:
    """The pulls of one run. `put_off` is why it has to come again: Brex, or another run."""

    pulls: tuple[Pull, ...]
    put_off: str = ""

    @property
    def summary(self) -> str:
        """One sentence: `812 rows in 9 parts, 40 new, 1 changed; cash_accounts: …`."""
        told = [f"{self._sum('rows')} rows in {len(self.pulls)} parts"]
        told += [f"{n} {name}" for name in ("new", "changed", "gone") if (n := self._sum(name))]
        lacking = [f"{one.part}: {one.error}" for one in self.pulls if one.error]
        broken = [f"put off: {self.put_off}"] if self.put_off else []
        return "; ".join([", ".join(told), *broken, *lacking])

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.pulls)


class PullTransactions:
    """Pulls for one connection. What it is given can read Brex, and not write to it."""

    def __init__(self, *, source: SpendReads, pulls: Pulls, settings: PullSettings) -> None:
        self._source = source
        self._pulls = pulls
        self._settings = settings

    def run(self, since: date | None = None, *, skip_recent: bool = False) -> PullReport:
        """Read every part from where the last whole pull of it ended, with the overlap.

        With `since`, from that day on if it is earlier. With `skip_recent`, no part that was read
        whole within the hour: a run may follow one that ended early. A part that the token may not
        read, or that cannot be read, has its reason stored, and the others go on. Where Brex does
        not answer, the run ends, and the next one goes on from there.
        """
        done: list[Pull] = []
        put_off = ""
        try:
            for part in self._parts(since):
                if skip_recent and self._is_recent(part):
                    continue
                if pull := self._pull(part, since):
                    done.append(pull)
                else:
                    put_off = f"{part} goes on elsewhere"
        except RetryLaterError as error:
            put_off = str(error)
        if put_off:
            LOG.warning("pull_put_off", why=put_off)
        return PullReport(tuple(done), put_off)

    def _parts(self, since: date | None) -> Iterator[Part]:
        """Each part once what it depends on was read."""
        yield Part(PullKind.CARD_ACCOUNTS)
        yield Part(PullKind.CARD_TRANSACTIONS)
        yield Part(PullKind.CARD_STATEMENTS)
        yield Part(PullKind.CASH_ACCOUNTS)
        for account in self._pulls.cash_accounts():
            yield Part(PullKind.CASH_TRANSACTIONS, account)
            yield Part(PullKind.CASH_STATEMENTS, account)
        yield from RECORDS
        if self._waiting_since(since):
            yield Part(PullKind.EXPENSES)

    def _pull(self, part: Part, since: date | None) -> Pull | None:
        """One pull; None where another goes on."""
        pull = self._pulls.begin(part, *self._window(part, since))
        if pull is None:
            return None
        try:
            return self._pulls.finish(self._read(pull))
        except LeaseLostError as error:
            LOG.warning("pull_taken_over", part=str(part), error=str(error))
            return None
        except CredentialsError as error:
            return self._pulls.finish(pull, f"{error}; it {needs(part.kind)}")
        except RefusedError as error:
            LOG.warning("pull_failed", part=str(part), error=str(error))
            return self._pulls.finish(pull, str(error))
        except RetryLaterError as error:
            self._pulls.put_off(pull, str(error))
            raise

    def _is_recent(self, part: Part) -> bool:
        last = self._pulls.last_whole(part)
        if last is None or last.finished_at is None:
            return False
        now = self._pulls.now()
        # what began yesterday has not read all of yesterday
        return now - last.finished_at < _RECENT and last.started_at.date() == now.date()

    def _window(self, part: Part, since: date | None) -> tuple[date, date]:
        """From the overlap with the last whole pull on, so that no day is left out, and to today.

        A day that is asked for lengthens the window; it never shortens it.
        """
        today, last = self._pulls.now().date(), self._pulls.last_whole(part)
        begins = last.until - self._settings.overlap if last else today - FIRST
        if part.kind is PullKind.EXPENSES:
            # how they stand is asked for anew as long as they wait
            begins = self._waiting_since(since) or begins
        return min(begins, since or begins), today + timedelta(days=1)

    def _waiting_since(self, since: date | None) -> date | None:
        first = self._pulls.now().date() - FIRST
        return self._pulls.waiting_since(min(first, since or first))

    def _read(self, pull: Pull) -> Pull:
        """Read and keep every page that is left, each with its cursor."""
        cursors: set[str] = set()
        before: tuple[str, ...] = ()
        is_resumed = pull.cursor is not None
        while pull.pages < _MOST_PAGES:
            try:
                page = self._source.page(pull.part, pull.since, pull.cursor)
            except RefusedError:
                if not is_resumed:
                    raise
                pull, is_resumed = self._pulls.start_over(pull), False
                continue
            is_resumed = False
            ids = tuple(row.id for row in page.rows)
            if page.cursor in {*cursors, pull.cursor} - {None} or (ids and ids == before):
                raise RefusedError(f"Brex's pages of {pull.part} go round in a circle")
            pull = self._pulls.keep(pull, page)
            if page.cursor is None:
                return pull
            cursors.add(page.cursor)
            before = ids
        raise RefusedError(f"Brex's pages of {pull.part} have no end")
