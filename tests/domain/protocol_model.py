"""The writing protocol as an executable model: every interleaving, up to a bound.

The decisions are the product's own (`next_move`); the model supplies a journal, an ERP, a network
and workers. At every point a lease may end, a worker may crash, stall or wake, a request may land
late or never, and an answer may be lost. No timing is assumed: the settling time may have passed
or not, whichever is worse.

The workers are alike, so worlds that differ only in which is which count as one. Equal drafts and
workers are one object, so that comparing worlds and remembering moves goes by identity.
"""

import gc
from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import NamedTuple

from connector.domain import moves
from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.drafts import DOUBTFUL, Draft, DraftState, Outcome, Write, WriteStep
from connector.domain.numbers import document_number, draft_marker
from connector.domain.posting import Confirm, FoundDocument, Phase, PostingRules, ReadDocument
from connector.domain.protocol import Situation, next_move

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
SETTLES = EARLY + timedelta(seconds=10)
LATE = EARLY + timedelta(hours=1)


class Doc(NamedTuple):
    """One document in the ERP. Its reference is its position, and a draft's number its marker."""

    draft: int
    lines: tuple[int, ...]
    phase: Phase


class Request(NamedTuple):
    """A write on its way. `draft` addresses a head; `reference` everything else."""

    step: WriteStep
    draft: int
    reference: str
    line: int


class Worker(NamedTuple):
    """`move` was chosen by what the worker then saw; much may happen before it is carried out.

    `unsent` are promised; `waiting` is the request whose answer is awaited. `nth` is the place of
    the document that it is at, and `day` what that says.
    """

    attempt: int
    nth: int = 0
    move: moves.Move | None = None
    unsent: tuple[Request, ...] = ()
    waiting: Request | None = None
    found: tuple[FoundDocument, ...] | None = None
    read: ReadDocument | None = None
    controlled: bool = False
    day: int = 0


class Paper(NamedTuple):
    """One of the record's documents, as the journal has it."""

    drafts: tuple[Draft, ...] = ()
    decided: str = ""
    posted: bool = False


class World(NamedTuple):
    """Everything there is."""

    papers: tuple[Paper, ...]
    status: str
    attempt: int
    claims_left: int
    workers: tuple[Worker, ...]
    network: frozenset[Request]
    erp: tuple[Doc, ...]
    day: int = 0


