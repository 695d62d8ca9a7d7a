"""ION's messaging service, the flow to M3 behind it, and the Data Lake that keeps the answers.

A message that was taken is only queued. M3 gets it later, perhaps twice, and answers with a BOD
that a flow carries into the Data Lake, where it can be listed and read.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call, json_answer
from sandbox.infor import bods
from sandbox.infor.batches import with_line
from sandbox.infor.errors import MIError
from sandbox.infor.m3 import M3, Context, supplier_and_payee
from sandbox.infor.programs.aps455 import valid_by_batch_no
from sandbox.infor.settings import InforSettings

ACCEPTED_DOCUMENTS = ("Process.SupplierInvoice",)
ANSWER = "Acknowledge.SupplierInvoice"
_FILTER = re.compile(
    r"\(dl_document_name eq '(?P<name>[^']+)'\)"
    r"(?: and \(dl_document_indexed_date ge '(?P<since>[^']+)'\))?"
)


@dataclass(frozen=True, slots=True)
class DataObject:
    """One document in the Data Lake."""

    dl_id: str
    name: str
    indexed: datetime
    content: str

    def shown(self) -> dict[str, Any]:
        """Its metadata."""
        return {
            "dl_id": self.dl_id,
            "dl_document_name": self.name,
            "dl_document_indexed_date": rfc3339(self.indexed),
            "dl_size": len(self.content),
        }


class Ion:
    """What was sent, what is on its way, and what was answered."""

    def __init__(self, m3: M3) -> None:
        self._m3 = m3
        self._lock = threading.RLock()
        self._timers: set[threading.Timer] = set()
        self.clear()

    def clear(self) -> None:
        """Forgets everything, and what is on its way does not arrive."""
        for timer in list(self._timers):
            timer.cancel()
        self._timers.clear()
        self.messages: list[dict[str, Any]] = []
        self.objects: list[DataObject] = []

    def ping(self, _call: Call) -> Answer:
        """Whether the service answers."""
        return json_answer(200, {"result": "OK"})

    def accepted(self, logical_id: str, settings: InforSettings) -> Answer:
        """The documents that a connection point takes."""
        if logical_id != settings.ims_logical_id:
            return json_answer(403, {"message": "Logical id is not linked to this client"})
        names = ACCEPTED_DOCUMENTS if settings.document_flow else ()
        return json_answer(200, {"documents": [{"documentName": name} for name in names]})

    def send(self, call: Call, settings: InforSettings) -> Answer:
        """Takes a message: 201 is that it is queued."""
        try:
            raw = json.loads(call.body)
            payload = _payload(raw["document"])
            name, sender = str(raw["documentName"]), str(raw["fromLogicalId"])
            message = {"messageId": str(raw["messageId"]), "documentName": name}
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            return json_answer(400, {"message": f"Bad message: {error}"}, note="malformed")
        if sender != settings.ims_logical_id:
            return json_answer(403, {"message": "fromLogicalId is not linked to this client"})
        if not settings.document_flow or name not in ACCEPTED_DOCUMENTS:
            return json_answer(412, {"message": "Connection point is inactive"})
        self.messages.append({**message, "document": payload.decode(errors="replace")})
        for nth in range(settings.bod_deliveries):
            self._deliver(payload, settings, settings.bod_delay_s * (nth + 1))
        return json_answer(201, {"result": "OK"})

    def listed(self, call: Call) -> Answer:
        """Metadata of the objects that a filter names, oldest first."""
        matched = _FILTER.fullmatch(call.arg("filter") or "")
        if matched is None:
            return json_answer(400, {"message": "Filter is invalid"})
        found = [
            one
            for one in self.objects
            if one.name == matched["name"]
            and (not matched["since"] or rfc3339(one.indexed) >= matched["since"])
        ]
        size, page = int(call.arg("records") or 100), int(call.arg("page") or 1)
        shown = found[size * (page - 1) : size * page]
        return json_answer(200, {"numFound": len(found), "fields": [one.shown() for one in shown]})

    def content(self, dl_id: str) -> Answer:
        """One object."""
        for one in self.objects:
            if one.dl_id == dl_id:
                return Answer(200, one.content, "application/octet-stream")
        return json_answer(404, {"message": "No such object"})

    def _deliver(self, payload: bytes, settings: InforSettings, delay_s: float) -> None:
        if not delay_s:
            self._process(payload, settings)
            return

        def arrive() -> None:
            self._timers.discard(timer)
            self._process(payload, settings)

        timer = threading.Timer(delay_s, arrive)
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def _process(self, payload: bytes, settings: InforSettings) -> None:
        try:
            invoice = bods.read(payload)
        except bods.UnreadableBodError:
            return  # a ConfirmBOD, which stays inside ION
        try:
            self._add(invoice, settings)
        except MIError as error:
            answer = bods.acknowledge(invoice, "Rejected", str(error))
        else:
            answer = bods.acknowledge(invoice, "Accepted")
        if settings.bod_answers:
            with self._lock:
                number = f"1-{len(self.objects) + 1:08x}"
                self.objects.append(DataObject(number, ANSWER, now_utc(), answer))

    def _add(self, invoice: bods.Invoice, settings: InforSettings) -> None:
        divi = invoice.company.partition("_")[2]
        ctx = Context(self._m3, settings, settings.cono, divi)
        head = dict(invoice.head)
        head["SUNO"], head["SPYN"] = supplier_and_payee(ctx, head)
        if self._m3.master.suppliers[head["SUNO"]].stat != "20":
            raise MIError.refused("WSU0101", "SUNO", f"Supplier {head['SUNO']} is not active")
        if not settings.bod_maps_cori:
            head.pop("CORI", None)
        with self._m3.batches.lock:
            batch = self._m3.batches.add(settings.cono, divi, head)
            for line in invoice.lines:
                batch = with_line(batch, line)
            self._m3.batches.set(batch)
        if settings.bod_validates:
            list(valid_by_batch_no(ctx, {"INBN": batch.inbn, "DIVI": divi}))


def _payload(document: dict[str, Any]) -> bytes:
    value, encoding = str(document["value"]), str(document["encoding"])
    if encoding == "NONE":
        return value.encode(str(document["characterSet"]))
    if encoding == "DEFLATE":
        return zlib.decompress(base64.b64decode(value, validate=True))
    raise ValueError(f"encoding {encoding}")
