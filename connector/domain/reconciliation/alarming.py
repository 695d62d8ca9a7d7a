"""What of a reconciliation somebody must look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from connector.domain.alarms import MORE, AlarmKind, Finding, Observed, Severity
from connector.domain.reconciliation.items import Ending, Item
from connector.domain.reconciliation.matching import NO_TRANSACTION
from connector.domain.reconciliation.result import Reconciliation

#: So many of a kind are raised one by one; then one alarm says how many more there are.
_MOST = 20
_KINDS = {
    AlarmKind.RECONCILE_DIFFERENT: Ending.DIFFERENT,
    AlarmKind.RECONCILE_ONLY_IN_ERP: Ending.ONLY_IN_ERP,
    AlarmKind.RECONCILE_ONLY_IN_BREX: Ending.ONLY_IN_BREX,
}


def findings(result: Reconciliation, *, patience: timedelta, today: date) -> Observed:
    """What to raise of a result; nothing is said where either side could not be read whole.

    What is only in Brex is raised once it is older than `patience`, and unless a suggestion says
    what it may belong to; so is what lacks nothing but its transaction. A document that is not ours
    is raised where it may be a second entry of something that Brex has. Keys sort by day.
    """
    if result.lacking:
        return {}

    def of(kind: AlarmKind) -> dict[str, Finding]:
        wanted = [
            one for one in result.ended(_KINDS[kind]) if _is_alarming(one, oldest=today - patience)
        ]
        found = {
            f"{one.day} {one.name}": Finding(Severity.CRITICAL, _what(one), _mend(result, one.day))
            for one in wanted[:_MOST]
        }
        if further := wanted[_MOST:]:
            found[MORE] = Finding(
                Severity.CRITICAL, f"and {len(further)} more items", _mend(result, further[0].day)
            )
        return found

    return {kind: of(kind) for kind in _KINDS}


def _mend(result: Reconciliation, day: date) -> str:
    days = f"--since {day} --until {day}"
    return f"see the console's page, or ml-connector reconcile {result.connection} {days}"


def _is_alarming(one: Item, *, oldest: date) -> bool:
    match one.ending:
        case Ending.ONLY_IN_BREX:
            return one.day <= oldest and not one.suggestions
        case Ending.ONLY_IN_ERP:
            return one.is_ours or bool(one.suggestions)
        case _:
            only_uncharged = {each.what for each in one.differences} == {NO_TRANSACTION}
            return not (only_uncharged and one.suggestions)


def _what(one: Item) -> str:
    words: Iterable[str] = (f"{d.what}: {d.here} here, {d.erp} in the ERP" for d in one.differences)
    told = "; ".join([one.told, *words] if one.told else words)
    amount = one.brex if one.charged is not None or one.recorded is not None else one.erp
    kind = one.ending.replace("_", " ")
    return f"{one.name} of {one.day}, {amount} {one.currency}, is {kind}: {told}"
