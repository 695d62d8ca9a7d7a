"""Puts everything together that works for one connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from redis import Redis

from connector.brex import factory as brex_factory
from connector.brex.client import BrexClient
from connector.brex.fields import Fields
from connector.brex.subscriptions import Subscriptions
from connector.brex.transactions import SpendClient
from connector.connection_file import from_json, posting_from_json, sync_from_json
from connector.domain.connections import ClosedPeriod, Connection, MappingConfig
from connector.domain.pulls import PullSettings
from connector.domain.reconciliation import Reconciliation
from connector.domain.suppliers import SupplierMatching
from connector.http.budget import RedisBudget
from connector.http.download import Downloads
from connector.http.health import Health
from connector.http.reading import background_get
from connector.http.tokens import Tokens
from connector.mapping import Rules
from connector.ports import (
    DailyLimits,
    DocumentReader,
    EntityStore,
    Erp,
    FieldRegistry,
    ReceiptFiles,
    ReceiptStore,
    RefusedDays,
    Registers,
    SpendReads,
    SpendSource,
)
from connector.registry import ERPS
from connector.secret import Secret
from connector.store.billing_entities import PostgresEntities
from connector.store.books import Books
from connector.store.connections import StoredConnection
from connector.store.database import Database
from connector.store.field_mirror import PostgresFieldMirror
from connector.store.limits import PostgresLimits
from connector.store.master_data import MasterData
from connector.store.merchants import PostgresMerchants
from connector.store.outages import PostgresAlarm
from connector.store.pulls import PostgresPulls
from connector.store.receipts import PostgresReceipts
from connector.store.reconciliations import PostgresReconciliations
from connector.store.refused_days import PostgresRefusedDays
from connector.store.suppliers import PostgresSuppliers
from connector.store.sync_runs import PostgresSyncRuns
from connector.store.tokens import PostgresTokens
from connector.store.transactions import Transactions
from connector.store.vault import Vault
from connector.suppliers import RegisterMatcher, SupplierDirectory
from connector.usecases.fetch_receipts import ReceiptReport, fetch_receipts
from connector.usecases.find_suppliers import FindSuppliers
from connector.usecases.make_documents import MakeDocuments
from connector.usecases.pull_transactions import PullTransactions
from connector.usecases.push_values import PushValues
from connector.usecases.reconcile import MARGIN, Reconcile
from connector.usecases.sync_master_data import SyncMasterData

_BREX = brex_factory.PEER


@dataclass(frozen=True, slots=True)
class Wired:
    """A connection with everything that works for it."""

    stored: StoredConnection
    connection: Connection
    source: SpendSource
    subscriptions: Subscriptions
    erp: Erp
    tokens: Mapping[str, Tokens]
    health: Mapping[str, Health]
    files: ReceiptFiles
    receipts: ReceiptStore
    entities: EntityStore
    suppliers: FindSuppliers
    refused_days: RefusedDays
    limits: DailyLimits | None
    sync: SyncMasterData
    spend: SpendReads
    pulls: PullTransactions
    pulled: Transactions
    books: Books
    reconciliations: PostgresReconciliations
    now: Callable[[], datetime]

    @property
    def lease_s(self) -> float:
        """A lease that outlives the longest call, with time to note what became of it.

        A call may wait for a token and for the budget, and be sent once more after a slow 401.
        """
        return 3 * self.erp.call_s

    @property
    def ledger(self) -> DocumentReader:
        """What the ERP says that it has, for the reconciliation."""
        return self.erp.ledger

    @property
    def reconcile(self) -> Reconcile:
        """Reconciles what pulls have read with the ERP."""
        return Reconcile(
            connection=self.connection.name,
            spend=self.pulled,
            books=self.books,
            erp=self.ledger,
            is_told=self.connection.brex.mark_exported,
            now=self.now,
        )

    def reconcile_anew(
        self, since: date, until: date, kept: PostgresReconciliations
    ) -> tuple[int, Reconciliation]:
        """Pull what moved since then, reconcile it up to the day before `until`, and keep that.

        Where the pull is put off, nothing is proved.
        """
        pulled = self.pulls.run(since - MARGIN)
        result = self.reconcile.run(since, until)
        if pulled.put_off:
            lacking = [f"the pull was put off: {pulled.put_off}", *result.lacking]
            result = replace(result, lacking=lacking)
        return kept.keep(result), result

    @property
    def documents(self) -> MakeDocuments:
        """Makes documents by the connection's rules."""
        return self.documents_in(False)

    def documents_in(self, next_period: bool) -> MakeDocuments:
        """Makes documents by the connection's rules; those of closed periods in the next, if so."""
        mapping = self.connection.mapping
        if next_period:
            mapping = replace(mapping, closed_period=ClosedPeriod.NEXT_OPEN_PERIOD)
        return MakeDocuments(
            self.rules(mapping),
            source=self.source,
            entities=self.entities,
            erp=self.erp,
            suppliers=self.suppliers,
            refused_days=self.refused_days,
        )

    @property
    def moves_days(self) -> bool:
        """Whether documents of closed periods go into the next one."""
        return self.connection.mapping.closed_period is ClosedPeriod.NEXT_OPEN_PERIOD

    def rules(self, mapping: MappingConfig) -> Rules:
        """The rules of a mapping for this connection, be it its own or another."""
        entry = ERPS[self.connection.erp]
        return Rules(
            mapping,
            company=entry.factory.default_company(self.connection.erp_config),
            dimension_of_gl=entry.dimension_of_gl,
            suppliers=SupplierDirectory(mapping.suppliers, mapping.supplier_fallback),
            with_receipts=self.connection.brex.receipts,
        )

    def fetch_receipts(self) -> ReceiptReport | None:
        """Get files of receipts that are due; None if there were none."""
        return fetch_receipts(
            self.connection.id,
            source=self.source,
            files=self.files,
            receipts=self.receipts,
            max_bytes=self.connection.brex.receipt_max_bytes,
        )


