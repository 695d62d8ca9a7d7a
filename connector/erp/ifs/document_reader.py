"""IFS's documents as the reconciliation sees them, read by a client that can write nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice

from connector.domain.documents import DocumentKind
from connector.domain.ledger import Company as Routed
from connector.domain.ledger import ErpDocument, Expected, NotOffered, Unreadable
from connector.erp.ifs.accounts import Accounts
from connector.erp.ifs.config import IfsConfig, Target
from connector.erp.ifs.heads import Heads
from connector.erp.ifs.ledger import HoldAndLedger
from connector.erp.ifs.probe import Probe
from connector.erp.ifs.proposal_reading import ProposalReading, Told, unreadable
from connector.erp.ifs.proposals import Proposals
from connector.erp.ifs.read_only import ReadOnlyOData
from connector.erp.ifs.shape import Shape
from connector.erp.ifs.voucher_reading import VoucherReading
from connector.erp.ifs.vouchers import Vouchers
from connector.erp.weeks import weeks
from connector.errors import RefusedError, RetryLaterError

Reading = ProposalReading | VoucherReading


class IfsDocuments:
    """Implements `connector.ports.DocumentReader` for the companies that a connection posts to.

    So many documents as `portion` are asked for by one filter. `proposals` is None where the
    connection makes no invoices.
    """

    def __init__(
        self,
        proposals: ProposalReading | None,
        vouchers: VoucherReading,
        accounts: Accounts,
        *,
        companies: Sequence[str],
        portion: int,
    ) -> None:
        self._proposals = proposals
        self._vouchers = vouchers
        self._accounts = accounts
        self._companies = list(dict.fromkeys(companies))
        self._portion = portion

    def documents(
        self, known: Iterable[Expected], since: date, until: date
    ) -> Iterator[ErpDocument | Unreadable]:
        """As the port says; whatever the day, for IFS finds by number."""
        del since, until
        left = iter(known)
        while chunk := list(islice(left, self._portion)):
            groups: dict[tuple[DocumentKind, Routed], list[Expected]] = {}
            for one in chunk:
                groups.setdefault((one.kind, one.company), []).append(one)
            for (kind, company), some in groups.items():
                yield from self._group(kind, company, some)

    def others(
        self, since: date, until: date, *, suppliers: Collection[str]
    ) -> Iterator[ErpDocument | Unreadable | NotOffered]:
        """As the port says, company by company and week by week."""
        for company in self._companies:
            asked: dict[DocumentKind, Callable[[date, date], Iterator[ErpDocument]]] = {}
            if self._proposals is not None:
                of_suppliers = partial(self._proposals.others, company, suppliers=suppliers)
                asked[self._proposals.kind] = of_suppliers
            asked[self._vouchers.kind] = partial(self._vouchers.others, company)
            shown = self._accounts.seen(company)
            for kind, ask in asked.items():
                if shown.value is None:
                    yield Unreadable(
                        kind=kind,
                        company=(("company", company),),
                        why=shown.message,
                        code=shown.code,
                        since=since,
                        until=until,
                    )
                else:
                    yield from _by_weeks(kind, company, since, until, ask)

    def _group(
        self, kind: DocumentKind, routed: Routed, expected: Sequence[Expected]
    ) -> Iterator[Told]:
        reading: Reading | None = self._vouchers
        if kind is DocumentKind.SUPPLIER_INVOICE:
            reading = self._proposals
        if reading is None or [name for name, _ in routed] != ["company"]:
            why = "there is no such company, or no invoices, in this connection"
            yield from (unreadable(one, why) for one in expected)
            return
        company = routed[0][1]
        told = reading.documents(company, expected)
        yield from (one for some in told for one in some)
        absent = [one for one, some in zip(expected, told, strict=True) if not some]
        yield from self._hidden(company, absent)

    def _hidden(self, company: str, absent: Sequence[Expected]) -> Iterator[Unreadable]:
        """What is not there may only be hidden: of a company without a right, nothing is shown."""
        shown = self._accounts.seen(company) if absent else None
        if shown is not None and shown.value is None:
            yield from (unreadable(one, shown.message, shown.code) for one in absent)


def _by_weeks(
    kind: DocumentKind,
    company: str,
    since: date,
    until: date,
    ask: Callable[[date, date], Iterator[ErpDocument]],
) -> Iterator[ErpDocument | Unreadable | NotOffered]:
    place: Routed = (("company", company),)
    for days in weeks(since, until):
        try:
            yield from ask(days[0], days[-1])
        except RefusedError as error:
            why = f"IFS does not let them be listed: {error}"
            yield NotOffered(kind=kind, company=place, why=why)
            return
        except (RetryLaterError, ValueError) as error:
            yield Unreadable(
                kind=kind, company=place, why=str(error), since=days[0], until=days[-1]
            )


def document_reader(
    odata: ReadOnlyOData, config: IfsConfig, companies: Sequence[str], offsets: Sequence[str]
) -> IfsDocuments:
    """The reader of a connection, by the sets that it posts to; `offsets` are its accounts."""
    accounts = Accounts(odata, config.names)

    def heads(shape: Shape) -> Heads:
        return Heads(odata, shape, Probe(odata, shape.names), accounts)

    names, of_entries = config.names.posting_proposal, config.names.manual_voucher
    shape = Vouchers(of_entries)
    for one in (names, of_entries):
        odata.fields[f"{one.projection}/{one.head_set}"] = list(one.fields.values())
    odata.fields[config.names.ledger] = shape.row_fields
    held = heads(shape)
    vouchers = VoucherReading(
        odata,
        shape,
        held,
        HoldAndLedger(odata, shape, held, config.names.ledger),
        accounts=offsets,
        of_invoices=names.constants.get("VoucherType", ""),
    )
    proposals = None
    if config.target is Target.POSTING_PROPOSAL:
        of_invoices = Proposals(names)
        proposals = ProposalReading(odata, of_invoices, heads(of_invoices))
    return IfsDocuments(
        proposals, vouchers, accounts, companies=companies, portion=config.batch_size
    )
