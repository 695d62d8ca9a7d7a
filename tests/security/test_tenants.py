"""As one connection, with the record ids of another: nothing changes there, and nothing is shown."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import pytest
from click.testing import CliRunner

import connector.store
from connector.bootstrap import Application
from connector.cli import main
from connector.cli.connections import add_from_file
from connector.cli.records import records as record_commands
from connector.domain.accounting import BillingEntity, Vendor
from connector.domain.alarms import AlarmKind
from connector.domain.connections import MappingConfig
from connector.domain.limits import PostingConfig
from connector.domain.master_data import Entry, Kind
from connector.domain.people import PersonRole
from connector.domain.pulls import Part, Pull, PullKind
from connector.domain.reconciliation import ControlTotals, Reconciliation
from connector.domain.records import Status, Step
from connector.domain.suppliers import Match
from connector.domain.sync import SyncOutcome, Target
from connector.domain.transactions import AccountKind, SpendAccount
from connector.errors import LeaseLostError, RefusedError
from connector.ports import Basis, Delivery, Disposition, FieldValue, Outage, PulledPage, TokenGrant
from connector.secret import Secret
from connector.settings import Settings
from connector.store.database import Database
from connector.store.intake import PostgresIntake
from connector.store.listing import Wanted
from connector.store.reconciliations import Sought
from connector.store.roles import Role
from tests.gateway.signing import signed
from webhook_gateway.app import create_app as create_gateway
from workers.app import create_app
from workers.nudges import CeleryNudger

#: A is `acme`, whose records these are; B is `beta`, which tries.
IDS = [f"accr_of_acme_{status.value}" for status in Status]
FILE = """
name = "{name}"
erp = "infor-m3"
[brex]
base_url = "http://127.0.0.1:1"
token = "bxt_{name}"
receipts = true
webhook_secrets = ["{secret}"]
[infor]
ionapi = "file:{name}.ionapi"
cono = 100
divi = "AAA"
[mapping]
gl_account = "GL_ACCOUNT"
supplier_fallback = "BREX"
time_zone = "UTC"
[mapping.dimensions]
AIT2 = "COST_CENTER"
"""
WEBHOOK_SECRETS = {
    "acme": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "beta": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY",
}
IONAPI = {
    "ti": "T",
    "ci": "client",
    "cs": "secret",
    "iu": "http://127.0.0.1:1",
    "pu": "http://127.0.0.1:1",
    "ot": "token",
    "saak": "k",
    "sask": "s",
}
#: One record at each status, due and unleased, with all that one can have.
RECORDS = """
INSERT INTO record (connection_id, record_id, status, reason, due_at, decided, version, note)
SELECT %(id)s, 'accr_of_acme_' || status, status,
       CASE WHEN status IN ('held', 'skipped') THEN 'supplier_unknown' END,
       CASE WHEN status NOT IN ('held', 'skipped', 'exported') THEN now() - interval '1 hour' END,
       status IN ('posted', 'exported'), 1, 'acme-note'
FROM unnest(%(statuses)s::text[]) AS status;
INSERT INTO record_payload (record, payload)
SELECT id, '{"of": "acme-payload", "vendor": {"id": "pmch_a"}}' FROM record;
INSERT INTO erp_content (record, fingerprint, content)
SELECT id, 'f', '{"of": "acme-document", "supplier": "acme-other"}' FROM record;
SET LOCAL session_replication_role = replica;
INSERT INTO erp_document (record, document, connection_id, kind, number, fingerprint, erp_company,
                          erp_reference, decided_at, posted_at)
SELECT id, 1, connection_id, 'supplier_invoice', 'BX' || status, 'f', '100/AAA',
       CASE WHEN decided THEN 'acme-' || status END, CASE WHEN decided THEN now() END,
       CASE WHEN decided THEN now() END
