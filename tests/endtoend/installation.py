"""A whole installation under test: gateway, workers and beat as processes, on real servers."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import requests

from connector.bootstrap import Application
from connector.connection_file import load, to_json
from connector.domain.numbers import document_number
from connector.registry import ERPS
from connector.settings import Settings
from tests import canaries
from tests.endtoend.erps import INFOR, Erp, Ledger
from tests.ports import quiet_port
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

NAME = "acme-m3"
SECRET = canaries.WEBHOOK_SECRET
CONNECTION = """
name = "{name}"
erp = "{erp}"
[brex]
base_url = "{url}"
{brex_access}
webhook_secrets = ["{webhook_secret}"]
company_id = "cuacc_sandbox"
mark_exported = {mark_exported}
poll_every = "{poll_every}"
{brex}
{section}
[mapping]
gl_account = "GL_ACCOUNT"
{fallback}
time_zone = "Europe/Stockholm"
{rules}
[mapping.dimensions]
{dimension} = "COST_CENTER"
{mapping}
"""


def expected(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the lines of a Brex record have to become."""
    sign = -1 if record["type"].endswith("REFUND") else 1
    lines = []
    for item in record["line_items"]:
        values = {
            value["remote_field_id"]: value["remote_field_value_id"]
            for value in item["accounting_field_values"]
        }
        if values:
            amount = sign * Decimal(str(item["amount"]["amount"]))
            lines.append((amount, values["GL_ACCOUNT"], values["COST_CENTER"]))
    return lines


USER_TOKEN = f'token = "{canaries.BREX_TOKEN}"'
OAUTH = """
oauth.token_url = "{url}/oauth2/default/v1/token"
oauth.client_id = "sandbox-client"
oauth.client_secret = "{secret}"
oauth.refresh_token = "{refresh}"
"""


