"""M3 in the sandbox, below and beside its adapter."""

import json
from typing import Any

from connector.domain.numbers import draft_marker
from connector.erp.infor import ionapi
from connector.erp.infor.config import Grant
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.tokens import token_grant
from connector.http.peer import Peer
from connector.http.tokens import TokenSource
from connector.ports import NewDraft
from connector.secret import Secret
from tests.erp.erp_sandbox import (
    ErpUnderTest,
    FreeBudget,
    MemoryTokens,
    build_infor,
    infor,
)
from tests.sandbox_process import Sandbox

HEAD = {"program": "APS450MI", "transaction": "AddHead"}
AAA = Company(100, "AAA")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def api(sandbox: Sandbox, **options: Any) -> M3Api:
    infor(sandbox)
    file = ionapi.load(file_of(sandbox), allow_http=True)
    tokens = TokenSource(MemoryTokens(), token_grant(file, Grant.PASSWORD, allow_http=True))
    peer = Peer("infor", file.base_url, tokens=tokens, budget=FreeBudget(), allow_http=True)
    return M3Api(peer, file.execute_path, **options)


def file_of(sandbox: Sandbox, **changes: str) -> Secret:
    return Secret(json.dumps(sandbox.call("GET", "/infor/ionapi") | changes))


def drafts(at: ErpUnderTest, count: int) -> list[NewDraft]:
    documents = [at.document() for _ in range(count)]
    return [NewDraft(one, draft_marker(one.number, 1)) for one in documents]


def batches(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.call("GET", "/infor/invoices")["batches"]


def failing(checks: Any) -> dict[str, str]:
    return {check.name: check.detail for check in checks if not check.passed}


def rebuilt(sandbox: Sandbox, **section: Any) -> Any:
    """A second adapter on the sandbox as it is."""
    return build_infor(file_of(sandbox), **section)
