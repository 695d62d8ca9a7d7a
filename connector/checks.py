"""The checks of a connection: real calls to both sides that change nothing, each with its mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from connector.connection_file import sync_from_json
from connector.domain.accounting import ReviewStatus, SourceType
from connector.domain.connections import MappingConfig
from connector.domain.lacking import lacking_accounts
from connector.domain.master_data import Kind
from connector.domain.pulls import OF_AN_ACCOUNT, Part, PullKind, needs
from connector.domain.routes import RoutedBy
from connector.domain.sync import KINDS, Target
from connector.errors import ConnectorError, CredentialsError
from connector.ports import Check
from connector.secret import Secret
from connector.wiring import Wired

_RECENT = timedelta(days=1)

#: The secrets that Brex's signatures may be made with, as far as they are known here.
Known = Callable[[], Iterable[Secret]]


def checks_of(wired: Wired, known: Known) -> Iterator[Check]:
    """Both sides of a connection, and whether its mapping lacks an account."""
    for check in _brex(wired, known):
        yield _named("brex", check)
    for check in _erp(wired):
        yield _named(wired.connection.erp, check)
    yield _mapping(wired.connection.mapping)


def _brex(wired: Wired, known: Known) -> Iterator[Check]:
    """Company, records and webhooks of the Brex account; without access the first is the last."""
    brex = wired.connection.brex
    subscriptions = wired.subscriptions
    try:
        company = subscriptions.company()
    except CredentialsError as error:
        yield Check("company", False, f"{error}; mend the token, or its scope companies.readonly")
    except ConnectorError as error:
        yield Check("company", False, str(error))
    else:
        same = brex.company_id in {"", company.id}
        told = f"{company.id} {company.legal_name}".rstrip()
        wrong = f"the token is of {told}; brex.company_id is {brex.company_id}"
        yield Check("company", same, told if same else wrong)
    try:
        since = datetime.now(UTC) - _RECENT
        ready = ReviewStatus.READY_FOR_EXPORT
        page = wired.source.query(SourceType.CARD, status=ready, updated_after=since)
    except ConnectorError as error:
        yield Check("records", False, f"{error}; the token needs the scope to read them")
    else:
        more = " or more" if page.cursor else ""
        yield Check("records", True, f"{len(page.records)}{more} became ready in the last 24 hours")
    route = wired.connection.mapping.company
    if route is not None and route.by is RoutedBy.BILLING_ENTITY:
        yield _expenses_check(wired)
    if brex.transactions is not None:
        yield from _transaction_checks(wired)
    if brex.webhooks:
        yield from _webhook_checks(wired, known)


def _erp(wired: Wired) -> Iterator[Check]:
    """What the adapter checks, then the registers that are read by the clock; no more, if it fails.

    The first page of each register is read.
    """
    passed = True
    for check in wired.erp.ping():
        passed = passed and check.passed
        yield check
    for target in sync_from_json(wired.stored.config).every if passed else ():
        for kind in KINDS[target]:
            yield _register_check(wired, target, kind)


def _register_check(wired: Wired, target: Target, kind: Kind) -> Check:
    name = f"register {kind}"
    try:
        page = next(iter(wired.erp.registers.pages(kind)), ())
    except ConnectorError as error:
        return Check(name, False, f"{error}; mend it, or leave {target}_every out of [sync]")
    return Check(name, bool(page), f"shows {page[0].code} {page[0].name}" if page else "is empty")


def _expenses_check(wired: Wired) -> Check:
    try:
        wired.source.check_expenses()
    except ConnectorError as error:
        mend = "give the token the scope expenses.card.readonly, for mapping.company.by"
        return Check("expenses", False, f"{error}; {mend}")
    return Check("expenses", True, "their billing entities can be read")


def _transaction_checks(wired: Wired) -> Iterator[Check]:
    """One row of each list that pulls read; those of cash for the first cash account.

    Records were read already.
    """
    since = (datetime.now(UTC) - _RECENT).date()
    cash: list[str] = []
    for kind in PullKind:
        if kind is PullKind.RECORDS:
            continue
        name = kind.replace("_", " ")
        for account in cash if kind in OF_AN_ACCOUNT else [""]:
            try:
                ids = wired.spend.first(Part(kind, account), since)
            except ConnectorError as error:
                yield Check(name, False, f"{error}; it {needs(kind)}")
            else:
                cash = ids if kind is PullKind.CASH_ACCOUNTS else cash
                yield Check(name, True, "can be read")


def _mapping(config: MappingConfig) -> Check:
    """Whether every entry that the mapping makes has its accounts."""
    lacking = [f"mapping.{one.key} {one.what}" for one in lacking_accounts(config)]
    return Check("mapping accounts", not lacking, "; ".join(lacking))


def _webhook_checks(wired: Wired, known: Known) -> Iterator[Check]:
    subscriptions = wired.subscriptions
    name = wired.connection.name
    mend = f"ml-connector webhook subscribe {name} --url https://YOUR-HOST/webhooks/brex/{name}"
    try:
        found = subscriptions.list()
        theirs = {_bare(secret.reveal()) for secret in subscriptions.secrets()}
    except ConnectorError as error:
        yield Check("webhook", False, str(error))
        return
    delivering = [one.url for one in found if one.delivers]
    mine = [url for url in delivering if url.rstrip("/").endswith(f"/webhooks/brex/{name}")]
    if mine:
        yield Check("webhook", True, f"ready records are announced to {mine[0]}")
    elif delivering:
        yield Check("webhook", False, f"events go to {delivering[0]}, not to {name}: {mend}")
    else:
        yield Check("webhook", False, f"nothing is subscribed: {mend}")
    agrees = theirs <= {_bare(one.reveal()) for one in known()}
    yield Check(
        "webhook signature",
        agrees,
        "made with a secret of ours"
        if agrees
        else f"Brex signs with a secret that is not known here: ml-connector poll {name}",
    )


def _bare(secret: str) -> str:
    return secret.removeprefix("whsec_").rstrip("=")


def _named(side: str, check: Check) -> Check:
    return Check(f"{side} {check.name}", check.passed, check.detail)
