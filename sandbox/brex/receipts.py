"""Receipts: links that expire, as Brex has them presigned, and the storage that answers them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.brex import exact_json
from sandbox.brex.records import State
from sandbox.brex.settings import BrexSettings
from sandbox.clock import now_utc
from sandbox.exchange import Answer, Call

PATH = "/receipt-files"
_BASIC = "%Y%m%dT%H%M%S%fZ"


class Receipts:
    """The files of receipts, and who may have them for now."""

    def __init__(self, settings: Callable[[], BrexSettings], seed: int) -> None:
        self._settings = settings
        self._key = f"receipts:{seed}".encode()
        self._lock = threading.Lock()
        self._files: dict[str, list[dict[str, Any]]] = {}

    def clear(self) -> None:
        """Forgets all files."""
        with self._lock:
            self._files.clear()

    def text(self, call: Call, state: State, *, single: bool) -> str:
        """A record as it is sent: with new links where its receipts have `files`."""
        text = state.single_entry() if single else state.text
        if not state.raw.get("receipts"):
            return text
        raw = exact_json.loads(text)
        raw["receipts"] = [self._linked(call, one) for one in raw["receipts"]]
        return exact_json.dumps(raw)

    def get(self, call: Call, receipt_id: str, file: str) -> Answer:
        """`GET` of a link: the file, or why not, as S3 says it."""
        if "authorization" in call.headers:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        if not hmac.compare_digest(self._signature(call), call.arg("X-Amz-Signature") or ""):
            return _refused(403, "SignatureDoesNotMatch", "The signature does not match")
        began = datetime.strptime(call.arg("X-Amz-Date") or "", _BASIC).replace(tzinfo=UTC)
        if now_utc() >= began + timedelta(seconds=float(call.arg("X-Amz-Expires") or 0)):
            return _refused(403, "AccessDenied", "Request has expired")
        files = self._files.get(receipt_id, [])
        if not 0 < int(file) <= len(files):
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        one = files[int(file) - 1]
        body = one.get("content", f"%PDF-1.7\n{receipt_id} {file}\n")
        kind = one.get("content_type", "application/pdf")
        return Answer(200, body.ljust(int(one.get("size", 0))), kind, note=f"{len(body)} bytes")

    def _linked(self, call: Call, receipt: Any) -> Any:
        if not isinstance(receipt, dict) or "files" not in receipt:
            return receipt
        with self._lock:
            self._files[receipt["id"]] = receipt["files"]
        links = [
            self._link(call, f"{PATH}/{receipt['id']}/{number}")
            for number, _ in enumerate(receipt["files"], start=1)
        ]
        return {"id": receipt["id"], "download_uris": links}

    def _link(self, call: Call, path: str) -> str:
        settings = self._settings()
        host = settings.receipt_host or f"http://{call.headers['host']}"
        args = {
            "X-Amz-Date": now_utc().strftime(_BASIC),
            "X-Amz-Expires": f"{settings.receipt_link_s:g}",
        }
        return f"{host}{path}?{urlencode(args)}&X-Amz-Signature={self._signed(path, args)}"

    def _signature(self, call: Call) -> str:
        names = ("X-Amz-Date", "X-Amz-Expires")
        return self._signed(call.path, {name: call.arg(name) or "" for name in names})

    def _signed(self, path: str, args: dict[str, str]) -> str:
        signed = hmac.new(self._key, f"{path}?{urlencode(args)}".encode(), hashlib.sha256)
        return f"{self._settings().receipt_signature}{signed.hexdigest()}"


def _refused(status: int, code: str, message: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body, "application/xml", note=code)
