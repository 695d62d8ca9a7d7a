"""What becomes of one request to a webhook path."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from connector import log
from connector.brex.event import Event, MalformedEventError, read_event
from connector.brex.webhook import SignatureRefusedError, Signed, UnknownSignatureError, verify
from connector.domain.records import Step
from connector.errors import RetryLaterError
from connector.ports import Delivery, Disposition, Endpoint, Intake, Nudger
from webhook_gateway.body import BodyTooLargeError, BodyUnreadableError, read_body
from webhook_gateway.clock_watch import ClockWatch
from webhook_gateway.endpoints import Endpoints
from webhook_gateway.metrics import Metrics
from webhook_gateway.seldom import Seldom

LOG = log.logger(__name__)


class Outcome(Enum):
    """What became of a request, and its HTTP status.

    Never 3xx, which Svix counts as a failure, and never 410, which would end the subscription:
    https://docs.svix.com/retries
    """

    STORED = ("stored", 204)
    REPEATED = ("repeated", 204)
    IGNORED = ("ignored", 204)
    REFUSED_COMPANY = ("refused_company", 204)
    UNREADABLE = ("unreadable", 400)
    MALFORMED = ("malformed", 400)
    NOT_GENUINE = ("not_genuine", 401)
    UNKNOWN_CONNECTION = ("unknown_connection", 404)
    TOO_LARGE = ("too_large", 413)
    NOT_STORED = ("not_stored", 503)

    def __init__(self, label: str, status: int) -> None:
        self.label = label
        self.status = status


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Takes deliveries in: verified first, read then, stored before they are acknowledged."""

    intake: Intake
    endpoints: Endpoints
    nudger: Nudger
    metrics: Metrics
    watch: ClockWatch
    #: how often a signature that no secret explains has the newest ones looked up …
    lookups: Seldom = field(default_factory=partial(Seldom, 1.0))
    looking: threading.Lock = field(default_factory=threading.Lock)
    #: … and the workers told to ask Brex; for each connection
    refetches: Seldom = field(default_factory=partial(Seldom, 60.0))

    def take(
        self, connection: str, environ: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Outcome:
        """What became of a request. Nothing of it is stored unless Brex signed it."""
        with log.bind(connection=connection[:64]):
            try:
                return self._take(connection, environ, headers)
            except BodyTooLargeError:
                return Outcome.TOO_LARGE
            except BodyUnreadableError:
                return Outcome.UNREADABLE
            except SignatureRefusedError as error:
                LOG.warning("webhook_refused", why=str(error))
                return Outcome.NOT_GENUINE
            except MalformedEventError as error:
                LOG.error("webhook_malformed", why=str(error))  # noqa: TRY400  why is enough
                return Outcome.MALFORMED
            except RetryLaterError as error:
                LOG.warning("webhook_not_stored", why=str(error))
                return Outcome.NOT_STORED

    def _take(
        self, connection: str, environ: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Outcome:
        endpoint = self.endpoints.find(connection)
        if endpoint is None:
            return Outcome.UNKNOWN_CONNECTION
        self.watch.look()
        body = read_body(environ)
        signed = self._verify(body, headers, endpoint)
        self.watch.compare(signed.signed_at)
        return self._store(endpoint, signed, read_event(body), hashlib.sha256(body).digest())

    def _verify(self, body: bytes, headers: Mapping[str, str], endpoint: Endpoint) -> Signed:
        """What was signed; a signature that no secret explains may be of a new one.

        Then the newest that are stored are tried, and the workers told to ask Brex, so that the
        sender's next try passes.
        """
        try:
            signed = verify(body, headers, endpoint.secrets)
        except UnknownSignatureError:
            try:
                signed = verify(body, headers, self._newest(endpoint).secrets)
            except UnknownSignatureError:
                self._refetch(endpoint)
                raise
        if not signed.explained:
            self._refetch(endpoint)
        return signed

    def _newest(self, endpoint: Endpoint) -> Endpoint:
        """As it is stored now, or was a moment ago; a burst waits for the answer to its first."""
        with self.looking:
            if self.lookups.now(endpoint.name):
                return self.endpoints.find(endpoint.name, within_s=0.0) or endpoint
            return self.endpoints.find(endpoint.name) or endpoint

    def _refetch(self, endpoint: Endpoint) -> None:
        if self.refetches.now(endpoint.name):
            self.nudger.refetch_secrets(endpoint.name)

    def _store(self, endpoint: Endpoint, signed: Signed, event: Event, digest: bytes) -> Outcome:
        disposition = _disposition(endpoint, event)
        delivery = Delivery(
            connection_id=endpoint.connection_id,
            webhook_id=signed.id,
            event_type=event.event_type,
            body_sha256=digest,
            record_ids=event.record_ids,
            disposition=disposition,
            signed_at=signed.signed_at,
        )
        (accepted,) = self.intake.accept([delivery])
        if accepted.fresh_ids:
            self.metrics.records.inc(len(accepted.fresh_ids))
            self.nudger.nudge(Step.FETCH, endpoint.name, endpoint.erp, accepted.fresh_ids)
        said = {"webhook_id": signed.id, "records": len(event.record_ids)}
        if not accepted.same_body:
            LOG.error("webhook_id_with_another_body", **said)
        if disposition is Disposition.REFUSED_COMPANY:
            LOG.error("webhook_of_another_company", company=event.company_id, **said)
            return Outcome.REFUSED_COMPANY
        LOG.info(
            "webhook_stored", disposition=disposition.value, fresh=len(accepted.fresh_ids), **said
        )
        if disposition is Disposition.IGNORED:
            return Outcome.IGNORED
        return Outcome.REPEATED if accepted.repeat else Outcome.STORED


def _disposition(endpoint: Endpoint, event: Event) -> Disposition:
    """A company that the event does not name, or we do not know, is not another one."""
    if not event.is_ours:
        return Disposition.IGNORED
    if endpoint.company_id and event.company_id and event.company_id != endpoint.company_id:
        return Disposition.REFUSED_COMPANY
    return Disposition.ACCEPTED