FROM record;
SET LOCAL session_replication_role = origin;
INSERT INTO erp_draft (record, document, draft, marker, fingerprint, state, erp_company, tidy_at)
SELECT id, 1, 1, 'acme-marker', 'f', 'spare', '100/AAA', now() - interval '1 hour' FROM record;
INSERT INTO oauth_token (connection_id, peer, access, refresh, expires_at)
VALUES (%(id)s, 'brex', 'acme-access', 'acme-refresh', now()), (%(id)s, 'infor-m3', 'acme-access', NULL, now());
INSERT INTO billing_entity (connection_id, expense_id, ids)
VALUES (%(id)s, 'expense_1', ARRAY['acme-entity']);
INSERT INTO refused_day (connection_id, company, day) VALUES (%(id)s, '100/AAA', '2026-10-31');
INSERT INTO brex_pull (connection_id, kind, part, since, until, lease_until, cursor, finished_at)
VALUES (%(id)s, 'card_transactions', '', '2026-10-01', '2026-11-01', now(), 'acme-cursor', now()),
       (%(id)s, 'cash_accounts', '', '2026-10-01', '2026-11-01', now(), 'acme-cursor', NULL);
INSERT INTO brex_account VALUES (%(id)s, 'cash', 'acme-cash', 'acme-account', '', 1, 'SEK', 1);
INSERT INTO brex_transaction (connection_id, transaction_id, kind, account_id, type, amount, posted_on,
                              initiated_on, description, merchant, expense_id, seen_in, gone_at)
VALUES (%(id)s, 't_1', 'card', 'primary', '', 1, '2026-10-05', '2026-10-05', 'acme-card', '', 'expense_1', 0, NULL),
       (%(id)s, 't_2', 'card', 'primary', '', 1, '2026-10-05', '2026-10-05', 'acme-card', '', NULL, 0, now());
INSERT INTO brex_statement VALUES (%(id)s, 'card', 'primary', 's_1', '2026-10-01', '2026-11-01', 1, 1, 'acme-', 1);
INSERT INTO brex_record VALUES (%(id)s, 'accr_1', NULL, '', '', '', 1, 'SEK', '2026-10-05', '2026-10-05',
                                '2026-10-05', 'acme-vendor', 1, 1);
INSERT INTO brex_expense VALUES (%(id)s, 'expense_1', '', '', 'acme-merchant', 1, 'SEK', 1, 'SEK', '', 1);
INSERT INTO receipt (connection_id, record, receipt_id, file, due_at)
SELECT connection_id, id, 'acme-receipt', 1, now() - interval '1 hour' FROM record;
UPDATE receipt SET state = 'stored', due_at = NULL, settled_at = now(), sha256 = 'acme-hash', size = 1,
                   content_type = 'acme-type'