class Wiring:
    """Makes connections ready for work; connects to nothing itself."""

    def __init__(self, database: Database, vault: Vault, redis: Redis, *, allow_http: bool) -> None:
        self._database = database
        self._vault = vault
        self._redis = redis
        self._allow_http = allow_http
        self._files = Downloads(allow_http=allow_http)

    def wire(self, stored: StoredConnection, secrets: Mapping[str, Secret]) -> Wired:
        """The connection with its peers. Raises ConfigurationError where it cannot work."""
        brex, mapping, erp_config = from_json(stored.config)
        connection = Connection(
            stored.id, stored.name, stored.erp, brex, mapping, erp_config, stored.paused_at
        )
        factory = ERPS[stored.erp].factory
        refresh = secrets.get("brex.oauth.refresh_token")
        brex_tokens = brex_factory.token_source(
            connection,
            secrets,
            store=self._tokens(stored, _BREX, first_refresh=refresh),
            allow_http=self._allow_http,
        )
        erp_tokens = factory.token_source(
            connection,
            secrets,
            store=self._tokens(stored, stored.erp),
            allow_http=self._allow_http,
        )
        health = {peer: Health(self._alarm(stored, peer)) for peer in (_BREX, stored.erp)}
        erp_limit = factory.requests_per_minute(erp_config)
        erp = factory.build(
            connection,
            secrets,
            tokens=erp_tokens,
            budget=self._budget(stored, stored.erp, erp_limit),
            health=health[stored.erp],
            allow_http=self._allow_http,
        )
        brex_peer = brex_factory.peer(
            connection,
            tokens=brex_tokens,
            budget=self._budget(stored, _BREX, brex.requests_per_minute),
            health=health[_BREX],
            allow_http=self._allow_http,
        )
        spend = SpendClient(background_get(brex_peer))
        return Wired(
            stored=stored,
            connection=connection,
            source=BrexClient(brex_peer),
            subscriptions=Subscriptions(brex_peer),
            erp=erp,
            tokens={_BREX: brex_tokens, stored.erp: erp_tokens},
            health=health,
            files=self._files,
            receipts=PostgresReceipts(self._database),
            entities=PostgresEntities(self._database, stored.id),
            suppliers=self._suppliers(stored, mapping.supplier_matching),
            refused_days=PostgresRefusedDays(self._database, stored.id),
            limits=self._limits(stored, mapping.time_zone),
            sync=self._sync(connection, stored, Fields(brex_peer), erp.registers),
            spend=spend,
            pulls=PullTransactions(
                source=spend,
                pulls=PostgresPulls(self._database, stored.id),
                settings=brex.transactions or PullSettings(),
            ),
            pulled=Transactions(self._database, stored.id),
            books=Books(self._database, stored.id),
            reconciliations=PostgresReconciliations(self._database, stored.id),
            now=self._database.now,
        )

    def _sync(
        self,
        connection: Connection,
        stored: StoredConnection,
        fields: FieldRegistry,
        registers: Registers,
    ) -> SyncMasterData:
        config = sync_from_json(stored.config)
        mirror = PostgresFieldMirror(self._database, stored.id)
        return SyncMasterData(
            registers=registers,
            push=PushValues(fields, mirror, config, stored.name),
            master=MasterData(self._database, stored.id),
            runs=PostgresSyncRuns(self._database, stored.id),
            mapping=connection.mapping,
            config=config,
            dimension_of_gl=ERPS[stored.erp].dimension_of_gl,
            now=self._database.now,
        )

    def _suppliers(self, stored: StoredConnection, matching: SupplierMatching) -> FindSuppliers:
        register = RegisterMatcher(PostgresSuppliers(self._database, stored.id), matching)
        return FindSuppliers(PostgresMerchants(self._database, stored.id), register)

    def _limits(self, stored: StoredConnection, time_zone: str) -> PostgresLimits | None:
        posting = posting_from_json(stored.config)
        if not posting.is_limited:
            return None
        return PostgresLimits(self._database, stored.id, posting, time_zone)

    def _tokens(
        self, stored: StoredConnection, peer: str, *, first_refresh: Secret | None = None
    ) -> PostgresTokens:
        return PostgresTokens(
            self._database,
            self._vault,
            stored.id,
            peer,
            configured_at=stored.configured_at,
            first_refresh=first_refresh,
        )

    def _alarm(self, stored: StoredConnection, peer: str) -> PostgresAlarm:
        return PostgresAlarm(self._database, stored.id, stored.name, peer)

    def _budget(self, stored: StoredConnection, peer: str, limit: int) -> RedisBudget:
        return RedisBudget(self._redis, stored.name, peer, limit)
