"""The yardstick: a plain Celery chain as it is usually written, four tasks a record, no store.

`celery --app tests.benchmarks.plain_tasks:app worker`. It posts what the product posts: the same
documents under the same numbers, in the fewest calls that can be made for one record.
"""

from __future__ import annotations

import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from celery import Celery, Task

from connector.domain.numbers import document_number

BREX, BREX_TOKEN = os.environ["PLAIN_BREX"], os.environ["PLAIN_BREX_TOKEN"]
IONAPI = json.loads(Path(os.environ["PLAIN_IONAPI"]).read_text(encoding="utf-8"))
M3 = f"{IONAPI['iu']}/{IONAPI['ti']}/M3/m3api-rest/v2/execute"
COMPANY = {"cono": "100", "divi": "AAA"}
TIMEOUT_S = 30

app = Celery("plain", broker=os.environ["PLAIN_REDIS"])
app.conf.task_ignore_result = True

_local = threading.local()


def brex() -> requests.Session:
    """A session that keeps its connection, one for each thread."""
    if not hasattr(_local, "brex"):
        _local.brex = requests.Session()
        _local.brex.headers["Authorization"] = f"Bearer {BREX_TOKEN}"
    return _local.brex


def m3() -> requests.Session:
    """The same, with a token of the service account."""
    if not hasattr(_local, "m3"):
        form = {
            "grant_type": "password",
            "username": IONAPI["saak"],
            "password": IONAPI["sask"],
        }
        client = (IONAPI["ci"], IONAPI["cs"])
        answer = requests.post(
            IONAPI["pu"] + IONAPI["ot"], data=form, auth=client, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
        _local.m3 = requests.Session()
        _local.m3.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return _local.m3


def execute(program: str, transaction: str, record: dict[str, str]) -> list[dict[str, str]]:
    """One transaction of M3; its rows."""
    answer = m3().get(
        f"{M3}/{program}/{transaction}", params={**COMPANY, **record}, timeout=TIMEOUT_S
    )
    answer.raise_for_status()
    return answer.json()["results"][0]["records"]


@app.task
def fetch(record_id: str) -> None:
    """Get the record that was announced."""
    answer = brex().get(f"{BREX}/v3/accounting/records/{record_id}", timeout=TIMEOUT_S)
    answer.raise_for_status()
    convert.delay(answer.json(parse_float=str))


@app.task
def convert(record: dict[str, Any]) -> None:
    """Make the document of it."""
    sign = -1 if record["type"].endswith("REFUND") else 1
    lines = []
    for item in record["line_items"]:
        coded = {
            one["remote_field_id"]: one["remote_field_value_id"]
            for one in item["accounting_field_values"]
        }
        if coded:
            amount = sign * Decimal(str(item["amount"]["amount"]))
            lines.append(
                {
                    "NLAM": f"{amount:.2f}",
                    "AIT1": coded["GL_ACCOUNT"],
                    "AIT2": coded["COST_CENTER"],
                    "VTXT": (item["memo"] or "")[:40],
                }
            )
    posted_on = record["posted_at"][:10].replace("-", "")
    head = {
        "SUNO": "BREX",
        "SINO": document_number(record["id"]),
        "IVDT": posted_on,
        "ACDT": posted_on,
        "CUCD": record["amount"]["currency"],
        "CUAM": f"{sum(Decimal(line['NLAM']) for line in lines):.2f}",
        "IBTP": "20",
        "IMCD": "0",
        "CRTP": "1",
        "TXIN": "0",
        "PPYR": record["id"],
        "SDA1": (record["memo"] or "")[:60],
    }
    post.delay(record["id"], head, lines)


@app.task
def post(record_id: str, head: dict[str, str], lines: list[dict[str, str]]) -> None:
    """Write the head, all lines in one call, and have the batch validated."""
    (row,) = execute("APS450MI", "AddHead", head)
    bulk = {
        "program": "APS450MI",
        **COMPANY,
        "transactions": [
            {"transaction": "AddLine", "record": {"INBN": row["INBN"], "RDTP": "8", **line}}
            for line in lines
        ],
    }
    answer = m3().post(M3, json=bulk, timeout=TIMEOUT_S)
    answer.raise_for_status()
    assert answer.json()["nrOfSuccessfullTransactions"] == len(lines)
    execute("APS455MI", "ValidByBatchNo", {"INBN": row["INBN"]})
    mark_exported.delay(record_id, row["INBN"])


@app.task(bind=True, max_retries=None)
def mark_exported(self: Task, record_id: str, inbn: str) -> None:
    """Tell Brex, once M3 has validated the batch."""
    (row,) = execute("APS450MI", "GetHead", {"INBN": inbn})
    if row["SUPA"] == "10" or row["BIST"] not in {"", "0"}:
        raise self.retry(countdown=0.1)
    assert row["SUPA"] in {"20", "90"}, f"batch {inbn} stands at {row['SUPA']}"
    result = {"accounting_record_id": record_id, "success": {"reference_id": inbn}}
    answer = brex().post(
        f"{BREX}/v3/accounting/records/export-results",
        json={"results": [result]},
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
