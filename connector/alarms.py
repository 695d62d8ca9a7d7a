"""Looks at what may be wrong, keeps the alarms, and tells of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from redis import Redis

from connector import budgets, log
from connector.alarm_settings import AlarmSettings, WebhookSettings
from connector.delivery import Mailer, SignedWebhook
from connector.domain import conditions
from connector.domain.alarm_messages import About, AlarmMessage, message
from connector.domain.alarms import AlarmKind, Way
from connector.domain.backoff import full_jitter
from connector.domain.conditions import OF_THE_INSTALLATION, UNFINISHED_S, Found
from connector.errors import ConnectorError, RetryLaterError
from connector.store.alarm_messages import AlarmMessages, Delivery
from connector.store.alarms import AlarmBoard
from connector.store.connections import Connections
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.schedules import Schedules
from connector.store.status import StatusBoard

LOG = log.logger(__name__)

#: The least ceiling of the wait before another try.
_AGAIN_S = 30.0

Sender = Callable[[AlarmMessage], None]


class Alarms:
    """The alarms of an installation, and the ways by which they are told."""

    def __init__(
        self,
        database: Database,
        connections: Connections,
        redis: Redis,
        settings: AlarmSettings,
        *,
        allow_http: bool,
    ) -> None:
        self.board = AlarmBoard(database)
        self._database = database
        self._connections = connections
        self._redis = redis
        self._settings = settings
        self._allow_http = allow_http
        self._messages = AlarmMessages(database)

    @property
    def ways(self) -> Mapping[Way, Sender]:
        """The ways that are configured; one that cannot be gone fails when it sends."""
        ways: dict[Way, Sender] = {}
        if self._settings.email:
            ways[Way.EMAIL] = Mailer(self._settings.email)
        if self._settings.webhook:
            ways[Way.WEBHOOK] = partial(self._post, self._settings.webhook)
        return ways

    def failing(self) -> dict[str, str]:
        """The configured ways whose last message has not gone out, and why not."""
        return {way: why for way, why in self._messages.failing().items() if way in self.ways}

    def claim(self, *, late_s: float = 0.0) -> bool:
        """Whether the alarms were to be looked at so long ago; by the caller alone, then."""
        return self._messages.claim_round(late_s)

    def run(self) -> None:
        """Look at everything, tell what has changed, and once a day what stands.

        Raises RetryLaterError when the database is away.
        """
        self.look()
        if ways := self.ways:
            self._messages.tell_changes(ways)
            self._messages.tell_daily(ways, self._settings.hour, self._settings.zone)
            self.deliver(ways)

    def look(self) -> None:
        """Take in what all checks find by now."""
        found = self._found()
        here = {kind: by.get("", {}) for kind, by in found.items() if kind in OF_THE_INSTALLATION}
        self.board.observe(None, here)
        for stored in self._connections.all():
            of_it = {
                kind: by.get(stored.name, {})
                for kind, by in found.items()
                if kind not in OF_THE_INSTALLATION
            }
            self.board.observe(stored.id, of_it)
        self.board.leave_removed()

    def deliver(self, ways: Mapping[Way, Sender]) -> None:
        """Deliver what is due; a way that fails is left alone until the next time."""
        self._messages.give_up(ways)
        left = dict(ways)
        while left and (delivery := self._messages.claim(left)):
            if not self._delivered(delivery, left[delivery.way]):
                del left[delivery.way]

    def test(self) -> dict[Way, str]:
        """Send a message by every way; what went wrong with it, "" if nothing did."""
        tried = message(About.TEST, Schedules(self._database).now())
        told: dict[Way, str] = {}
        for way, send in self.ways.items():
            try:
                send(tried)
                told[way] = ""
            except ConnectorError as error:
                told[way] = str(error)
        return told

    def _post(self, webhook: WebhookSettings, message: AlarmMessage) -> None:
        SignedWebhook(webhook, allow_http=self._allow_http)(message)

    def _delivered(self, delivery: Delivery, send: Sender) -> bool:
        about = {"way": delivery.way.value, "message": delivery.message.id}
        try:
            send(delivery.message)
        except ConnectorError as error:
            asked_s = error.wait_s if isinstance(error, RetryLaterError) else None
            wait_s = full_jitter(delivery.attempt, asked_s=asked_s, base_s=_AGAIN_S)
            self._messages.put_off(delivery, str(error), wait_s)
            LOG.warning("alarm_not_delivered", **about, why=str(error), tries=delivery.attempt)
            return False
        self._messages.delivered(delivery)
        LOG.info("alarm_delivered", **about, tries=delivery.attempt)
        return True

    def _found(self) -> dict[AlarmKind, Found]:
        """What each check that could be made has found."""
        found: dict[AlarmKind, Found] = {}
        for kind, check in self._checks().items():
            try:
                found[kind] = check()
            except DatabaseUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001 - the others are made all the same
                LOG.warning("alarm_not_checked", kind=kind.value, error=type(error).__name__)
        return found

    def _checks(self) -> Mapping[AlarmKind, Callable[[], Found]]:
        board, schedules = StatusBoard(self._database), Schedules(self._database)

        def of(judge: Callable[..., Found], *read: Callable[[], object]) -> Callable[[], Found]:
            return lambda: judge(*(one() for one in read))

        return {
            AlarmKind.CLOCK_STANDS: of(conditions.clock_stands, lambda: schedules.last_tick()[1]),
            AlarmKind.WEBHOOKS_MISSING: of(conditions.webhooks_missing, board.silences),
            AlarmKind.WEBHOOK_SECRET_MISSING: of(conditions.webhook_secret_missing, board.intakes),
            AlarmKind.POLL_MISSING: of(conditions.poll_missing, board.intakes),
            AlarmKind.TOKEN_UNUSED: of(conditions.token_unused, board.intakes),
            AlarmKind.TOKEN_REFUSED: of(conditions.token_refused, board.tokens),
            AlarmKind.UNFINISHED_OLD: of(
                conditions.unfinished_old, partial(board.laggards, UNFINISHED_S)
            ),
            AlarmKind.HELD_OLD: of(conditions.held_old, board.held, schedules.now),
            AlarmKind.PEER_AWAY: of(conditions.peer_away, board.outages),
            AlarmKind.RATE_LIMITED: of(
                conditions.rate_limited,
                lambda: budgets.standing_budgets(self._connections.all(), self._redis),
            ),
            AlarmKind.SYNC_UNCONFIRMED: of(conditions.sync_unconfirmed, board.settled_syncs),
            AlarmKind.SYNC_SUSPICIOUS: of(conditions.sync_suspicious, board.settled_syncs),
        }