WHERE record IN (SELECT id FROM record WHERE status = 'held');
UPDATE receipt SET state = 'failed', due_at = NULL, settled_at = now(), reason = 'acme-reason'
WHERE record IN (SELECT id FROM record WHERE status = 'received');
INSERT INTO erp_reading VALUES (%(id)s, 'gl_account', now(), now());
INSERT INTO erp_entry (connection_id, kind, code, name, blocked, extras, first_seen)
VALUES (%(id)s, 'gl_account', '7500', 'acme-account', false, '{}', now());
INSERT INTO erp_reading VALUES (%(id)s, 'supplier', now(), now());
INSERT INTO erp_entry (connection_id, kind, code, name, blocked, extras, first_seen)
VALUES (%(id)s, 'supplier', '7', 'acme-supplier', false, '{}', now());
INSERT INTO merchant (connection_id, merchant_id, name, supplier, found)
VALUES (%(id)s, 'pmch_a', 'acme-merchant', '7', 'confirmed'), (%(id)s, 'pmch_b', 'acme-stale', NULL, NULL);
INSERT INTO sync_run (connection_id, target, dry_run, lease_until, confirmed_at)
VALUES (%(id)s, 'accounts', false, now() + interval '1 hour', now());
INSERT INTO sync_change SELECT id, 'created', '', '', '7500', 'acme-account', '', 0, 0 FROM sync_run;
INSERT INTO reconciliation (connection_id, since, until, started_at, proved, faults, endings)
VALUES (%(id)s, '2026-10-01', '2026-11-01', now(), false, ARRAY['acme-fault'], '{}');
INSERT INTO reconciliation_line
SELECT id, 'acme-company', 'SEK', '2026-10-05', '', '', 1, 1, '{}', '{}' FROM reconciliation;
INSERT INTO reconciliation_item
SELECT id, 0, 'held', 'acme-item', '2026-10-05', 'SEK', '', '', '', 1, 1, 1, '', true, '{}' FROM reconciliation;
INSERT INTO brex_field VALUES (%(id)s, 'GL_ACCOUNT', 'acme-field', true);
INSERT INTO brex_value VALUES (%(id)s, 'GL_ACCOUNT', '7500', 'acme-value', 'acme-account', false);
INSERT INTO errand (connection_id, kind, record, because)
SELECT connection_id, 'return', id, 'acme-because' FROM record WHERE status = 'held';
INSERT INTO alarm (connection_id, kind, key, severity, what, mend)
VALUES (%(id)s, 'peer_away', 'brex', 'critical', 'acme-alarm', 'acme-mend');
INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at, ended_at)
VALUES (%(id)s, 'infor-m3', true, 'acme-outage', 30, now() + interval '1 hour', now());
"""


@dataclass
class Tenants:
    """Both connections in one installation."""

    application: Application
    a: int
    b: int
    sql: Callable[..., list[tuple]]

    def of_a(self) -> list[Any]:
        """All that there is of A."""
        columns = self.sql(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            " AND column_name IN ('connection_id', 'record') ORDER BY 1"
        )
        mine = {
            "connection_id": f"connection_id = {self.a}",
            "record": f"record IN (SELECT id FROM record WHERE connection_id = {self.a})",
        }
        seen = [
            self.sql(f"SELECT t::text FROM {t} t WHERE {mine[c]} ORDER BY 1") for t, c in columns
        ]
        assert len(seen) > 7
        return [*seen, self.sql("SELECT t::text FROM connection t WHERE id = %s", self.a)]


@pytest.fixture
def tenants(settings: Settings, sql, tmp_path) -> Iterator[Tenants]:
    application = Application(settings, actor="test")
    for name, secret in WEBHOOK_SECRETS.items():
        (tmp_path / f"{name}.ionapi").write_text(json.dumps(IONAPI))
        (tmp_path / f"{name}.ionapi").chmod(0o600)
        (tmp_path / f"{name}.toml").write_text(FILE.format(name=name, secret=secret))
        add_from_file(application, tmp_path / f"{name}.toml", {}, replace=False)
    a, b = (application.connections.find(name).id for name in WEBHOOK_SECRETS)
    with application.database.transaction() as cursor:
        cursor.execute(RECORDS, {"id": a, "statuses": [status.value for status in Status]})
    yield Tenants(application, a, b, sql)
    application.close()


def shows_nothing_of_a(result: object) -> None:
    text = str(result)
    for telling in ("acme-", "bxt_acme", WEBHOOK_SECRETS["acme"], "supplier_unknown"):
        assert telling not in text


# -- tasks -----------------------------------------------------------------------------------------

#: What each task is given by whoever would use B for A's records. A tick and the alarms name
#: nobody, and an errand its own connection.
TASKS: dict[str, list[Any] | None] = {
    **{step.value: ["beta", IDS] for step in Step},
    "run_job": ["beta", "spares"],
    "probe": ["its outage, for B to probe"],
    "receipts": ["beta"],
    "errand": None,
    "alarms": None,
    "tick": None,
}


@pytest.fixture
def tasks(settings: Settings) -> dict[str, Any]:
    app = create_app(settings)
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_is_tried(tasks):
    assert set(tasks) == set(TASKS)


@pytest.mark.parametrize("name", [name for name, arguments in TASKS.items() if arguments])
def test_a_task_of_one_connection_does_not_touch_the_records_of_another(tenants, tasks, name):
    arguments = TASKS[name]
    if name == "probe":
        tenants.sql("UPDATE outage SET ended_at = NULL WHERE connection_id = %s", tenants.a)
        arguments = [asdict(Outage(tenants.a, "beta", "infor-m3", of_writes=False))]
    before = tenants.of_a()
    tasks[name](*arguments)
    assert tenants.of_a() == before


# -- the store -------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CASH_ACCOUNTS = Part(PullKind.CASH_ACCOUNTS)
WINDOW = (date(2026, 10, 1), date(2026, 11, 1))
UNMATCHED = Match(None, None)
BASIS = Basis(NOW, "92/6")
VALUE = FieldValue("value_b", "7500", "b", disabled=False)
TAKEN_OVER = Delivery(0, "msg_1", "X", b"", tuple(IDS), Disposition.ACCEPTED, NOW)
#: Every method of the store that is told of a connection, called for B.
STORE: dict[str, Callable[[Any, Tenants], object]] = {
    "AlarmBoard.observe": lambda it, t: it.observe(t.b, {AlarmKind.PEER_AWAY: {}}),
    "PostgresActions.candidates": lambda it, _: it.candidates(IDS, "beta"),
    "PostgresActions.held": lambda it, _: it.held(
        connection="beta", reason=None, after=0, limit=99
    ),
    "Connections.add": lambda it, _: it.add("beta", "infor-m3", {}, {}, replace=True),
    "Connections.find": lambda it, _: it.find("beta"),
    "Connections.secrets": lambda it, t: [one.reveal() for one in it.secrets(t.b).values()],
    "Books.known_numbers": lambda it, _: it.known_numbers(["BXexported"]),
    "Books.records": lambda it, _: list(it.records(IDS)),
    "Books.supplier_names": lambda it, _: it.supplier_names(),
    "Books.unshown": lambda it, _: it.unshown(date(2000, 1, 1), date(2100, 1, 1)),
    "PostgresReconciliations.all_items": lambda it, t: list(it.all_items(reconciliation_of_a(t))),
    "PostgresReconciliations.count": lambda it, t: it.count(reconciliation_of_a(t), Sought()),
    "PostgresReconciliations.records_here": lambda it, _: it.records_here(IDS),
    "PostgresReconciliations.find": lambda it, t: it.find(reconciliation_of_a(t)),
    "PostgresReconciliations.items": lambda it, t: it.items(reconciliation_of_a(t)),
    "PostgresReconciliations.keep": lambda it, _: it.keep(
        Reconciliation("beta", *WINDOW, NOW, [], ControlTotals())
    ),
    "PostgresReconciliations.lines": lambda it, t: it.lines(reconciliation_of_a(t)),
    "PostgresReconciliations.runs": lambda it, _: it.runs(),
    "Transactions.coverage": lambda it, _: shows_no(bool(it.coverage())),
    "Connections.history": lambda it, t: it.history(t.b),
    "Connections.pause": lambda it, _: it.pause("beta", paused=True),
    "Connections.remove": lambda it, _: it.remove("beta"),
    "FetchedSecrets.keep": lambda it, t: it.keep(t.b, [Secret("whsec_b")]),
    "FetchedSecrets.of": lambda it, t: it.of(t.b),
    "Inspection.secret_names": lambda it, t: it.secret_names(t.b),
    "PostgresEntities.known": lambda it, _: it.known(["expense_1"]),
    "PostgresEntities.keep": lambda it, _: it.keep({"expense_1": BillingEntity(("b",))}),
    "PostgresRefusedDays.known": lambda it, _: shows_no(bool(it.known(within_s=1e6))),
    "PostgresRefusedDays.note": lambda it, _: it.note("100/AAA", date(2026, 10, 31)),
    "PostgresRefusedDays.begin_again": lambda it, _: it.begin_again([]),
    "HeldQueue.causes": lambda it, _: it.causes("beta"),
    "MasterData.changed_at": lambda it, _: it.changed_at(Kind.GL_ACCOUNT),
    "MasterData.entries": lambda it, _: it.entries(Kind.GL_ACCOUNT),
    "MasterData.keep": lambda it, _: it.keep(Kind.GL_ACCOUNT, [Entry("7500", "b")], NOW),
    "MerchantListing.history": lambda it, _: it.history("pmch_a"),
    "MerchantListing.page": lambda it, _: it.page(limit=99),
    "PostgresMerchants.count_waiting": lambda it, _: shows_no(bool(it.count_waiting("pmch_a"))),
    "PostgresMerchants.left_behind": lambda it, _: shows_no(
        bool(it.left_behind(after=0, limit=99))
    ),
    "PostgresMerchants.merchant_of": lambda it, t: it.merchant_of(held_of_a(t)),
    "PostgresMerchants.confirm": lambda it, _: it.confirm(Vendor("pmch_a", "b"), "8"),
    "PostgresMerchants.keep": lambda it, _: it.keep({Vendor("pmch_b", "b"): UNMATCHED}, BASIS),
    "PostgresMerchants.known": lambda it, _: it.known(["pmch_a"]),
    "PostgresMerchants.stale": lambda it, _: it.stale(BASIS, after="", limit=99),
    "PostgresMerchants.unbegun": lambda it, _: shows_no(
        bool(it.unbegun(["pmch_a"], after=0, limit=99))
    ),
    "PostgresMerchants.waiting": lambda it, _: shows_no(
        bool(it.waiting(["pmch_a"], after=0, limit=99))
    ),
    "PostgresSuppliers.changed_at": lambda it, _: shows_no(it.changed_at() is not None),
    "PostgresSuppliers.find": lambda it, _: it.find("7"),
    "PostgresSuppliers.page": lambda it, _: it.page(named=None, after="", limit=99),
    "PostgresSuppliers.register": lambda it, _: it.register(),
    "People.add_token": lambda it, _: (
        it.add("beta", PersonRole.ADMIN, None),
        it.add_token("beta", "label"),
    ),
    "People.revoke_tokens": lambda it, _: it.revoke_tokens("beta"),
    "People.account": lambda it, _: it.account("beta"),
    "People.add": lambda it, _: it.add("beta", PersonRole.ADMIN, None),
    "People.change": lambda it, _: refused(lambda: it.change("beta", role=PersonRole.VIEWER)),
    "PostgresErrands.ask": lambda it, t: it.ask("beta", "return", held_of_a(t), "B"),
    "PostgresErrands.ask_mend": lambda it, _: it.ask_mend("beta", {"put": "B"}),
    "PostgresErrands.outcome": lambda it, t: it.outcome("beta", errand_of_a(t)),
    "PostgresErrands.last": lambda it, t: it.last("beta", "return", held_of_a(t)),
    "PostgresFieldMirror.begin_write": lambda it, _: it.begin_write("GL_ACCOUNT"),
    "PostgresFieldMirror.find": lambda it, _: it.find("GL_ACCOUNT"),
    "PostgresFieldMirror.found": lambda it, _: it.found("GL_ACCOUNT", "b"),
    "PostgresFieldMirror.listed": lambda it, _: (
        it.found("GL_ACCOUNT", "b"),
        it.listed("GL_ACCOUNT", [VALUE]),
    ),
    "PostgresFieldMirror.may_write": lambda it, _: it.may_write(),
    "PostgresFieldMirror.vanished": lambda it, _: it.vanished("GL_ACCOUNT"),
    "PostgresFieldMirror.written": lambda it, _: (
        it.found("GL_ACCOUNT", "b"),
        it.written("GL_ACCOUNT", [VALUE]),
    ),
    "PostgresSyncRuns.begin": lambda it, _: it.begin(Target.ACCOUNTS, dry_run=False),
    "PostgresSyncRuns.changes": lambda it, t: it.changes(run_of_a(t)),
    "PostgresSyncRuns.confirm": lambda it, _: it.confirm(Target.ACCOUNTS, "b"),
    "PostgresSyncRuns.finish": lambda it, t: it.finish(run_of_a(t), SyncOutcome.DONE, "b"),
    "PostgresSyncRuns.is_confirmed": lambda it, t: shows_no(it.is_confirmed(run_of_a(t))),
    "PostgresSyncRuns.keep_on": lambda it, t: lost(lambda: it.keep_on(run_of_a(t))),
    "PostgresSyncRuns.last": lambda it, _: it.last(),
    "PostgresSyncRuns.note": lambda it, t: it.note(run_of_a(t), 1, []),
    "PostgresSyncRuns.waiting_records": lambda it, _: it.waiting_records("of", ["acme-payload"]),
    "PostgresPulls.begin": lambda it, _: it.begin(CASH_ACCOUNTS, *WINDOW),
    "PostgresPulls.cash_accounts": lambda it, _: it.cash_accounts(),
    "PostgresPulls.finish": lambda it, t: lost(lambda: it.finish(pull_of_a(t))),
    "PostgresPulls.keep": lambda it, t: lost(
        lambda: it.keep(pull_of_a(t), PulledPage([SpendAccount("acme_cash", AccountKind.CASH)]))
    ),
    "PostgresPulls.last_whole": lambda it, _: it.last_whole(Part(PullKind.CARD_TRANSACTIONS)),
    "PostgresPulls.now": lambda it, _: it.now(),
    "PostgresPulls.put_off": lambda it, t: lost(lambda: it.put_off(pull_of_a(t), "why")),
    "PostgresPulls.start_over": lambda it, t: lost(lambda: it.start_over(pull_of_a(t))),
    "PostgresPulls.waiting_since": lambda it, _: shows_no(bool(it.waiting_since(WINDOW[0]))),
    "Transactions.accounts": lambda it, _: it.accounts(),
    "Transactions.between": lambda it, _: shows_no(bool(list(it.between(*WINDOW)))),
    "Transactions.expenses": lambda it, _: shows_no(bool(list(it.expenses(*WINDOW)))),
    "Transactions.gone": lambda it, _: shows_no(bool(list(it.gone(*WINDOW)))),
    "Transactions.records": lambda it, _: shows_no(bool(list(it.records(*WINDOW)))),
    "Transactions.statements": lambda it, _: it.statements(*WINDOW),
    "PostgresFinished.changed": lambda it, t: it.changed(t.b, dict.fromkeys(IDS, 2)),
    "PostgresFinished.announced": lambda it, t: it.announced(t.b, 99),
    "PostgresFinished.heeded": lambda it, t: it.heeded(t.b, IDS),
    "PostgresLimits.admit": lambda it, _: it.admit([]),
    "PostgresIntake.endpoint": lambda it, _: [s.reveal() for s in it.endpoint("beta").secrets],
    "PostgresIntake.accept": lambda it, t: it.accept([replace(TAKEN_OVER, connection_id=t.b)]),
    "PostgresIntake.receive": lambda it, t: it.receive(t.b, IDS),
    "Listing.page": lambda it, _: it.page(Wanted("beta"), limit=99),
    "Listing.show": lambda it, _: refused(lambda: it.show(IDS[0], "beta")),
    "Listing.waiting": lambda it, t: it.waiting(t.b, 99),
    "MappingVersions.all": lambda it, _: it.all(),
    "MappingVersions.apply": lambda it, _: it.apply(MappingConfig("B"), 1),
    "MappingVersions.current": lambda it, _: it.current(),
    "Past.since": lambda it, _: list(it.since(datetime(2000, 1, 1, tzinfo=UTC))),
    "PostgresAlarm.outage": lambda it, _: it.outage("why", of_writes=True),
    "PostgresOutages.goes_on": lambda it, t: it.goes_on(outage_of_b(t), "why"),
    "PostgresOutages.reads_are_answered": lambda it, t: it.reads_are_answered(outage_of_b(t)),
    "PostgresOutages.nothing_to_try": lambda it, t: it.nothing_to_try(outage_of_b(t)),
    "PostgresOutages.end": lambda it, t: it.end(outage_of_b(t)),
    "ReceiptListing.failed": lambda it, _: it.failed("beta", 99),
    "ReceiptListing.retry": lambda it, _: it.retry("beta"),
    "PostgresReceipts.lease": lambda it, t: it.lease(t.b, 99, 60.0),
    "PostgresRecords.lease": lambda it, t: [it.lease(t.b, step, IDS, 99, 60.0) for step in Step],
    "Schedules.set": lambda it, t: it.set(t.b, {"poll": 1}),
    "Schedules.watermark": lambda it, t: it.watermark(t.b, "poll"),
    "Schedules.begin": lambda it, _: it.begin("beta", "poll"),
    "Schedules.finish": lambda it, t: it.finish(t.b, "poll", "done", NOW),
    "PostgresSpares.lease": lambda it, t: it.lease(t.b, 99, 60.0),
    "StatusBoard.latencies_s": lambda it, _: it.latencies_s("beta"),
    "PostgresTokens.load": lambda it, _: it.load(),
    "PostgresTokens.refresh_token": lambda it, _: it.refresh_token(),
    "PostgresTokens.begin_refresh": lambda it, _: it.begin_refresh(0, 30),
    "PostgresTokens.finish_refresh": lambda it, _: (
        it.begin_refresh(0, 30),
        it.finish_refresh(0, TokenGrant(Secret("b"), 60)),
    ),
    "PostgresTokens.fail_refresh": lambda it, _: it.fail_refresh(0, "why"),
    "PostgresTokens.refuse_refresh": lambda it, _: it.refuse_refresh(0, "why", wait_s=None),
}
TOLD_BY = {"connection_id", "connection", "name", "deliveries", "wanted", "outage"}


def outage_of_b(tenants: Tenants) -> Outage:
    return Outage(tenants.b, "beta", "infor-m3", of_writes=True)


def run_of_a(tenants: Tenants) -> int:
    return tenants.sql("SELECT id FROM sync_run WHERE connection_id = %s", tenants.a)[0][0]


def pull_of_a(tenants: Tenants) -> Pull:
    ((number,),) = tenants.sql(
        "SELECT id FROM brex_pull WHERE connection_id = %s AND finished_at IS NULL", tenants.a
    )
    return Pull(number, CASH_ACCOUNTS, *WINDOW, attempt=1, cursor=None, started_at=NOW)


def reconciliation_of_a(tenants):
    return tenants.sql("SELECT id FROM reconciliation WHERE connection_id = %s", tenants.a)[0][0]


def errand_of_a(tenants):
    return tenants.sql("SELECT id FROM errand WHERE connection_id = %s", tenants.a)[0][0]


def held_of_a(tenants: Tenants) -> int:
    return tenants.sql("SELECT record FROM errand WHERE connection_id = %s", tenants.a)[0][0]


def shows_no(answer: bool) -> None:
    assert answer is False


def lost(call: Callable[[], object]) -> None:
    with pytest.raises(LeaseLostError):
        call()


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as caught:
        call()
    return str(caught.value)


def stores() -> dict[str, type]:
    """The classes over the database, by name."""
    found = {}
    for module in pkgutil.iter_modules(connector.store.__path__):
        loaded = importlib.import_module(f"connector.store.{module.name}")
        for name, value in vars(loaded).items():
            if inspect.isclass(value) and value.__module__ == loaded.__name__:
                wanted = () if issubclass(value, Enum | Exception) else signature(value)
                if "database" in wanted:
                    found[name] = value
    return found


def signature(callable_: Callable[..., object]) -> list[str]:
    return list(inspect.signature(callable_).parameters)


def test_every_method_of_the_store_that_is_told_of_a_connection_is_tried():
    told = {
        f"{name}.{method}"
        for name, store in stores().items()
        for method, function in vars(store).items()
        if inspect.isfunction(function) and not method.startswith("_")
        if TOLD_BY & {*signature(function)} or "connection_id" in signature(store)
    }
    assert told == set(STORE)


@pytest.mark.parametrize("method", STORE)
def test_a_method_of_the_store_keeps_to_its_connection(tenants, method):
    application = tenants.application
    given = {
        "database": application.database,
        "vault": application.vault,
        "connection_id": tenants.b,
        "connection": "beta",
        "peer": "brex",
        "limits": PostingConfig(documents_per_day=1),
        "time_zone": "UTC",
        "configured_at": application.connections.find("beta").configured_at,
    }
    store = stores()[method.partition(".")[0]]
    made = store(**{name: given[name] for name in signature(store) if name in given})
    before = tenants.of_a()
    shows_nothing_of_a(STORE[method](made, tenants))
    assert tenants.of_a() == before


# -- commands --------------------------------------------------------------------------------------

COMMANDS = {
    "list": [["--connection", "beta"]],
    "show": [[IDS[0], "--connection", "beta"]],
    "retry": [
        [*IDS, "--connection", "beta"],
        ["--held", "--connection", "beta"],
        ["--reason", "supplier_unknown", "--connection", "beta"],
    ],
    "skip": [[f"accr_of_acme_{Status.HELD}", "--because", "B", "--connection", "beta"]],
    "repost": [[f"accr_of_acme_{Status.HELD}", "--because", "B", "--connection", "beta"]],
    "return": [[f"accr_of_acme_{Status.HELD}", "--because", "B", "--connection", "beta"]],
    "receipts": [
        [IDS[0], "--retry", "--connection", "beta"],
        ["--retry", "--connection", "beta"],
    ],
    "verify": [[IDS[0], "--connection", "beta"]],
}


def test_every_command_for_records_is_tried():
    assert set(record_commands.commands) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_keeps_to_the_connection_that_it_names(tenants, command):
    for arguments in COMMANDS[command]:
        before = tenants.of_a()
        environment = tenants.application.settings.to_environment()
        result = CliRunner().invoke(main, ["records", command, *arguments], env=environment)
        assert tenants.of_a() == before
        shows_nothing_of_a(result.output)


# -- the gateway -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("signer", "status"), [("beta", 204), ("acme", 401)])
def test_a_webhook_for_one_connection_does_not_touch_the_records_of_another(
    tenants, settings, signer, status
):
    database = Database(settings.database_url, actor="gateway", role=Role.GATEWAY)
    intake = PostgresIntake(database, tenants.application.vault)
    client = create_gateway(intake, CeleryNudger(settings.redis_url)).test_client()
    event = {"event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT", "accountingRecordIds": IDS}
    body = json.dumps(event).encode()
    before = tenants.of_a()
    headers = signed(body, secret=WEBHOOK_SECRETS[signer])
    assert client.post("/webhooks/brex/beta", data=body, headers=headers).status_code == status
    assert tenants.of_a() == before
    (of_b,) = tenants.sql("SELECT count(*) FROM record WHERE connection_id = %s", tenants.b)
    assert of_b == ((len(IDS),) if signer == "beta" else (0,))
    database.close()
