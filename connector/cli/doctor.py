"""`doctor`: what is wrong with this installation, and what mends it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from connector.cli import vital_signs
from connector.cli.output import json_option
from connector.cli.ping import show_checks
from connector.cli.session import session
from connector.errors import ConfigurationError, ConnectorError
from connector.ports import Check
from connector.redaction import redacted
from connector.settings import Settings

if TYPE_CHECKING:
    from connector.bootstrap import Application

Checks = Callable[["Application"], Iterator[Check]]


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check this installation, each fault with its mend. It changes nothing."""
    checks = list(_environment())
    if all(check.passed for check in checks):
        try:
            with session(any_schema=True) as application:
                for each in (_database, _redis, _workers, _openid, _alarms):
                    checks += _whole(each, application)
        except ConnectorError as error:
            checks.append(Check("servers", False, str(error)))
    show_checks(checks, {}, as_json=as_json)


def _environment() -> Iterator[Check]:
    try:
        settings = Settings.from_environment(os.environ)
    except ConfigurationError as error:
        yield from (Check("environment", False, fault) for fault in error.faults)
        return
    servers = "embedded" if settings.database_url is None else "DATABASE_URL"
    http = "; http:// peers are allowed" if settings.allow_http else ""
    yield Check("environment", True, f"database: {servers}; home: {settings.home}{http}")


def _database(application: Application) -> Iterator[Check]:
    from connector.store.inspection import Inspection
    from connector.store.status import StatusBoard

    inspection = Inspection(application.database)
    before = datetime.now(UTC)
    facts = inspection.server()
    yield from vital_signs.database(facts, before, datetime.now(UTC))
    steps = inspection.pending_steps()
    mend = f"lacks {', '.join(steps)}: run ml-connector migrate"
    yield Check("schema", not steps, mend if steps else "current")
    if steps:
        return
    away = inspection.roles_out_of_reach()
    mend = f"this database user may not take {', '.join(away)}: have an administrator GRANT them"
    yield Check("roles", not away, mend if away else "gateway and workers can take theirs")
    unopened = list(inspection.sealed_for_good(application.vault))
    mend = "add the key that they were stored under to ML_CONNECTOR_SECRET_KEYS, or add again:"
    told = f"no key opens {len(unopened)} secrets; {mend} {', '.join(unopened[:5])}"
    yield Check("keys", not unopened, told if unopened else "open every stored secret")
    idle = inspection.without_schedule()
    mend = f"nothing runs for {', '.join(idle)}: connection add FILE --replace"
    yield Check("schedules", not idle, mend if idle else "every connection has its own")
    yield vital_signs.clock(*application.schedules.last_tick())
    board = StatusBoard(application.database)
    yield vital_signs.peers(board.outages())
    yield vital_signs.tokens(board.tokens())


def _redis(application: Application) -> Iterator[Check]:
    from redis import Redis, RedisError

    url = application.settings.redis_url
    assert url
    with Redis.from_url(url.reveal(), socket_timeout=3, socket_connect_timeout=3) as client:
        try:
            version = client.info("server")["redis_version"]
        except RedisError as error:
            mend = "see that it runs and that REDIS_URL is right"
            yield Check("Redis", False, f"does not answer ({type(error).__name__}): {mend}")
            return
        yield Check("Redis", True, f"answers, version {version}")
        config: dict[str, str] | None = None
        with suppress(RedisError):  # managed servers and careful owners forbid CONFIG
            config = client.config_get("maxmemory-policy", "appendonly")
    yield from vital_signs.redis(config)
    yield vital_signs.blocks(application.budgets())


def _workers(application: Application) -> Iterator[Check]:
    from connector.cli.workers_alive import answering_workers

    names = answering_workers(application.settings)
    mend = "none answers: start ml-connector up, or ml-connector run worker"
    yield Check("workers", bool(names), ", ".join(names) or mend)


def _openid(application: Application) -> Iterator[Check]:
    from connector.openid import Provider

    settings = application.settings
    if settings.openid is None:
        return
    provider = Provider(settings.openid, allow_http=settings.allow_http)
    try:
        provider.discovered()
    except ConnectorError as error:
        mend = f"{error}: nobody signs in with it; check ML_CONNECTOR_OIDC_ISSUER"
        yield Check("OpenID provider", False, mend)
    else:
        yield Check("OpenID provider", True, f"{settings.openid.issuer} names itself so")


def _alarms(application: Application) -> Iterator[Check]:
    ways = application.alarms.ways
    mend = "told to nobody: give ML_CONNECTOR_ALARM_TO or ML_CONNECTOR_ALARM_WEBHOOK_URL"
    yield Check("alarms", True, f"told by {', '.join(ways)}" if ways else mend)
    for way, why in application.alarms.failing().items():
        mend = f"the last message did not go out ({redacted(why)}): ml-connector alarms test"
        yield Check(f"alarms by {way}", False, mend)


def _whole(checks: Checks, application: Application) -> list[Check]:
    """All checks of a part; where it cannot be asked, one that failed."""
    done: list[Check] = []
    try:
        for check in checks(application):
            done.append(check)  # noqa: PERF402 - those before a failure count
    except Exception as error:  # noqa: BLE001 - a doctor does not fall ill with the patient
        said = str(error) if isinstance(error, ConnectorError) else type(error).__name__
        done.append(Check(checks.__name__.strip("_"), False, f"cannot be checked: {said}"))
    return done
