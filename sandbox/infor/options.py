"""The options of an execute call: where it works, and what its answer looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.infor.errors import ForbiddenError
from sandbox.infor.settings import InforSettings

#: Query parameters of v2 that are not fields; `_rid` is what Infor's own SDK adds against caches.
OPTION_NAMES = {
    "cono",
    "divi",
    "lanc",
    "locale",
    "timeZone",
    "maxrecs",
    "dateformat",
    "excludeempty",
    "righttrim",
    "returncols",
    "format",
    "extendedresult",
    "_rid",
}
DATE_FORMATS = {
    "YMD8": "",
    "YMD6": "%y%m%d",
    "MDY6": "%m%d%y",
    "DMY6": "%d%m%y",
    "YMD8-": "%Y-%m-%d",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a call asks of its answer."""

    cono: int
    divi: str
    maxrecs: int
    exclude_empty: bool
    right_trim: bool
    extended: bool
    date_format: str
    columns: tuple[str, ...] = ()


def read_options(asked: dict[str, Any], settings: InforSettings) -> Options:
    """The options by their names in the query; raises ForbiddenError for a foreign company."""
    cono = asked.get("cono")
    if cono not in (None, "") and str(cono) != str(settings.cono):
        raise ForbiddenError
    divi = asked.get("divi")
    date_format = str(asked.get("dateformat") or "YMD8")
    return Options(
        cono=settings.cono,
        divi=settings.divi if divi is None else str(divi),
        maxrecs=_count(asked.get("maxrecs"), settings),
        exclude_empty=_flag(asked, "excludeempty", default=False),
        right_trim=_flag(asked, "righttrim", default=True),
        extended=_flag(asked, "extendedresult", default=False),
        date_format=date_format if date_format in DATE_FORMATS else "YMD8",
        columns=tuple(one for one in str(asked.get("returncols") or "").split(",") if one),
    )


def query_names(body: dict[str, Any]) -> dict[str, Any]:
    """Body members of a bulk call under the names of the query."""
    renamed = {
        "maxReturnedRecords": "maxrecs",
        "excludeEmptyValues": "excludeempty",
        "rightTrim": "righttrim",
        "extendedResult": "extendedresult",
        "dateFormat": "dateformat",
    }
    return {renamed.get(name, name): value for name, value in body.items()}


def _flag(asked: dict[str, Any], name: str, *, default: bool) -> bool:
    return str(asked.get(name, default)).lower() == "true"


def _count(asked: Any, settings: InforSettings) -> int:
    text = str(asked) if asked not in (None, "") else str(settings.default_maxrecs)
    wanted = int(text) if text.isdigit() else settings.default_maxrecs
    if settings.max_list and (wanted == 0 or wanted > settings.max_list):
        return settings.max_list
    return wanted
