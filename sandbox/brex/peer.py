"""The simulated Brex account: its routes, and what stands before each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from sandbox.brex import accounting, export
from sandbox.brex.accounts import Accounts
from sandbox.brex.auth import BrexTokens
from sandbox.brex.delivery import Delivery
from sandbox.brex.errors import BrexError, forbidden
from sandbox.brex.expenses import Expenses
from sandbox.brex.fields import Fields
from sandbox.brex.integrations import Integrations
from sandbox.brex.receipts import PATH as RECEIPT_FILES
from sandbox.brex.receipts import Receipts
from sandbox.brex.records import RecordStore
from sandbox.brex.settings import BrexSettings
from sandbox.brex.signing import SigningSecrets
from sandbox.brex.subscriptions import Subscriptions
from sandbox.brex.transactions import Transactions
from sandbox.budget import SlidingWindow
from sandbox.exchange import Answer, Call, json_answer
from sandbox.routes import Route
from sandbox.settings import Settings


class BrexPeer:
    """Everything that one Brex account holds."""

    name = "brex"

    def __init__(self, settings: Settings, seed: int) -> None:
        self._all_settings = settings
        self.store = RecordStore()
        self.expenses = Expenses()
        self.transactions = Transactions()
        self.accounts = Accounts(self.transactions)
        self.receipts = Receipts(lambda: self.settings, seed)
        self.tokens = BrexTokens()
        self.integrations = Integrations()
        self.fields = Fields(self.integrations.active_id)
        self.subscriptions = Subscriptions()
        self.secrets = SigningSecrets(lambda: self.settings, seed)
        self.delivery = Delivery(
            lambda: self.settings, self.subscriptions.active_url, self.secrets.signing, seed
        )
        self._budget = SlidingWindow()
        self._trace = count(1)

    @property
    def settings(self) -> BrexSettings:
        """The settings in force now."""
        return self._all_settings.brex

    @property
    def latency_s(self) -> float:
        """How long every answer takes at least."""
        return self.settings.latency_s

    def reset(self) -> None:
        """Forgets everything but the settings."""
        for part in (
            *(self.store, self.expenses, self.receipts, self.tokens, self.integrations),
            *(self.fields, self.transactions),
            *(self.subscriptions, self.secrets, self.delivery),
        ):
            part.clear()
        self._budget.clear()

    def routes(self) -> list[Route]:
        """Every path, in the order of the vendor's documents."""
        records = "/v3/accounting/records"
        integration = "/v3/accounting/integration"
        webhook = "/v1/webhooks/<subscription_id>"
        return [
            self._get(
                records,
                lambda c: accounting.query_records(c, self.store, self.receipts, self.settings),
            ),
            self._get(
                f"{records}/<record_id>",
                lambda c, record_id: accounting.one_record(c, self.store, self.receipts, record_id),
            ),
            self._post(
                f"{records}/export-results",
                lambda c: export.export_results(c, self.store, self.settings),
            ),
            self._post(integration, self.integrations.create),
            self._post(f"{integration}/<integration_id>/disconnect", self.integrations.disconnect),
            self._post(f"{integration}/<integration_id>/reactivate", self.integrations.reactivate),
            self._get("/v1/webhooks", self.subscriptions.list),
            self._post("/v1/webhooks", lambda c: self.subscriptions.create(c, self.settings)),
            self._get("/v1/webhooks/secrets", self.secrets.list),
            self._get(webhook, self.subscriptions.show),
            self._write(
                "PUT",
                webhook,
                lambda c, subscription_id: self.subscriptions.update(
                    c, self.settings, subscription_id
                ),
            ),
            self._write("DELETE", webhook, self.subscriptions.delete),
            *self._fields(),
            self._get("/v1/expenses", lambda c: self.expenses.list(c, self.settings)),
            self._get(
                "/v1/expenses/<expense_id>",
                lambda _, expense_id: self.expenses.show(expense_id, self.settings),
            ),
            *self._money(),
            self._get("/v2/company", self._company),
            Route(
                "/oauth2/default/v1/token",
                "POST",
                lambda c: self.tokens.exchange(c, self.settings),
                "token",
                "read",
            ),
            # not Brex's own, but the storage that its links lead to
            Route(
                f"{RECEIPT_FILES}/<receipt_id>/<file>",
                "GET",
                self.receipts.get,
                "GET receipt",
                "read",
            ),
        ]

    def _fields(self) -> list[Route]:
        field, values = "/v1/fields/<field_id>", "/v1/fields/<field_id>/values"
        return [
            self._get("/v1/fields", self.fields.list),
            self._post("/v1/fields", self.fields.create),
            self._write("PUT", field, self.fields.update),
            self._get(values, self.fields.list_values),
            self._post(values, self.fields.create_values),
            self._write("PUT", values, self.fields.update_values),
            self._write("DELETE", values, self.fields.delete_values),
        ]

    def _money(self) -> list[Route]:
        """Accounts, statements and transactions; each list has a scope of its own."""
        accounts, cash = self.accounts, "/v2/accounts/cash"
        return [
            self._read("/v2/accounts/card", "accounts.card", accounts.cards),
            self._read(
                "/v2/accounts/card/primary/statements", "statements.card", accounts.card_statements
            ),
            self._read(cash, "accounts.cash", accounts.cash),
            self._read(f"{cash}/<account>", "accounts.cash", accounts.one_cash),
            self._read(f"{cash}/<account>/statements", "statements.cash", accounts.cash_statements),
            self._read(
                "/v2/transactions/card/primary", "transactions.card", self.transactions.card
            ),
            self._read(
                "/v2/transactions/cash/<account>", "transactions.cash", self.transactions.cash
            ),
        ]

    def _read(self, rule: str, scope: str, handler: Callable[..., Answer]) -> Route:
        needed = f"{scope}.readonly"

        def scoped(call: Call, **variables: str) -> Answer:
            if needed in self.settings.lacking_scopes:
                return forbidden(needed)
            if scope.endswith(".cash") and not self.settings.has_cash:
                message = "Only account admin, ap clerks and bookkeepers can access cash"
                return json_answer(401, {"type": "UNAUTHORIZED", "message": message}, note="cash")
            return handler(call, **variables)

        return self._get(rule, scoped)

    def _get(self, rule: str, handler: Callable[..., Answer]) -> Route:
        return Route(rule, "GET", self._guarded(handler), f"GET {rule}", "read")

    def _post(self, rule: str, handler: Callable[..., Answer]) -> Route:
        return self._write("POST", rule, handler)

    def _write(self, method: str, rule: str, handler: Callable[..., Answer]) -> Route:
        return Route(rule, method, self._guarded(handler), f"{method} {rule}", "write")

    def _guarded(self, handler: Callable[..., Answer]) -> Callable[..., Answer]:
        def answer(call: Call, **variables: str) -> Answer:
            settings = self.settings
            token = self.tokens.admits(call, settings)
            if token is None:
                return _unauthorized(call, settings)
            self._budget.window_s = settings.window_s
            if not self._budget.take("account", settings.requests_per_window):
                headers = (("Retry-After", settings.retry_after),) if settings.retry_after else ()
                body = '{"type":"TOO_MANY_REQUESTS","message":"Rate limit exceeded"}'
                return Answer(429, body, headers=headers, note="rate limit")
            try:
                return self._traced(handler(call, **variables))
            except BrexError as error:
                return self._traced(error.answer())

        return answer

    def _traced(self, answer: Answer) -> Answer:
        """With the trace id that Brex's support asks for."""
        return replace(
            answer, headers=(*answer.headers, ("X-Brex-Trace-Id", f"{next(self._trace):032x}"))
        )

    def _company(self, _call: Call) -> Answer:
        address = {
            "line1": "Sveavägen 1",
            "line2": None,
            "city": "Stockholm",
            "state": None,
            "country": "SE",
            "postal_code": "111 57",
            "phone_number": None,
        }
        settings = self.settings
        company = {
            "id": settings.company_id,
            "legal_name": settings.company_name,
            "mailing_address": address,
            "accountType": "BREX_EMPOWER",
        }
        return json_answer(200, company)


def _unauthorized(call: Call, settings: BrexSettings) -> Answer:
    status = settings.invalid_token_status
    if call.path.startswith("/v3/accounting"):
        code = "UNAUTHORIZED" if status == 401 else "FORBIDDEN"
        message = "Authentication credentials are missing or invalid."
        return json_answer(status, {"error_code": code, "message": message, "details": None})
    return json_answer(status, {"type": "UNAUTHORIZED", "message": "Invalid token"})