class Installation:
    """Starts what a test asks for; stops all of it at the end."""

    def __init__(self, settings: Settings, sandbox: Sandbox, folder: Path) -> None:
        self.settings = settings
        self.sandbox = sandbox
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.gateway_url = ""
        self.erp: Erp = INFOR
        self.application = Application(settings, actor="test")
        self._database = self._connected()

    # -- setting up --------------------------------------------------------------------------------

    def connect(
        self,
        *,
        name: str = NAME,
        erp: Erp = INFOR,
        program: str = "",
        timeout_s: int = 2,
        settle_s: float = 1,
        bulk_size: int = 100,
        requests_per_minute: int = 100_000,
        poll_every: str = "1h",
        mark_exported: bool = True,
        refresh: str = "",
        brex: str = "",
        section: str = "",
        fallback: str = "BREX",
        rules: str = "",
        mapping: str = "",
    ) -> None:
        """Add the connection to the sandbox, or replace it; its secrets are canaries.

        `program` is what invoices become: of M3 the invoice program, of IFS the target. `refresh`
        is for tokens that expire; `brex`, `section` (the ERP's), `rules` (of
        `[mapping]`) and `mapping` (its sections) are further lines.
        """
        self.sandbox.call("PATCH", "/settings", canaries.SANDBOX)
        oauth = OAUTH.format(url=self.sandbox.url, secret=canaries.CLIENT_SECRET, refresh=refresh)
        self.erp = erp
        settings = {
            "timeout_s": timeout_s,
            "settle_s": settle_s,
            "bulk_size": bulk_size,
            "requests_per_minute": requests_per_minute,
            "erp": section,
        }
        settings |= {"program": program} if program else {}
        file = self.folder / "acme.toml"
        file.write_text(
            CONNECTION.format(
                name=name,
                url=self.sandbox.url,
                brex_access=oauth if refresh else USER_TOKEN,
                webhook_secret=SECRET,
                erp=erp.name,
                section=erp.section(self.sandbox, self.folder, **settings),
                poll_every=poll_every,
                mark_exported=str(mark_exported).lower(),
                brex=brex,
                dimension=erp.dimensions[1],
                fallback=f'supplier_fallback = "{fallback}"' if fallback else "",
                rules=rules,
                mapping=mapping,
            )
        )
        loaded = load(
            file,
            {},
            erp_sections={name: erp.section for name, erp in ERPS.items()},
            allow_http=True,
        )
        config = to_json(
            loaded.brex, loaded.mapping, loaded.erp_config, loaded.posting, sync=loaded.sync
        )
        self.application.connections.add(
            loaded.name, loaded.erp, config, loaded.secrets, replace=True
        )
        self.application.jobs.schedule(self.application.wired(name).connection, loaded.sync)

    def worker(
        self,
        name: str = "worker",
        app: str = "workers.main:app",
        *,
        pool: str = "threads",
        concurrency: int = 8,
        **environment: str,
    ) -> None:
        from workers.queues import ALL

        self._start(
            name,
            *("workers.start", "--app", app, "--pool", pool, "--concurrency", str(concurrency)),
            *("--queues", ",".join(ALL), "--hostname", f"{name}@%h"),
            environment=environment,
        )

    def beat(self, name: str = "beat", app: str = "workers.main:app", **environment: str) -> None:
        self._start(
            name,
            *("celery", "--app", app, "beat", "--pidfile=", "--loglevel", "INFO"),
            environment=environment,
        )

    def gateway(self, app: str = "webhook_gateway.main:app", **environment: str) -> None:
        """Start the gateway and subscribe it at the sandbox's Brex."""
        port = quiet_port()
        self._start(
            "gateway",
            *("gunicorn", "--config", "python:connector.cli.gunicorn_settings"),
            *("--bind", f"127.0.0.1:{port}", app),
            environment=environment,
        )
        self.gateway_url = f"http://127.0.0.1:{port}"
        wait_until(self._is_ready, "the gateway is ready")
        requests.post(
            f"{self.sandbox.url}/v1/webhooks",
            json={
                "url": f"{self.gateway_url}/webhooks/brex/{NAME}",
                "event_types": ["ACCOUNTING_RECORD_READY_FOR_EXPORT"],
            },
            headers={"Authorization": f"Bearer {canaries.BREX_TOKEN}", "Idempotency-Key": "test"},
            timeout=10,
        ).raise_for_status()

    def everything(self, **connection: Any) -> None:
        """A connection, a gateway, two workers and a clock."""
        self.connect(**connection)
        self.worker("worker-1")
        self.worker("worker-2")
        self.beat()
        self.gateway()

    def stop(self, name: str) -> None:
        """Have a process end in order."""
        process = self.processes.pop(name)
        process.terminate()
        process.wait(20)

    def kill(self, name: str) -> None:
        """SIGKILL, as the kernel's out-of-memory killer would."""
        process = self.processes.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    def let_time_pass(self, idle_s: float = 3.0, *, settling: bool = True) -> None:
        """What nobody has touched for so long has not been touched for an hour."""
        with suppress(psycopg2.errors.DeadlockDetected):  # the next call tries again
            if settling:
                self.sql(
                    "UPDATE erp_write SET settles_at = now()"
                    " WHERE settles_at > now() AND sent_at < now() - make_interval(secs => %s)",
                    idle_s,
                )
            self.sql(
                "UPDATE record SET due_at = now(), lease_until = least(lease_until, now())"
                " WHERE due_at > now() AND updated_at < now() - make_interval(secs => %s)",
                idle_s,
            )
            self.sql(
                "UPDATE outage SET probe_at = now() WHERE ended_at IS NULL AND probe_at > now()"
                " AND probe_at < now() + make_interval(secs => wait_s - %s)",
                idle_s,
            )

    def command(self, *arguments: str, code: int = 0) -> str:
        """What `ml-connector` with these arguments says, if it ends with that code."""
        done = subprocess.run(
            [sys.executable, "-m", "connector.cli", *arguments],
            env=os.environ | self.settings.to_environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def retry_all(self) -> None:
        """What a person does who has mended what was wrong."""
        self.command("records", "retry", "--held")

    def died(self, name: str) -> bool:
        return self.processes[name].poll() is not None

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self.application.close()
        self._database.close()

    # -- spend -------------------------------------------------------------------------------------

    def spend(self, count: int, *, seed: int = 7, **options: Any) -> list[str]:
        """A month end of records in Brex, not yet released."""
        body = {"count": count, "seed": seed, **options}
        return self.sandbox.call("POST", "/brex/generate", body)["ids"]

    def release(self, **options: Any) -> None:
        """Make all records READY_FOR_EXPORT; events go to the gateway."""
        self.sandbox.call("POST", "/brex/release", options)

    # -- looking -----------------------------------------------------------------------------------

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        try:
            return self._run(statement, parameters)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            if not self._database.closed:
                raise
        self._database = self._connected()  # the server was started again
        return self._run(statement, parameters)

    def statuses(self) -> Counter[str]:
        return Counter(dict(self.sql("SELECT status, count(*) FROM record GROUP BY status")))

    def until_polled(self) -> None:
        """Wait until the first poll has ended: it sets when the next one is due."""
        ended = "SELECT finished_at >= started_at FROM schedule WHERE job = 'poll'"
        wait_until(lambda: self.sql(ended) == [(True,)], "the first poll has ended")

    def wait_for(self, status: str, count: int, limit_s: float = 60) -> None:
        """Wait until so many records stand at a status, and no other is on its way."""

        def arrived() -> bool:
            return self.statuses() == {status: count}

        try:
            wait_until(arrived, f"{count} {status}", limit_s)
        except AssertionError:
            rows = self.sql(
                "SELECT record_id, status, reason, note, detail, lease_until FROM record"
            )
            late = [row for row in rows if row[1] != status][:5]
            logs = "".join(self.log_of(name)[-2000:] for name in self.processes)
            raise AssertionError(f"{self.statuses()}: {late}\n{logs}") from None

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def batches(self) -> list[dict[str, Any]]:
        """The invoice batches of the sandbox's M3 that were not deleted."""
        return [
            batch
            for batch in self.sandbox.call("GET", "/infor/invoices")["batches"]
            if not batch["deleted"]
        ]

    def ledger(self) -> Ledger:
        """What the ERP has, by document number."""
        return self.erp.ledger(self.sandbox)

    def assert_posted_once(self, ids: list[str], *, documents: int = 1) -> None:
        """Each record is so many documents in the ERP, once each, and EXPORTED in Brex.

        The first has the record's lines.
        """
        ledger = self.ledger()
        assert {number: len(found) for number, found in ledger.items()} == {
            document_number(record_id, nth): 1
            for record_id in ids
            for nth in range(1, documents + 1)
        }
        for record_id in ids:
            seen = self.sandbox.call("GET", f"/brex/records/{record_id}")
            assert (seen["review_status"], seen["export_count"]) == ("EXPORTED", 1), record_id
            assert ledger[document_number(record_id)] == [Counter(expected(seen["record"]))]

    def assert_exported_once(self, ids: list[str]) -> None:
        """Brex was told of each record once."""
        for record_id in ids:
            seen = self.sandbox.call("GET", f"/brex/records/{record_id}")
            assert (seen["review_status"], seen["export_count"]) == ("EXPORTED", 1), record_id

    def assert_no_canary(self, *outputs: str) -> None:
        """No secret, and nothing of a payload, where it has no business."""
        canaries.assert_no_canary(self.folder, self.settings, *outputs)

    def _run(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._database.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def _connected(self) -> psycopg2.extensions.connection:
        assert self.application.settings.database_url
        connection = psycopg2.connect(self.application.settings.database_url.reveal())
        connection.autocommit = True
        return connection

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.gateway_url}/readyz", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def _start(self, name: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | self.settings.to_environment() | (environment or {}),
        )
        log.close()
