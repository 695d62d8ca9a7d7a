"""The mend beside the reason: what held records wait for is given once, and all of them go on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from flask import Flask, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from connector.connection_file.stored import mapping_from_json
from connector.domain.accounting import Vendor
from connector.domain.connections import ClosedPeriod, MappingConfig
from connector.domain.master_data import Kind
from connector.domain.mends import THESE_ALONE, Wanted, put_before, rule_for
from connector.domain.people import PersonRole, Right
from connector.domain.reasons import Reason
from connector.domain.records import records_of
from connector.domain.suppliers import Found
from connector.errors import RefusedError
from connector.ports import KnownMerchant
from connector.store.actions import PostgresActions
from connector.store.choices import Choice, choices
from connector.store.connections import StoredConnection
from connector.store.errands import PostgresErrands
from connector.store.held_queue import HeldQueue, Narrowed
from connector.store.merchant_listing import MerchantListing
from connector.store.merchants import PostgresMerchants
from connector.store.suppliers import PostgresSuppliers
from connector.usecases.confirm_supplier import map_anew, remember_supplier
from connector.usecases.mend_mapping import release_waiting
from connector.usecases.move_days import move_days
from console.desk import Desk, signed_in
from console.queue_actions import Told, refusals, went_on
from console.signing_in import needs

#: A worker takes an errand up within two seconds; for so long the page waits for its word.
_PATIENCE_S = 8.0
_LOOK_S = 0.1
_CHUNK = 500
_LONGEST = 200
_WHAT = "Choose one, or write the ERP's number."
#: Choices that their names in the mapping do not explain.
_NAMES = {
    THESE_ALONE: "these records alone: into the next open period",
    ClosedPeriod.NEXT_OPEN_PERIOD: "all of closed periods, from now on: into the next open one",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """How a cause can be mended on the page: one of some choices, or another value.

    `merchant` is whose supplier it is; "" where a rule of the mapping is meant.
    """

    connection: str
    wanted: Wanted
    setting: str
    choices: Sequence[Choice]
    is_free: bool
    has_search: bool
    merchant: str = ""


def offer(desk: Desk, connection: str, wanted: Wanted, search: str) -> Offer | None:
    """What a person may put where records wait; None where the page cannot mend it."""
    stored = desk.connections.find(connection)
    if stored is None:
        return None
    if merchant := _merchant_of(wanted):
        found = _suppliers(desk, stored, merchant.id, search)
        return Offer(connection, wanted, "", found, True, True, merchant.id)
    mapping = mapping_from_json(stored.config["mapping"])
    rule = rule_for(wanted, mapping)
    if rule is None or put_before(mapping, rule):
        return None
    if rule.choices:
        alone = [THESE_ALONE] if wanted.reason == Reason.PERIOD_CLOSED else []
        codes = [*alone, *rule.choices]
        fixed = [Choice(one, _NAMES.get(one, one.replace("_", " "))) for one in codes]
        return Offer(connection, wanted, rule.setting, fixed, False, False)
    kind, part = _kind_of(wanted, mapping)
    listed = choices(desk.database, stored.id, kind, search, part) if search else []
    return Offer(connection, wanted, rule.setting, listed, True, True)


def add(app: Flask, desk: Desk) -> None:
    """Add what a mend is sent to."""

    @app.post("/mends")
    @needs(Right.WORK)
    def give() -> Response:
        form = request.form
        wanted = Wanted(*(form.get(name, "") for name in ("reason", "field", "value")))
        stored = known(desk, form.get("connection", ""))
        put = form.get("other", "").strip() or form.get("put", "")
        merchant = _merchant_of(wanted) if "of_merchant" in form else None
        done = (
            give_supplier(desk, stored, merchant, put)
            if merchant
            else mend(desk, stored, wanted, put)
        )
        told = list(done)
        for category, sentence in told:
            flash(sentence, category)
        if merchant:
            page = url_for("merchant", connection=stored.name, merchant_id=merchant.id)
        elif record := form.get("record", type=int):
            page = url_for("record", number=record)
        elif any(category == "done" for category, _ in told):
            page = url_for("held", connection=stored.name)
        else:  # the cause is shown again
            page = url_for("held", connection=stored.name, **asdict(wanted))
        return redirect(page)


def known(desk: Desk, connection: str) -> StoredConnection:
    """The connection of that name, or 404."""
    stored = desk.connections.find(connection)
    if stored is None:
        abort(404, f"There is no connection {connection}.")
    return stored


def supplier_of(merchant: KnownMerchant) -> Wanted:
    """What records wait for that want a merchant's supplier."""
    return Wanted(Reason.SUPPLIER_UNKNOWN, "vendor", f"{merchant.id} {merchant.name}".strip())


def give_supplier(
    desk: Desk, stored: StoredConnection, merchant: Vendor, supplier: str
) -> Iterable[Told]:
    """Note which supplier a merchant is, and let all go on that waits for it."""
    if not _is_number(supplier):
        yield "error", _WHAT
        return
    acting = desk.acting()
    merchants = PostgresMerchants(acting, stored.id)
    source = PostgresSuppliers(acting, stored.id)
    try:
        remember_supplier(
            merchant,
            supplier,
            merchants=merchants,
            source=source,
            given=mapping_from_json(stored.config["mapping"]).suppliers,
        )
    except RefusedError as error:
        yield "error", str(error)
        return
    queue, actions = HeldQueue(acting), PostgresActions(acting)
    released = release_waiting(
        lambda after: queue.named(merchants.waiting([merchant.id], after=after, limit=_CHUNK)),
        person=replace(signed_in(), role=PersonRole.OPERATOR),  # a mend approves nothing
        configs=desk.console_configs(),
        held=queue,
        actions=actions,
        nudger=desk.nudger,
    )
    again = map_anew([merchant.id], merchants=merchants, actions=actions, nudger=desk.nudger)
    yield "done", f"{merchant.name or merchant.id} is supplier {supplier} from now on."
    yield from went_on(released.moved, len(released.asked))
    if again:
        yield "done", f"{records_of(len(again))} of it, not begun in the ERP, mapped anew."
    yield from refusals(released.refused)


