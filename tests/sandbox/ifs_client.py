"""A client of the simulated IFS that knows nothing of the product: it follows the fact sheet."""

from __future__ import annotations

import json
import re
from typing import Any

import requests

PROPOSALS = "PostingProposalHandling.svc"
VOUCHERS = "ManualVoucherHandling.svc"
ACCOUNTS = "AccountsHandling.svc"
HEAD = {
    "Company": "10",
    "Identity": "732000",
    "InvoiceDate": "2026-06-30",
    "CurrencyCode": "SEK",
    "GrossCurrAmount": 171.75,
}
LINE = {"Account": "7500", "CodeB": "CC10", "CurrencyAmount": 171.75, "Text": "Lunch"}
VOUCHER = {"Company": "10", "VoucherType": "M", "VoucherDate": "2026-06-30", "UserGroup": "AC"}


class Ifs:
    """Holds an access token of the confidential client, and no cookies."""

    def __init__(self, sandbox: Any) -> None:
        self.known = sandbox.control("GET", "ifs/credentials")
        self.root = f"{self.known['base_url']}/main/ifsapplications/projection/v1"
        self.headers = {"Authorization": f"Bearer {self.token().json()['access_token']}"}

    def token(self, **form: str) -> requests.Response:
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.known["client_id"],
            "client_secret": self.known["client_secret"],
            **form,
        }
        return requests.post(self.known["token_url"], data=asked, timeout=10)

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Any = None, **params: Any
    ) -> requests.Response:
        sent = {**self.headers, **(headers or {})}
        return requests.request(
            method, f"{self.root}/{path}", json=body, headers=sent, params=params, timeout=10
        )

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.call("GET", path, params=None, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def refusal(self, answer: requests.Response, status: int) -> str:
        """The useful text of an error: the database's own, else the provider's code."""
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        details = error.get("details")
        return details[0]["message"] if details else error["code"]

    def head(self, number: str, **more: Any) -> dict[str, Any]:
        answer = self.call(
            "POST", f"{PROPOSALS}/PostingProposalHeadSet", {**HEAD, "InvoiceNo": number, **more}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def proposal(self, number: str, **more: Any) -> dict[str, Any]:
        head = self.head(number, **more)
        answer = self.call("POST", f"{self.path(head)}/PostingProposalLines", LINE)
        assert answer.status_code == 201, answer.text
        return head

    @staticmethod
    def path(head: dict[str, Any]) -> str:
        key = f"Company='{head['Company']}',InvoiceId={head['InvoiceId']}"
        return f"{PROPOSALS}/PostingProposalHeadSet({key})"

    def batch(
        self, projection: str, *items: Any, prefer: str = "odata.continue-on-error"
    ) -> list[Any]:
        """The answers of parts; a list of parts is a change set. Each answer is (status, body)."""
        body = "".join(f"--b\r\n{self._item(item)}\r\n" for item in items) + "--b--\r\n"
        headers = {"Content-Type": "multipart/mixed;boundary=b", "Prefer": prefer}
        answer = requests.post(
            f"{self.root}/{projection}/$batch",
            data=body.encode(),
            headers={**self.headers, **headers},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return read(answer.content, answer.headers["Content-Type"])

    def _item(self, item: Any) -> str:
        if isinstance(item, tuple):
            return self._part(*item)
        parts = "".join(
            f"--c\r\n{self._part(*part, content_id=number)}\r\n"
            for number, part in enumerate(item, start=1)
        )
        return f"Content-Type: multipart/mixed;boundary=c\r\n\r\n{parts}--c--"

    @staticmethod
    def _part(
        method: str, path: str, body: Any = None, headers: Any = None, content_id: int = 0
    ) -> str:
        lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        lines += [f"Content-Id: {content_id}"] if content_id else []
        lines += ["", f"{method} {path} HTTP/1.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return "\r\n".join([*lines, "", "" if body is None else json.dumps(body)])


def read(content: bytes, content_type: str) -> list[Any]:
    found = []
    for part in _split(content, content_type):
        head, _, rest = part.partition(b"\r\n\r\n")
        inner = re.search(r"Content-Type: (multipart/mixed.*)", head.decode())
        if inner:
            found.append(read(rest, inner[1]))
            continue
        line, _, body = rest.partition(b"\r\n\r\n")
        status = int(line.split()[1])
        found.append((status, json.loads(body) if body.strip() else None))
    return found


def _split(content: bytes, content_type: str) -> list[bytes]:
    mark = b"--" + re.search(r"boundary=([^;\s]+)", content_type)[1].encode()
    return [part.strip(b"\r\n") for part in content.split(mark)[1:-1]]