class Model:
    """The world's transitions; mutants override one rule each."""

    #: which drafts the journal takes a write into
    STATE_FOR = {  # noqa: RUF012
        WriteStep.HEAD: DraftState.OPEN,
        WriteStep.LINE: DraftState.OPEN,
        WriteStep.COMMIT: DraftState.DECIDED,
    }

    #: whether a head that was to carry its lines may land without them
    tears_heads = False

    def __init__(
        self, *, workers=2, claims=2, drafts=2, lines=1, documents=1, has_drafts=True, **rules
    ):
        self.lines = tuple(range(1, lines + 1))
        self.rules = PostingRules(
            **rules,
            has_drafts=has_drafts,
            confirm=Confirm.VALIDATED,
            settle_s=10.0,
            max_drafts=drafts,
        )
        self.documents = [
            SupplierInvoice(
                number=document_number("accr_model", nth),
                record_id="accr_model",
                company=(("cono", "1"),),
                supplier="S",
                currency="SEK",
                total=Decimal(lines),
                invoice_date=date(2026, 1, 1),
                accounting_date=date(2026, 1, 1),
                text="",
                lines=tuple(DocumentLine(n, Decimal(1), (), "") for n in self.lines),
            )
            for nth in range(1, documents + 1)
        ]
        self._ones = {}
        self._moves = {}
        idle = self._one(Worker(0))
        papers = self._papers([Paper()] * documents)
        self.start = World(papers, "open", 0, claims, (idle,) * workers, frozenset(), ())

    # -- rules that mutants break ------------------------------------------------------------------

    def fenced(self, world, attempt):
        """Whether the database still lets this attempt write."""
        return world.attempt == attempt

    def views(self, world):
        """What a worker may take for the document whose turn it is, by its place, and its state."""
        nth = next(nth for nth, paper in enumerate(world.papers) if not paper.posted)
        yield nth, world.papers[nth]

    def may_decide(self, world, worker, paper):
        return self.fenced(world, worker.attempt) and not paper.decided

    def decided_on(self, draft, number):
        return replace(draft, state=DraftState.DECIDED) if draft.number == number else draft

    def may_promise(self, draft, request):
        """The unique key of the journal."""
        there = [w for w in draft.writes if (w.step, w.line) == (request.step, request.line)]
        return not there or there[0].outcome in {Outcome.NOT_SENT, Outcome.REFUSED}

    def lines_read(self, world, doc):
        """The lines of a document that a worker is shown."""
        shows = self.rules.reads_drafts or doc.phase is not Phase.DRAFT
        return doc.lines if shows else ()

    # -- the world that mutants make worse ----------------------------------------------------------

    #: whether the ERP shows too little of some lines to tell them apart
    alike = False

    def shown(self, line):
        """A line as the ERP shows it."""
        return str(line)

    # -- the search --------------------------------------------------------------------------------

    def explore(self, limit=2_000_000):
        """The number of states, and a violation with its depth, or None."""
        gc.disable()  # nothing here is in a cycle, and all of it is kept
        try:
            return self._explore(limit)
        finally:
            gc.enable()

    def _explore(self, limit):
        seen = {self._key(self.start)}
        queue = deque([(self.start, 0)])
        while queue and len(seen) < limit:
            world, depth = queue.popleft()
            for after in self.successors(world):
                key = self._key(after)
                if key in seen:
                    continue
                seen.add(key)
                violation = self.violation(after)
                if violation:
                    return len(seen), (violation, depth + 1)
                queue.append((after, depth + 1))
        return len(seen), None

    def _key(self, world):
        """Equal for worlds that are the same but for the order of their workers."""
        workers = sorted(map(id, world.workers))
        return (id(world.papers), *world[1:4], *workers, *world[5:])

    def _one(self, value):
        """The one object that stands for all that are equal to it."""
        return self._ones.setdefault(value, value)

    def violation(self, world):
        """What is wrong with a world."""
        found = (self._fault(world, nth) for nth in range(len(world.papers)))
        return next(filter(None, found), None)

    def _fault(self, world, nth):
        """What is wrong with a document; one without drafts may be unfinished in the ledger."""
        paper = world.papers[nth]
        there = [doc for doc in world.erp if _nth(world, doc.draft) == nth]
        posted = [doc for doc in there if doc.phase is Phase.VALIDATED]
        if len(posted) > 1:
            return "posted twice"
        if any(len(doc.lines) != len(set(doc.lines)) for doc in posted):
            return "posted with a line twice"
        is_final = self.rules.has_drafts or paper.posted
        if is_final and any(set(doc.lines) != set(self.lines) for doc in posted):
            return "posted with wrong lines"
        days = {draft.number: draft.fingerprint for draft in paper.drafts}
        if any(days[doc.draft] != str(world.day) for doc in posted):
            return "posted on a day that was refused"
        if paper.posted and not posted:
            return "reported as posted, and is not"
        if there and not all(before.posted for before in world.papers[:nth]):
            return "begun before the one before it was posted"
        return None

    def successors(self, world):
        if world.claims_left and world.status in {"open", "held"}:
            for index in range(len(world.workers)):
                # a lease ended, a worker crashed and another begins, or a person had a held record
                # tried again: what it was about is lost
                fresh = Worker(world.attempt + 1)
                yield self._worker(world, index, fresh)._replace(
                    attempt=world.attempt + 1, claims_left=world.claims_left - 1, status="open"
                )
        for request in world.network:
            yield self._land(world, request)
            if self.tears_heads and request.step is WriteStep.HEAD:
                yield self._land(world, request, whole=False)
        for index, worker in enumerate(world.workers):
            if not worker.attempt:
                continue
            if worker.waiting:
                landed = worker.waiting not in world.network
                told = landed and not self.rules.answers_later
                outcomes = [Outcome.UNKNOWN] + ([Outcome.DONE] if told else [])
                for outcome in outcomes:
                    yield self._settle(world, index, worker, outcome)
            elif worker.unsent:
                request, *rest = worker.unsent
                sent = worker._replace(unsent=tuple(rest), waiting=request)
                yield self._worker(world, index, sent)._replace(network=world.network | {request})
            elif worker.move:
                yield self._carry_out(world, index, worker._replace(move=None), worker.move)
                if isinstance(worker.move, moves.Control):
                    yield self._refuse_the_day(world, index, worker)
            elif world.status == "open":
                for now, (nth, paper) in product((EARLY, LATE), self.views(world)):
                    at = worker if nth == worker.nth else Worker(worker.attempt, nth)
                    at = at._replace(day=world.day)
                    move = self._choose(at, now, self._paper(paper), _next_draft(world))
                    if not self._leads_nowhere(move):
                        yield self._worker(world, index, at._replace(move=move))

    @staticmethod
    def _leads_nowhere(move):
        """Waiting changes nothing; a third commit adds nothing to two."""
        if isinstance(move, moves.Commit):
            return move.nth > 2
        return isinstance(move, moves.Wait | moves.SettleCommit)

    # -- transitions -------------------------------------------------------------------------------

    def _worker(self, world, index, worker):
        workers = (*world.workers[:index], self._one(worker), *world.workers[index + 1 :])
        return World(*world[:4], workers, *world[5:])

    def _land(self, world, request, *, whole=True):
        erp = world.erp
        if request.step is WriteStep.HEAD:
            lines = self.lines if self.rules.lines_with_head and whole else ()
            phase = Phase.DRAFT if self.rules.has_drafts else Phase.VALIDATED
            erp = (*erp, Doc(request.draft, lines, phase))
        else:
            at = int(request.reference)
            doc = erp[at]
            if request.step is WriteStep.LINE:
                doc = doc._replace(lines=(*doc.lines, request.line))
            elif doc.phase is Phase.VALIDATED and not self.rules.commit_repeats:
                erp = (*erp, doc)
            else:
                doc = doc._replace(phase=Phase.VALIDATED)
            erp = (*erp[:at], doc, *erp[at + 1 :])
        return world._replace(erp=erp, network=world.network - {request})

    def _settle(self, world, index, worker, outcome):
        request = worker.waiting
        world = self._worker(world, index, worker._replace(waiting=None))
        if not self.fenced(world, worker.attempt):
            return world
        reference = ""
        if request.step is WriteStep.HEAD and outcome is Outcome.DONE:
            mine = [str(i) for i, doc in enumerate(world.erp) if doc.draft == request.draft]
            reference = mine[-1]
        return self._note(world, request.draft, request.step, request.line, outcome, reference)

    def _note(self, world, number, step, line, outcome, reference=""):
        world = self._doubtful(world, number, step, line, lambda w: replace(w, outcome=outcome))
        return self._draft(world, number, lambda d: replace(d, reference=d.reference or reference))

    def _doubtful(self, world, number, step, line, change):
        """Change a write, if it is doubtful."""

        def changed(draft):
            writes = tuple(
                change(w) if (w.step, w.line) == (step, line) and w.outcome in DOUBTFUL else w
                for w in draft.writes
            )
            return replace(draft, writes=writes)

        return self._draft(world, number, changed)

    def _draft(self, world, number, change):
        nth = _nth(world, number)
        paper = world.papers[nth]
        drafts = tuple(change(d) if d.number == number else d for d in paper.drafts)
        return self._put(world, nth, paper._replace(drafts=drafts))

    def _put(self, world, nth, paper):
        papers = (*world.papers[:nth], paper, *world.papers[nth + 1 :])
        return world._replace(papers=self._papers(papers))

    def _papers(self, papers):
        return self._one(tuple(self._paper(paper) for paper in papers))

    def _paper(self, paper):
        return self._one(paper._replace(drafts=self._one(paper.drafts)))

    def _choose(self, worker, now, paper, next_draft):
        seen = (worker.found, worker.read, worker.controlled, worker.day)
        key = (seen, now, worker.nth, id(paper), next_draft)
        if key not in self._moves:
            self._moves[key] = self._next_move(worker, now, paper, next_draft)
        return self._moves[key]

    def _next_move(self, worker, now, paper, next_draft):
        return next_move(
            Situation(
                document=self.documents[worker.nth],
                fingerprint=str(worker.day),
                line_keys={n: self.shown(n) for n in self.lines},
                drafts=paper.drafts,
                next_draft=next_draft,
                decided=paper.decided,
                decided_at=EARLY if paper.decided else None,
                rules=self.rules,
                now=now,
                found=worker.found,
                read=worker.read,
                controlled=worker.controlled,
            )
        )

    def _carry_out(self, world, index, worker, move):
        fenced = self.fenced(world, worker.attempt)
        world = self._worker(world, index, worker)
        match move:
            case moves.LookUp():
                number = self.documents[worker.nth].number
                found = tuple(
                    FoundDocument(str(i), draft_marker(number, doc.draft), doc.phase)
                    for i, doc in enumerate(world.erp)
                    if _nth(world, doc.draft) == worker.nth
                    if self.rules.reads_drafts or doc.phase is not Phase.DRAFT
                )
                return self._worker(world, index, worker._replace(found=found))
            case moves.Read(reference):
                doc = world.erp[int(reference)]
                lines = tuple(self.shown(n) for n in self.lines_read(world, doc))
                read = ReadDocument(reference, doc.phase, lines, alike=self.alike)
                return self._worker(world, index, worker._replace(read=read))
            case moves.Control():
                return self._worker(world, index, worker._replace(controlled=True))
            case moves.Decide(number, reference):
                paper = world.papers[worker.nth]
                if not self.may_decide(world, worker, paper):
                    return self._worker(world, index, Worker(0))
                drafts = tuple(self.decided_on(draft, number) for draft in paper.drafts)
                paper = paper._replace(drafts=drafts, decided=reference)
                return self._put(world, worker.nth, paper)
            case _ if not fenced:
                return self._worker(world, index, Worker(0))
            case moves.OpenDraft(number, marker):
                if number == _next_draft(world):
                    paper = world.papers[worker.nth]
                    fresh = Draft(number, marker, DraftState.OPEN, str(worker.day), EARLY)
                    paper = paper._replace(drafts=(*paper.drafts, fresh))
                    world = self._put(world, worker.nth, paper)
                return self._promise(world, index, worker, [Request(WriteStep.HEAD, number, "", 0)])
            case moves.AddLines(number, reference, lines):
                requests = [Request(WriteStep.LINE, number, reference, n) for n in lines]
                return self._promise(world, index, worker, requests)
            case moves.Commit(number, reference, nth):
                return self._promise(
                    world, index, worker, [Request(WriteStep.COMMIT, number, reference, nth)]
                )
            case moves.Adopt(number, writes, reference):
                for w in writes:
                    world = self._note(world, number, w.step, w.line, Outcome.FOUND, reference)
                return world
            case moves.LookAgain(write, _):
                world = self._doubtful(
                    world,
                    write.draft,
                    write.step,
                    write.line,
                    lambda w: replace(w, looks=w.looks + 1),
                )
                return self._worker(
                    world, index, worker._replace(found=None, read=None, controlled=False)
                )
            case moves.Abandon(number, _):
                world = self._draft(world, number, _given_up)
                return self._worker(world, index, worker._replace(read=None))
            case moves.Posted():
                paper = world.papers[worker.nth]._replace(posted=True)
                world = self._put(world, worker.nth, paper)
                done = all(paper.posted for paper in world.papers)
                return world._replace(status="posted") if done else world
            case moves.HoldIt():
                return world._replace(status="held")
        raise AssertionError(move)

    def _refuse_the_day(self, world, index, worker):
        """The ERP takes nothing on that day: what was not decided begins again, with another."""
        world = self._worker(world, index, Worker(0))
        if not self.fenced(world, worker.attempt):
            return world
        if world.day or any(paper.decided for paper in world.papers):
            return world._replace(status="held")
        return world._replace(day=1, attempt=world.attempt + 1)

    def _promise(self, world, index, worker, requests):
        number = requests[0].draft
        drafts = world.papers[_nth(world, number)].drafts
        draft = next(d for d in drafts if d.number == number)
        if draft.state is not self.STATE_FOR[requests[0].step]:
            return self._worker(world, index, Worker(0))
        if not all(self.may_promise(draft, request) for request in requests):
            return self._worker(world, index, Worker(0))
        promised = tuple(
            Write(number, r.step, r.line, Outcome.INTENT, EARLY, SETTLES) for r in requests
        )
        again = {(w.step, w.line) for w in promised}
        world = self._draft(
            world,
            number,
            lambda d: replace(
                d,
                writes=tuple(w for w in d.writes if (w.step, w.line) not in again) + promised,
            ),
        )
        busy = worker._replace(unsent=tuple(requests), found=None, read=None, controlled=False)
        return self._worker(world, index, busy)


def _nth(world, number):
    """The place of the document that a draft is of."""
    return next(
        nth
        for nth, paper in enumerate(world.papers)
        if any(d.number == number for d in paper.drafts)
    )


def _next_draft(world):
    """Drafts are counted over the record."""
    return 1 + sum(len(paper.drafts) for paper in world.papers)


def _given_up(draft):
    if draft.state is not DraftState.OPEN:
        return draft
    writes = tuple(
        replace(w, outcome=Outcome.ABSENT) if w.outcome in DOUBTFUL else w for w in draft.writes
    )
    return replace(draft, state=DraftState.SPARE, writes=writes)