def mend(desk: Desk, stored: StoredConnection, wanted: Wanted, put: str) -> Iterable[Told]:
    """Have what records wait for be what a person says, and all of them go on.

    Where another person has said something else meanwhile, that stands, and is told.
    """
    if not _is_number(put):
        yield "error", _WHAT
        return
    if wanted.reason == Reason.PERIOD_CLOSED and put == THESE_ALONE:
        yield from _let_these_go(desk, stored, wanted)
        return
    if merchant := _merchant_of(wanted):
        said = _said_before(desk, stored, merchant, put)
        yield from [("warn", said)] if said else give_supplier(desk, stored, merchant, put)
        return
    errands = PostgresErrands(desk.acting())
    number = errands.ask_mend(stored.name, asdict(wanted) | {"put": put})
    outcome = number and _wait(errands, stored.name, number)
    if not outcome:
        yield "warn", "No worker has answered yet. It is done once one is free: look again."
    elif not outcome["done"]:
        yield "error", f"Nothing was changed: {outcome['told']}"
    else:
        yield "done", f"{outcome['setting']} is {put} from version {outcome['version']} on."
        yield from went_on(outcome["released"], outcome["asked"])
        if outcome["left"]:
            yield "warn", f"{records_of(outcome['left'])} left as they are: look at them again."
        told = f"For the file: ml-connector mapping show {stored.name}"
        yield "done", f"{told}. An older file is not applied over it without being told to."


def _let_these_go(desk: Desk, stored: StoredConnection, wanted: Wanted) -> Iterable[Told]:
    acting = desk.acting()
    queue = HeldQueue(acting)
    narrowed = Narrowed(stored.name, wanted.reason, (wanted.field, wanted.value))
    released = move_days(
        partial(queue.matching, narrowed),
        person=replace(signed_in(), role=PersonRole.OPERATOR),  # a mend approves nothing
        configs=desk.console_configs(),
        held=queue,
        actions=PostgresActions(acting),
        nudger=desk.nudger,
    )
    if released.moved or released.asked:
        yield "done", "These records alone go into the next open period; later ones are held."
    yield from went_on(released.moved, len(released.asked))
    yield from refusals(released.refused)


def _is_number(put: str) -> bool:
    return bool(put) and put.isprintable() and len(put) <= _LONGEST


def _said_before(desk: Desk, stored: StoredConnection, merchant: Vendor, put: str) -> str:
    """What another person has said of a merchant's supplier; "" for nothing else."""
    its = PostgresMerchants(desk.database, stored.id).known([merchant.id]).get(merchant.id)
    if its is None or its.match.found is not Found.CONFIRMED or its.is_blocked:
        return ""
    if its.match.supplier == put:
        return ""
    last = MerchantListing(desk.database, stored.id).history(merchant.id)[0]
    who = last["actor"].partition(":")[2]
    name = merchant.name or merchant.id
    return (
        f"{who} said at {last['at']:%H:%M} that {name} is supplier {its.match.supplier}. Nothing"
        " was done twice; correct it under Suppliers."
    )


def _wait(errands: PostgresErrands, connection: str, number: int) -> Mapping[str, Any] | None:
    until = time.monotonic() + _PATIENCE_S
    while (outcome := errands.outcome(connection, number)) is None:
        if time.monotonic() > until:
            return None
        time.sleep(_LOOK_S)
    return outcome


def _merchant_of(wanted: Wanted) -> Vendor | None:
    if wanted.reason != Reason.SUPPLIER_UNKNOWN or wanted.field != "vendor" or not wanted.value:
        return None
    its_id, _, name = wanted.value.partition(" ")
    return Vendor(its_id, name) if its_id else None


def _suppliers(desk: Desk, stored: StoredConnection, merchant: str, search: str) -> list[Choice]:
    """What was searched for, or else the suppliers that are likest."""
    if search:
        return choices(desk.database, stored.id, Kind.SUPPLIER, search)
    its = PostgresMerchants(desk.database, stored.id).known([merchant]).get(merchant)
    return [
        Choice(one.number, one.name, " ".join(filter(None, (one.city, f"{one.score:g} of 100"))))
        for one in (its.match.candidates if its else ())
    ]


def _kind_of(wanted: Wanted, mapping: MappingConfig) -> tuple[Kind, str]:
    """The ERP's master data that a rule's value is one of, and the dimension."""
    if wanted.reason == Reason.SUPPLIER_UNKNOWN:
        return Kind.SUPPLIER, ""
    parts = {name: part for part, name in mapping.dimensions}
    if wanted.reason == Reason.VALUE_UNMAPPED and wanted.field in parts:
        return Kind.DIMENSION_VALUE, parts[wanted.field]
    return Kind.GL_ACCOUNT, ""
