"""The demo as people call it, and the proof that it rests on."""

import os
import re
import signal
import subprocess
import sys
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from connector.cli.demo.erps import entries_in_m3, posted_in_ifs, posted_in_m3
from connector.cli.demo.proof import prove
from connector.domain.bookkeeping import Policy
from connector.domain.numbers import document_number
from tests.processes import processes_below
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]


class Demo:
    """A running `ml-connector demo` whose temporary files are all in a folder of this test."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.chmod(0o711)
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connector.cli", "demo", *arguments],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, beginning: str) -> str:
        """What it says, up to the line that begins so."""
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line.startswith(beginning):
                return "".join(said)
        raise AssertionError("".join(said))

    def left(self) -> list[object]:
        """Files and processes that are still there."""
        return [*self.folder.iterdir(), *processes_below(self.folder)]


@pytest.fixture
def demo():
    """Starts a demo; whatever happens, nothing of it outlives the test."""
    started = []

    def start(*arguments):
        # not below pytest's own folder, which PostgreSQL's account may not enter
        folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
        started.append(Demo(folder, *arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
        wait_until(lambda one=one: not processes_below(one.folder))
        subprocess.run(["rm", "-rf", str(one.folder)], check=True)


def signs_in(said):
    """Whether the console takes the name and the password that the demo names."""
    url = re.search(r"^console +(\S+)$", said, re.MULTILINE)[1]
    name, password = re.search(r"sign in as (\S+) with (\S+)$", said, re.MULTILINE).groups()
    page = requests.get(f"{url}/sign-in", timeout=10)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    # a browser takes this address for a safe one, and sends the cookie
    cookie = "; ".join(f"{one.name}={one.value}" for one in page.cookies)
    answer = requests.post(
        f"{url}/sign-in",
        data={"csrf_token": token, "name": name, "password": password},
        headers={"Cookie": cookie, "Referer": url},
        allow_redirects=False,
        timeout=10,
    )
    return answer.status_code == 302


@pytest.mark.timeout(120)
def test_a_month_end_goes_through_once_and_leaves_nothing_behind(demo):
    running = demo("--records", "12", "--seed", "3", "--keep")
    shown = running.until("commands   ")
    assert signs_in(shown)
    running.process.send_signal(signal.SIGINT)
    rest, _ = running.process.communicate(timeout=60)
    said = shown + rest
    assert running.process.returncode == 0, said
    assert "Every record was posted exactly once" in said
    assert "Infor M3: accounts: done: " in said
    assert "IFS Cloud: dimensions: done: " in said
    assert re.search(r"Infor M3: [1-9]\d* merchants found among the suppliers", said)
    parts = [re.split(r"\s{2,}", line.strip()) for line in said.splitlines()]
    assert ["Infor M3", "IFS Cloud"] in parts
    figures = {part[0]: part[1:] for part in parts if len(part) == 3}
    assert figures["records released in Brex"] == ["12", "12"]
    in_m3, in_ifs = figures["documents in the ERP"]
    assert int(in_m3) > 12  # card spend is an invoice and an entry
    assert in_ifs == "12"
    assert figures["duplicates"] == figures["wrong totals"] == figures["held"] == ["0", "0"]
    assert len(re.findall(r"^proved: .*12 matched", said, re.MULTILINE)) == 2
    assert running.left() == []


@pytest.mark.timeout(120)
def test_ctrl_c_leaves_nothing_behind(demo):
    running = demo("--records", "12")
    wait_until(lambda: list(running.folder.glob("*/log/worker-1.log")))
    running.process.send_signal(signal.SIGINT)
    said, _ = running.process.communicate(timeout=60)
    assert running.process.returncode == 130, said
    assert "Traceback" not in said
    wait_until(lambda: running.left() == [], "what a killed server had started ends too")


ID = "accr_1"
RECORD = {
    "id": ID,
    "type": "CARD_EXPENSE_POST",
    "review_status": "EXPORTED",
    "amount": {"amount": Decimal("30.50"), "currency": "SEK"},
}
HEAD = {"CUAM": "30.5", "CUCD": "SEK"}
LINES = [{"NLAM": "20.00"}, {"NLAM": "10.50"}]
BATCH = {
    "sino": document_number(ID),
    "supa": 90,
    "deleted": False,
    "head": HEAD,
    "lines": LINES,
}
POSTED = {**BATCH, "source": "APS450"}


def proof(record=RECORD, batches=(BATCH,), ledger=(POSTED,)):
    m3 = {"batches": list(batches), "ledger": list(ledger)}
    return prove([ID], [record], posted_in_m3(m3), {})


def changed(value, **changes):
    return {**deepcopy(value), **changes}


def test_a_record_posted_once_with_its_total_and_exported_is_proved():
    assert proof().holds
    assert proof().documents == 1


def test_a_profile_without_drafts_is_proved_by_the_ledger():
    assert proof(batches=(), ledger=(changed(POSTED, source="APS100"),)).holds


def test_drafts_that_were_given_up_count_for_nothing():
    spares = (changed(BATCH, supa=10), changed(BATCH, deleted=True))
    assert proof(batches=(BATCH, *spares)).holds


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ({"batches": ()}, "missing"),
        ({"batches": (changed(BATCH, supa=15),)}, "missing"),
        ({"batches": (changed(BATCH, supa=78),)}, "missing"),
        ({"batches": (BATCH, BATCH)}, "duplicated"),
        ({"ledger": (POSTED, POSTED)}, "duplicated"),
        ({"batches": (changed(BATCH, head={**HEAD, "CUAM": "30.51"}),)}, "wrong_total"),
        ({"batches": (changed(BATCH, head={**HEAD, "CUCD": "EUR"}),)}, "wrong_total"),
        ({"batches": (changed(BATCH, lines=LINES[:1]),)}, "wrong_total"),
        ({"record": changed(RECORD, review_status="READY_FOR_EXPORT")}, "not_exported"),
    ],
)
def test_every_fault_of_a_posting_is_found(fault, found):
    broken = proof(**fault)
    assert not broken.holds
    assert getattr(broken, found) == [ID]


def test_an_invoice_of_nobody_is_found():
    broken = proof(batches=(BATCH, changed(BATCH, sino="BXOTHER")))
    assert not broken.holds
    assert broken.foreign == ["BXOTHER"]


PROPOSAL = {
    "number": document_number(ID),
    "state": "Balanced",
    "head": {"GrossCurrAmount": "30.5", "CurrencyCode": "SEK"},
    "lines": [{"CurrencyAmount": "20.00"}, {"CurrencyAmount": "10.5"}],
}


@pytest.mark.parametrize(
    ("proposals", "found"),
    [
        ((), "missing"),
        ((changed(PROPOSAL, state="Cancelled"),), "missing"),
        ((PROPOSAL, PROPOSAL), "duplicated"),
        ((changed(PROPOSAL, lines=[]),), "wrong_total"),
    ],
)
def test_every_fault_of_a_proposal_is_found(proposals, found):
    assert prove([ID], [RECORD], posted_in_ifs([PROPOSAL]), {}).holds
    broken = prove([ID], [RECORD], posted_in_ifs(proposals), {})
    assert getattr(broken, found) == [ID]


VOUCHER = {
    "lines": [
        {"VTXT": f"{document_number(ID, 2)}.1 taxi", "CUAM": "30.5", "CUCD": "SEK"},
        {"VTXT": f"{document_number(ID, 2)}.1 taxi", "CUAM": "-30.50", "CUCD": "SEK"},
    ]
}


@pytest.mark.parametrize(
    ("vouchers", "found"),
    [
        ((), "missing"),
        ((VOUCHER, VOUCHER), "duplicated"),
        ((changed(VOUCHER, lines=VOUCHER["lines"][:1]),), "wrong_total"),
    ],
)
def test_every_fault_of_the_entry_beside_an_invoice_is_found(vouchers, found):
    policies = {"CARD_EXPENSE_POST": Policy.INVOICE_AND_JOURNAL}
    invoice = list(posted_in_m3({"batches": [BATCH], "ledger": [POSTED]}))
    assert prove([ID], [RECORD], [*invoice, *entries_in_m3([VOUCHER])], policies).holds
    broken = prove([ID], [RECORD], [*invoice, *entries_in_m3(vouchers)], policies)
    assert getattr(broken, found) == [ID]
