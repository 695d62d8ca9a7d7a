"""The whole pipeline: backlogs, a single record, and a budget that is too small for the work."""

from __future__ import annotations

import json
import random
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import requests
from svix.webhooks import Webhook

from tests.benchmarks.place import Place, unfinished
from tests.benchmarks.run import Run, Stopwatch
from tests.endtoend.installation import NAME, SECRET, Installation
from tests.waiting import wait_until

_OFTEN_S = 0.1
_SINGLES = 20
#: Far more than any of the runs takes.
_PATIENCE_S = 3600


def backlog(place: Place, records: int, **installation: Any) -> Run:
    """Records that all were announced before the first worker takes one up.

    The clock runs from when the workers, which are warm and were stopped, go on, until PostgreSQL
    has noted the last record as exported. The gateway's CPU is that of the announcements before.
    """
    with place.installation(**installation) as (made, meter):
        ids = place.spend(records)
        with meter.stopped("workers"):
            before = meter.cpu_s()["gateway"]
            made.release()
            wait_until(lambda: unfinished(made) == records, "all have come in", _PATIENCE_S)
            gateway_ms = (meter.cpu_s()["gateway"] - before) * 1000 / records
            watch = Stopwatch(place, meter)
            began = time.time()
        while unfinished(made):
            watch.look()
            time.sleep(_OFTEN_S)
        run = watch.stop(records, _last_export(made, records) - began)
        run.cpu_ms["gateway"] = gateway_ms
        place.assert_posted_once(ids, made.erp)
        return run


def single_records(place: Place) -> list[float]:
    """Seconds from the webhook of a record, with nothing else to do, to its being exported."""
    with place.installation() as (made, _):
        took = []
        for _ in range(_SINGLES):
            (record_id,) = ids = place.spend(1)
            made.release(ids=ids, send=False)
            time.sleep(random.uniform(0, 1))  # anywhere between two ticks of the clock
            began = time.time()
            _announce(made, record_id)
            wait_until(lambda: unfinished(made) == 0, "it is exported")
            took.append(_last_export(made, 1) - began)
            place.assert_posted_once(ids)
        return took


def _last_export(installation: Installation, records: int) -> float:
    """When the last of the newest records was exported, in seconds of the epoch."""
    return installation.sql(
        "SELECT extract(epoch FROM max(exported_at))::float8"
        " FROM (SELECT exported_at FROM record ORDER BY id DESC LIMIT %s) AS newest",
        records,
    )[0][0]


def _announce(installation: Installation, record_id: str) -> None:
    body = json.dumps(
        {
            "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
            "accountingRecordIds": [record_id],
            "companyId": "cuacc_sandbox",
        }
    )
    webhook_id, now = f"msg_{record_id}", datetime.now(UTC)
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(webhook_id, now, body),
    }
    url = f"{installation.gateway_url}/webhooks/brex/{NAME}"
    while requests.post(url, data=body, headers=headers, timeout=10).status_code == 503:
        pass  # sent again, as Brex would


def scarce_budget(place: Place, records: int = 160, limit: int = 1000) -> tuple[float, float]:
    """How much of M3's budget was used while there was more to do, and the share of 429.

    One transaction a call, so that few records need more than the budget has. Measured from the
    third second on, until most records have arrived, at most one minute.
    """
    with place.installation(erp_limit=limit, bulk_size=1, warm_up_with=10) as (made, meter):
        ids = place.spend(records)
        with meter.stopped("workers"):
            made.release()
            wait_until(lambda: unfinished(made) == records, "all have come in")
        time.sleep(3)
        began, before = time.monotonic(), place.calls()
        passed_s, used = 0.0, 0.0
        while passed_s < 60 and unfinished(made) > records * 0.2:
            time.sleep(1)
            calls = place.calls().since(before)
            passed_s = time.monotonic() - began
            used = (calls.erp - calls.refused) / (limit * passed_s / 60)
        wait_until(lambda: unfinished(made) == 0, "all are exported", _PATIENCE_S)
        place.assert_posted_once(ids)
        calls = place.calls()
        return used, calls.refused / calls.erp


def summary(seconds: list[float]) -> tuple[float, float]:
    """The median and the worst, in milliseconds."""
    return statistics.median(seconds) * 1000, max(seconds) * 1000
