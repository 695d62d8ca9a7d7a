"""The simulated ION API gateway with M3 behind it."""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.budget import SlidingWindow
from sandbox.exchange import Answer, Call, Effect, json_answer
from sandbox.infor import execute
from sandbox.infor.batches import BatchStore
from sandbox.infor.errors import ForbiddenError, UnknownProgramError
from sandbox.infor.ion import Ion
from sandbox.infor.journals import GeneralLedger
from sandbox.infor.ledger import Ledger
from sandbox.infor.m3 import M3
from sandbox.infor.masterdata import MasterData
from sandbox.infor.oauth import IonTokens
from sandbox.infor.settings import InforSettings
from sandbox.routes import Inside, Route
from sandbox.settings import Settings

#: Transactions whose names begin so change nothing.
READS = ("Get", "Lst", "Sel", "Search", "Chk")


class InforPeer:
    """One tenant."""

    name = "infor"

    def __init__(self, settings: Settings, seed: int) -> None:
        self._all_settings = settings
        self.m3 = M3(BatchStore(), Ledger(), MasterData(), GeneralLedger(), seed)
        self.ion = Ion(self.m3)
        self.tokens = IonTokens()
        self._budget = SlidingWindow()

    @property
    def settings(self) -> InforSettings:
        """The settings in force now."""
        return self._all_settings.infor

    @property
    def latency_s(self) -> float:
        """How long every answer takes at least."""
        return self.settings.latency_s

    def reset(self) -> None:
        """Forgets everything but the settings."""
        m3 = self.m3
        for part in (self.ion, m3.batches, m3.ledger, m3.general_ledger, m3.master):
            part.clear()
        self.tokens.clear()
        self._budget.clear()

    def routes(self) -> list[Route]:
        """Tokens, single execute, bulk execute, ION's messages, and the Data Lake."""
        base = "/<tenant>/M3/m3api-rest/v2/execute"
        return [
            Route("/<tenant>/as/token.oauth2", "POST", self._token, "token", "read"),
            Route("/<tenant>/as/revoke_token.oauth2", "POST", self._revoke, "revoke", "read"),
            Route(
                f"{base}/<program>/<transaction>",
                "GET",
                self._guarded(
                    lambda c, program, transaction: execute.single(
                        c, self.m3, self.settings, program, transaction
                    )
                ),
                "single",
                "write",
                _inside_single,
            ),
            Route(
                base,
                "POST",
                self._guarded(lambda c: execute.bulk(c, self.m3, self.settings)),
                "bulk",
                "write",
                _inside_bulk,
            ),
            *self._ion_routes(),
        ]

    def _ion_routes(self) -> list[Route]:
        ims = "/<tenant>/IONSERVICES/api/ion/messaging/service"
        lake = "/<tenant>/DATAFABRIC/datalake/v2/dataobjects"
        ion = self.ion
        return [
            Route(f"{ims}/ping", "GET", self._guarded(ion.ping), "ims ping", "read"),
            Route(
                f"{ims}/v3/<path:logical_id>/acceptedDocuments",
                "GET",
                self._guarded(lambda _, logical_id: ion.accepted(logical_id, self.settings)),
                "ims acceptedDocuments",
                "read",
            ),
            Route(
                f"{ims}/v2/message",
                "POST",
                self._guarded(lambda c: ion.send(c, self.settings)),
                "ims message",
                "write",
            ),
            Route(lake, "GET", self._guarded(ion.listed), "datalake list", "read"),
            Route(
                f"{lake}/<dl_id>",
                "GET",
                self._guarded(lambda _, dl_id: ion.content(dl_id)),
                "datalake object",
                "read",
            ),
        ]

    def _token(self, call: Call, tenant: str) -> Answer:
        if tenant != self.settings.tenant:
            return Answer(404, note="tenant")
        return self.tokens.exchange(call, self.settings)

    def _revoke(self, call: Call, **_variables: str) -> Answer:
        return self.tokens.revoke(call)

    def _guarded(self, handler: Callable[..., Answer]) -> Callable[..., Answer]:
        def answer(call: Call, tenant: str, **variables: str) -> Answer:
            settings = self.settings
            if tenant != settings.tenant:
                return json_answer(404, {"message": "No such API"}, note="tenant")
            if not self.tokens.admits(call):
                return json_answer(401, {"error": "invalid_token"}, note="token")
            if not settings.allows_mi and "/m3api-rest/" in call.path:
                return json_answer(403, {"message": "Not authorized to this API"}, note="api")
            if not self._budget.take("gateway", settings.requests_per_minute):
                headers = (("Retry-After", settings.retry_after),) if settings.retry_after else ()
                return Answer(429, '{"message":"Quota exceeded"}', headers=headers, note="quota")
            try:
                return handler(call, **variables)
            except UnknownProgramError:
                return Answer(400, note="no such program or transaction")
            except ForbiddenError:
                return json_answer(403, {"message": "Not authorized to company"}, note="company")

        return answer


def _effect(transactions: tuple[str, ...]) -> Effect:
    return (
        "read" if transactions and all(name.startswith(READS) for name in transactions) else "write"
    )


def _inside_single(variables: dict[str, str], _body: bytes) -> Inside:
    program, names = variables["program"], (variables["transaction"],)
    return Inside(f"{program}/{names[0]}", _effect(names), program, names)


def _inside_bulk(_variables: dict[str, str], body: bytes) -> Inside:
    try:
        raw = json.loads(body)
        program = str(raw["program"])
        names = tuple(str(one["transaction"]) for one in raw["transactions"])
    except (ValueError, KeyError, TypeError):
        return Inside("bulk malformed", "write")
    return Inside(f"bulk {program}", _effect(names), program, names)
