"""Answers that no peer should give, through whole steps: where a record ends, and that nothing wrong
was posted. Each goes wrong for as long as it likes; then all is well, and each record is posted once.
"""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet
from redis import Redis

from connector.bootstrap import Application
from connector.domain.numbers import document_number
from connector.domain.records import Step
from connector.errors import ConfigurationError, ConnectorError
from connector.ports import Delivery, Disposition
from connector.secret import Secret
from connector.store.actions import PostgresActions
from connector.usecases.retry_records import retry_all
from tests.endtoend.installation import NAME, Installation, expected

RECORDS = 2
#: More turns than an answer that goes wrong for good needs to end in a person's hands.
TURNS = 14


class Silent:
    """Implements `Nudger`: nobody is told."""

    def nudge(self, *_: object) -> None:
        """Nobody."""


class Bench:
    """The steps, run as workers run them, in a time that flies."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.sandbox = installation.sandbox
        self.ids: list[str] = []

    def bring(self, count: int = RECORDS) -> list[str]:
        """Records that are ready in Brex, taken in."""
        self.ids = self.installation.spend(count)
        self.installation.release(send=False)
        self.take_in(self.ids)
        return self.ids

    def take_in(self, ids: list[str]) -> None:
        application = self.installation.application
        application.intake.receive(application.wired(NAME).connection.id, ids)

    def turn(self, *steps: Step) -> None:
        """Every step once for all that is there, an hour later."""
        sql = self.installation.sql
        sql("UPDATE erp_write SET settles_at = now() WHERE settles_at > now()")
        sql("UPDATE record SET due_at = now() WHERE due_at > now()")
        sql("UPDATE outage SET probe_at = now() WHERE probe_at > now()")
        application = self.installation.application
        for outage in application.claim_probes():
            application.probe(outage)
        for step in steps or Step:
            with suppress(ConnectorError):  # as the task does, which tells of it and ends
                while application.run_step(step, NAME, []) is not None:
                    pass

    def run(self) -> set[str]:
        """Turns until all records rest, or there were enough; where they stand then."""
        for _ in range(TURNS):
            if set(self.installation.statuses()) <= {"held", "exported"}:
                break
            self.turn()
            self.assert_nothing_wrong()
        return self.standing()

    def standing(self) -> set[str]:
        """The reasons of held records, and the statuses of others."""
        rows = self.installation.sql("SELECT coalesce(reason, status) FROM record")
        return {row[0] for row in rows}

    def said(self) -> set[str]:
        """Why records are held, or wait."""
        rows = self.installation.sql(
            "SELECT coalesce(detail->>'message', note) FROM record WHERE status <> 'exported'"
        )
        return {row[0] for row in rows}

    def assert_nothing_wrong(self) -> None:
        """Nothing in the ledger is there twice, or differs from Brex."""
        ledger = self.installation.ledger()
        for record_id in self.ids:
            record = self.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
            for posted in ledger.get(document_number(record_id), []):
                assert posted == Counter(expected(record))
        assert all(len(found) == 1 for found in ledger.values()), ledger
        assert set(ledger) <= {document_number(record_id) for record_id in self.ids}

    def heal(self) -> None:
        """All is well again, and a person lets what is held go on, as often as it takes."""
        installation = self.installation
        self.sandbox.call("DELETE", "/faults")
        self.sandbox.call("PATCH", "/settings", {"infor": {"max_list": 0}})
        with Redis.from_url(installation.settings.redis_url.reveal()) as client:
            client.flushdb()
        installation.application.close()  # what was learned of the peers is forgotten
        installation.application = Application(installation.settings, actor="test")
        for _ in range(3):
            if installation.statuses()["held"]:
                self.retry_all()
            if self.run() == {"exported"}:
                break
        installation.assert_posted_once(self.ids)
        installation.assert_no_canary()

    def retry_all(self) -> None:
        actions = PostgresActions(self.installation.application.database)
        retry_all(reason=None, connection=None, actions=actions, nudger=NoHints())


class NoHints:
    """A nudger: here nobody listens."""

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Any = ()) -> None:
        pass


@pytest.fixture
def bench(installation: Installation) -> Bench:
    installation.connect()
    return Bench(installation)


HEAD = {"peer": "infor", "transaction": "AddHead"}
LINE = {"peer": "infor", "transaction": "AddLine"}
COMMIT = {"peer": "infor", "transaction": "ValidByBatchNo"}
READ = {"peer": "infor", "program": "APS450MI", "transaction": "LstLines"}
ELSEWHERE = {"Location": "http://127.0.0.1:1/elsewhere"}
REFUSED = (
    '{"results":[{"transaction":"AddHead","errorMessage":"The supplier is closed","errorCode":"X",'
    '"records":[]}],"nrOfFailedTransactions":1,"nrOfSuccessfullTransactions":0}'
)


def instead(status: int, body: str = "", applied: bool = False, **more: Any) -> dict[str, Any]:
    return {"kind": "instead", "status": status, "body": body, "applied": applied, **more}


def rewrite(find: str, replacement: str, **more: Any) -> dict[str, Any]:
    return {"kind": "rewrite", "find": find, "replacement": replacement, **more}


#: What M3 answers for ever, and where records end: the reason of held ones, or the status.
M3_FOR_EVER: dict[str, tuple[dict[str, Any], str]] = {
    "B36 html 200, applied": ({"kind": "html", "status": 200, "applied": True, **HEAD}, "exported"),
    "B36 html 502": ({"kind": "html", "status": 502, **HEAD}, "too_many_drafts"),
    "B36 html 400 for a line": ({"kind": "html", "status": 400, **LINE}, "too_many_drafts"),
    "B36 html for reads": ({"kind": "html", "status": 200, **READ}, "posting"),
    "B37 truncated head": ({"kind": "truncated_json", **HEAD}, "exported"),
    "B37 truncated line": ({"kind": "truncated_json", **LINE}, "exported"),
    "B37 truncated read": ({"kind": "truncated_json", **READ}, "posting"),
    "B38 204 for a head": (instead(204, applied=True, **HEAD), "exported"),
    "B38 204 for a line": (instead(204, applied=True, **LINE), "exported"),
    "B38 204 for a read": (instead(204, **READ), "posting"),
    "B39 failed inside 200": ({"kind": "refuse", "code": "XYZ0001", "message": "Closed", **HEAD}, "erp_refused"),
    "B39 failed inside 200, though applied": (instead(200, REFUSED, applied=True, **HEAD), "erp_refused exported"),
    "B40 INBN missing": (rewrite(r'"INBN": ?"[^"]*"', '"X":"1"', **HEAD), "exported"),
    "B40 INBN zero": (rewrite(r'"INBN": ?"[^"]*"', '"INBN":"0"', **HEAD), "exported"),
    "B40 INBN blank": (rewrite(r'"INBN": ?"[^"]*"', '"INBN":"   "', **HEAD), "exported"),
    "B40 INBN with a blank": (rewrite(r'"INBN": ?"([^"]*)"', r'"INBN":"1 \1"', **HEAD), "exported"),
    "B40 INBN in letters": (rewrite(r'"INBN": ?"[^"]*"', '"INBN":"N/A"', **HEAD), "exported"),
    "B40 INBN twice": (rewrite(r'"INBN": ?"[^"]*"', '"INBN":"1001"', **HEAD), "exported"),
    "B42 comma": (rewrite(r'"CUAM": ?"([0-9]+)\.', r'"CUAM":"\1,', **READ), "too_many_drafts"),
    "B42 trailing minus": (rewrite(r'"NLAM": ?"([0-9.]+)"', r'"NLAM":"\1-"', **READ), "too_many_drafts"),
    "B42 17 digits": (rewrite(r'"NLAM": ?"([0-9.]+)"', '"NLAM":"12345678901234567"', **READ), "too_many_drafts"),
    "B42 a number": (rewrite(r'"NLAM": ?"([0-9.]+)"', r'"NLAM":\g<1>1', **READ), "too_many_drafts"),
    "B42 too many decimals": (rewrite(r'"CUAM": ?"([0-9.]+)"', r'"CUAM":"\g<1>001"', **READ), "too_many_drafts"),
    "B45 412": (instead(412, **HEAD), "too_many_drafts"),
    "B45 428": (instead(428, "{}", **HEAD), "too_many_drafts"),
    "B45 409": (instead(409, '{"message":"conflict"}', **LINE), "too_many_drafts"),
    "B45 423": (instead(423, "locked", **HEAD), "too_many_drafts"),
    "B45 408": (instead(408, **LINE), "too_many_drafts"),
    "B45 425": (instead(425, **HEAD), "too_many_drafts"),
    "B45 507": (instead(507, **COMMIT), "erp_document_busy"),
    "B45 103": (instead(103, applied=True, **HEAD), "exported"),
    "B45 299": (instead(299, "fine", applied=True, **HEAD), "exported"),
    "B46 429 with -1": (instead(429, headers={"Retry-After": "-1"}, **HEAD), "posting"),
    "B46 429 with 1e9": (instead(429, headers={"Retry-After": "1000000000"}, **HEAD), "posting"),
    "B46 503 with the past": (instead(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, **HEAD), "too_many_drafts"),
    "B46 503 with text": (instead(503, headers={"Retry-After": "soon"}, **READ), "posting"),
    "B47 301": (instead(301, headers=ELSEWHERE, **HEAD), "too_many_drafts"),
    "B47 302 for a read": (instead(302, headers=ELSEWHERE, **READ), "posting"),
    "B47 307": (instead(307, headers=ELSEWHERE, **LINE), "too_many_drafts"),
    "B48 head of no date": (rewrite(r'"(IVDT|ACDT)": ?"[0-9]*"', r'"\1":"0"', **READ), "too_many_drafts"),
    "B48 head of 99999999": (rewrite(r'"(IVDT|ACDT)": ?"[0-9]*"', r'"\1":"99999999"', **READ), "too_many_drafts"),
    "B48 before the period": ({"kind": "refuse", "code": "WAC0101", "message": "Accounting date before the period", **HEAD}, "erp_refused"),
    "B53 currency unknown": ({"kind": "refuse", "code": "WCU0103", "message": "Currency SEK does not exist", **HEAD}, "erp_refused"),
}  # fmt: skip


@pytest.mark.parametrize("case", M3_FOR_EVER)
def test_what_m3_should_not_answer_posts_nothing_wrong(bench: Bench, case: str) -> None:
    rule, ends = M3_FOR_EVER[case]
    bench.bring()
    bench.sandbox.fault(**rule)
    assert bench.run() == set(ends.split())
    assert bench.sandbox.fired()
    if ends == "exported":
        assert bench.installation.sql("SELECT 1 FROM erp_write WHERE outcome = 'found'")
    else:
        assert all(bench.said())
    bench.heal()


RECORDS_READ = {"peer": "brex", "path": "/v3/accounting/records*", "effect": "read"}
TOKEN = {"peer": "infor", "operation": "token"}


def in_brex(find: str, replacement: str) -> dict[str, Any]:
    return rewrite(find, replacement, **RECORDS_READ)


#: What Brex, or the token endpoint, answers for ever, and where records end.
BREX_FOR_EVER: dict[str, tuple[dict[str, Any], str]] = {
    "B36 html": ({"kind": "html", "status": 200, **RECORDS_READ}, "received"),
    "B36 html for a token": ({"kind": "html", "status": 200, **TOKEN}, "mapped"),
    "B37 truncated": ({"kind": "truncated_json", **RECORDS_READ}, "received"),
    "B38 204": (instead(204, **RECORDS_READ), "received"),
    "B42 17 digits": (in_brex(r'"amount":\s*([0-9]+)\.', r'"amount":12345678901234567.'), "record_unreadable"),
    "B42 comma": (in_brex(r'"amount":\s*([0-9.]+)', '"amount":"1,5"'), "record_unreadable"),
    "B42 trailing minus": (in_brex(r'"amount":\s*([0-9.]+)', '"amount":"5-"'), "record_unreadable"),
    "B42 a currency without decimals": (in_brex('"[A-Z]{3}"', '"JPY"'), "unbalanced"),
    "B42 third decimals": (in_brex(r'"amount":\s*([0-9]+\.[0-9]+)', r'"amount":\g<1>1'), "unbalanced"),
    "B42 sum not equal": (in_brex(r'("version":\s*[0-9]+[^{]*"amount":\s*\{"amount":\s*)', r"\g<1>1"), "unbalanced"),
    "B45 412": (instead(412, "{}", **RECORDS_READ), "received"),
    "B45 409": (instead(409, "{}", **RECORDS_READ), "received"),
    "B45 423": (instead(423, "{}", **RECORDS_READ), "received"),
    "B45 428": (instead(428, "{}", **RECORDS_READ), "received"),
    "B45 408": (instead(408, **RECORDS_READ), "received"),
    "B45 425": (instead(425, **RECORDS_READ), "received"),
    "B45 507": (instead(507, **RECORDS_READ), "received"),
    "B45 299": (instead(299, "fine", **RECORDS_READ), "received"),
    "B46 429 with text": (instead(429, headers={"Retry-After": "soon"}, **RECORDS_READ), "received"),
    "B47 302": (instead(302, headers=ELSEWHERE, **RECORDS_READ), "received"),
    "B47 307 for a token": (instead(307, headers=ELSEWHERE, **TOKEN), "mapped"),
    "B48 0": (in_brex('"posted_at":\\s*"[^"]*"', '"posted_at":"0"'), "record_unreadable"),
    "B48 99999999": (in_brex('"posted_at":\\s*"[^"]*"', '"posted_at":"99999999"'), "record_unreadable"),
    "B48 30 February": (in_brex('"posted_at":\\s*"[^"]*"', '"posted_at":"2026-02-30T00:00:00Z"'), "record_unreadable"),
    "B48 no zone": (in_brex('"erp_posting_date":\\s*"[^"]*"', '"erp_posting_date":"2026-02-20T00:00:00"'), "record_unreadable"),
    "B50 no token": (instead(200, "{}", **TOKEN), "mapped"),
    "B50 an error inside 200": (instead(200, '{"error":"invalid_grant"}', **TOKEN), "mapped"),
    "B50 a token that is none": (instead(200, '{"access_token":"a b\\r\\nX: y"}', **TOKEN), "mapped"),
    "B50 wrong scope": (instead(403, '{"message":"insufficient_scope"}', peer="infor", operation="bulk *"), "mapped"),
    "B50 wrong scope at Brex": (instead(403, '{"message":"insufficient_scope"}', **RECORDS_READ), "received"),
    "B53 404": (instead(404, "{}", **RECORDS_READ), "not_found_in_brex"),
}  # fmt: skip


@pytest.mark.parametrize("case", BREX_FOR_EVER)
def test_what_brex_should_not_answer_posts_nothing(bench: Bench, case: str) -> None:
    rule, ends = BREX_FOR_EVER[case]
    bench.bring()
    bench.sandbox.fault(**rule)
    assert bench.run() == {ends}
    assert bench.sandbox.fired()
    assert all(bench.said())
    assert bench.sandbox.writes() == 0
    bench.heal()


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rewrite(r'"expires_in":\s*[0-9]+', '"x":1', **TOKEN), id="B50 no life"),
        pytest.param(rewrite(r'"expires_in":\s*[0-9]+', '"expires_in":0', **TOKEN), id="B50 no time"),
        pytest.param(
            rewrite(r'"expires_in":\s*[0-9]+', '"expires_in":"soon"', **TOKEN), id="B50 text"
        ),
        pytest.param(
            rewrite(r'"expires_in":\s*[0-9]+', '"expires_in":-5,"refresh_token":""', **TOKEN),
            id="B50 negative",
        ),
    ],
)  # fmt: skip
def test_an_odd_life_of_a_token_stops_nobody(bench: Bench, rule: dict[str, Any]) -> None:
    bench.bring()
    bench.sandbox.fault(**rule)
    assert bench.run() == {"exported"}, bench.said()
    assert bench.sandbox.operations()["token"] == 1
    lives_s = "SELECT extract(epoch FROM expires_at - refreshed_at)::int FROM oauth_token"
    assert bench.installation.sql(lives_s) == [(3600,)], "not the two hours of the sandbox"
    bench.installation.assert_posted_once(bench.ids)


#: What people write, and what of it M3 is given.
TEXTS = {
    "B49 emoji": ("Taxi 🚕 👩‍👩‍👧", "Taxi 🚕 👩‍👩‍👧"),
    "B49 right to left": ("\u202eevil\u202c שלום", "evil שלום"),
    "B49 four bytes": ("𠜎𠜱 𝄞", "𠜎𠜱 𝄞"),
    "B49 NFC": ("caf\u00e9", "caf\u00e9"),
    "B49 NFD": ("cafe\u0301", "caf\u00e9"),
    "B49 formula": ('=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'),
    "B49 script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "B49 CRLF": ("one\r\ntwo\x00\x1b[31m", "one two\ufffd[31m"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_people_write_is_posted_on_one_line(bench: Bench, case: str) -> None:
    written, given = TEXTS[case]
    replacement = json.dumps({"memo": written})[1:-1].replace("\\", "\\\\")
    bench.bring()
    bench.sandbox.fault(**in_brex(r'"memo":\s*("([^"\\]|\\.)*"|null)', replacement))
    assert bench.run() == {"exported"}, bench.said()
    bench.installation.assert_posted_once(bench.ids)
    for batch in bench.installation.batches():
        assert {line["VTXT"] for line in batch["lines"]} == {given}
        assert given[:8] in batch["head"]["SDA1"]


def test_b41_a_list_that_is_cut_without_saying_so_posts_nothing(bench: Bench) -> None:
    """Records of several lines, of which M3 lists the first alone."""
    bench.bring(6)
    lines = r'(\{[^{}]*"NLAM"[^{}]*\})(,\s*\{[^{}]*"NLAM"[^{}]*\})+'
    bench.sandbox.fault(**rewrite(lines, r"\1", **READ))
    assert "too_many_drafts" in bench.run()
    bench.heal()


def test_b41_a_register_that_is_cut_writes_nothing(bench: Bench) -> None:
    bench.bring()
    bench.sandbox.call("PATCH", "/settings", {"infor": {"max_list": 1}})
    assert bench.run() == {"erp_refused"}
    assert bench.sandbox.writes() == 0
    bench.heal()


def test_b33_a_division_that_the_user_may_not_use_is_not_written_to(bench: Bench) -> None:
    bench.bring()
    bench.sandbox.call("PATCH", "/settings", {"infor": {"divisions": ["BBB"], "divi": "BBB"}})
    assert bench.run() == {"erp_refused"}
    assert bench.said() == {"User is not authorized to division AAA"}
    assert bench.sandbox.writes() == 0
    bench.sandbox.call(
        "PATCH", "/settings", {"infor": {"divisions": ["AAA", "BBB"], "divi": "AAA"}}
    )
    bench.heal()


def test_b35_without_the_key_of_its_secrets_a_connection_rests(bench: Bench) -> None:
    bench.bring()
    installation = bench.installation
    installation.application.close()
    keys = (Secret(Fernet.generate_key().decode()),)
    installation.application = Application(
        replace(installation.settings, secret_keys=keys), actor="test"
    )
    with pytest.raises(ConfigurationError, match=r"brex\.token|infor\.ionapi|webhook"):
        installation.application.run_step(Step.FETCH, NAME, [])
    assert bench.run() == {"received"}
    assert bench.sandbox.operations("brex") == bench.sandbox.operations() == {}
    bench.heal()


class TestB53ARecordChangesOnTheWay:
    """Another amount in Brex, after the record was fetched."""

    def change(self, bench: Bench, status: str = "READY_FOR_EXPORT") -> None:
        for record_id in bench.ids:
            record = bench.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
            amount = {"amount": 1234, "currency": record["amount"]["currency"]}
            coded, offset = record["line_items"][0], record["line_items"][-1]
            lines = [{**line, "amount": amount} for line in (coded, offset)]
            changed = {"amount": amount, "line_items": lines, "version": record["version"] + 1}
            changed["review_status"] = status
            bench.sandbox.call("POST", "/brex/records", record | changed)

    def hear(self, bench: Bench, how: str) -> None:
        """Of the change, by an announcement, or by the poll where that was lost."""
        application = bench.installation.application
        if how == "poll":
            application.jobs.poll(application.wired(NAME), Silent())
            return
        intake = application.intake
        endpoint = intake.endpoint(NAME)
        assert endpoint
        ids, now = tuple(bench.ids), datetime.now(UTC)
        about = (endpoint.connection_id, "msg_2", "ACCOUNTING_RECORD_READY_FOR_EXPORT")
        intake.accept([Delivery(*about, b"x" * 32, ids, Disposition.ACCEPTED, now)])

    @pytest.mark.parametrize("how", ["webhook", "poll"])
    def test_before_anything_is_written_the_new_amount_is_posted(
        self, bench: Bench, how: str
    ) -> None:
        bench.bring()
        bench.turn(Step.FETCH, Step.MAP)
        self.change(bench)
        self.hear(bench, how)
        assert bench.run() == {"exported"}
        bench.installation.assert_posted_once(bench.ids)

    @pytest.mark.parametrize("how", ["webhook", "poll"])
    def test_after_the_posting_it_is_held_and_brex_is_not_told(
        self, bench: Bench, how: str
    ) -> None:
        bench.bring()
        bench.turn(Step.FETCH, Step.MAP, Step.POST)
        self.change(bench)
        self.hear(bench, how)
        bench.turn()
        assert bench.standing() == {"changed_after_posting"}
        assert all("version 2 now" in why or "version 3 now" in why for why in bench.said())
        assert {len(found) for found in bench.installation.ledger().values()} == {1}
        for record_id in bench.ids:
            assert bench.sandbox.call("GET", f"/brex/records/{record_id}")["export_count"] == 0

    def test_a_record_taken_back_after_the_posting_is_held(self, bench: Bench) -> None:
        bench.bring()
        bench.turn(Step.FETCH, Step.MAP, Step.POST)
        self.change(bench, "REVIEW")
        bench.turn()
        assert bench.standing() == {"export_refused"}
        assert {len(found) for found in bench.installation.ledger().values()} == {1}
