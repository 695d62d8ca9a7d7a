"""Signing in and out, and the rights that pages demand."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, flash, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from connector import log
from connector.domain.people import Person, Right
from connector.errors import ConnectorError
from connector.openid import Provider
from console.desk import Desk

LOG = log.logger(__name__)

#: From one address, whoever's name is tried.
TRIES = "10 per minute; 60 per hour"
TOO_MANY = "Too many tries from here. Wait a few minutes."
#: Of a session: whether the provider said who it is.
BY_PROVIDER = "by_provider"
#: Compared with where there is no such name, so that the answer takes as long.
_NOBODYS = generate_password_hash("nobody's")


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A person, by the session of theirs."""

    def __init__(self, person: Person, token: str) -> None:
        self.person = person
        self.token = token

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


def add(app: Flask, desk: Desk, limiter: Limiter) -> None:
    """Add the pages for signing in and out, and know who asks."""
    _know_people(app, desk)
    _add_pages(app, desk)
    if desk.settings.passwords_are_taken:
        _take_passwords(app, desk, limiter)


def _know_people(app: Flask, desk: Desk) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # the session itself is a row, with its limits

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        person = desk.people.in_session(token)
        return SignedIn(person, token) if person else None

    @manager.unauthorized_handler
    def ask() -> Response:
        if "HX-Request" in request.headers:  # a part of a page: the whole page moves
            return app.response_class(headers={"HX-Redirect": url_for("sign_in")})
        return redirect(url_for("sign_in", next=_here()))

    @app.context_processor
    def person() -> dict[str, Any]:
        known = current_user.person if current_user.is_authenticated else None
        return {"person": known, "Right": Right}


def _add_pages(app: Flask, desk: Desk) -> None:
    @app.get("/sign-in")
    def sign_in() -> Response | str:
        if current_user.is_authenticated:
            return redirect(url_for("start"))
        return ways_in(desk, request.args.get("next", ""))

    @app.post("/sign-out")
    def sign_out() -> Response:
        if current_user.is_authenticated:
            desk.people.end_session(current_user.token)
        provider = desk.provider if session.get(BY_PROVIDER) else None
        logout_user()
        session.clear()
        url = _way_out(desk, provider) if provider else None
        if url is None:
            return redirect(url_for("sign_in"))
        # The page sends the browser on. A redirect would be a part of sending the form, and
        # form-action would have to name each host that the provider leads through.
        page = render_template("signed_out.html", provider=provider, url=url)
        return app.response_class(page, headers={"Refresh": f"0; url={url}"})


def _take_passwords(app: Flask, desk: Desk, limiter: Limiter) -> None:
    @app.post("/sign-in")
    @limiter.limit(TRIES, error_message=TOO_MANY)
    def take_in() -> Response | tuple[str, int]:
        back_to = request.args.get("next", "")
        found = _proven(desk, request.form.get("name", ""), request.form.get("password", ""))
        if found is None:
            flash("Name or password is wrong, or the name is locked for a while.", "error")
            return ways_in(desk, back_to), HTTPStatus.UNAUTHORIZED
        begin(desk, found)
        return redirect(local(back_to) or url_for("start"))


def _way_out(desk: Desk, provider: Provider) -> str | None:
    """Where the session at the provider ends; None where it goes on, which the person is told."""
    try:
        return provider.way_out(desk.address + url_for("sign_in"))
    except ConnectorError as error:
        LOG.warning("sign_out_incomplete", why=str(error))
        flash(
            f"You are signed out here. {provider.name} did not answer: sign out there, too.", "warn"
        )
        return None


def ways_in(desk: Desk, back_to: str) -> str:
    """The page for signing in, and for going on with another one from there."""
    return render_template(
        "sign_in.html",
        next=back_to,
        provider=desk.provider,
        passwords=desk.settings.passwords_are_taken,
    )


def begin(desk: Desk, person: Person) -> None:
    """Begin a session; nothing of the one before it is kept."""
    session.clear()
    login_user(SignedIn(person, desk.people.begin_session(person)))
    LOG.info("signed_in", person=person.name)


def needs(right: Right) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let nobody see a page, or do what it does, who has not signed in with this right."""

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **named: Any) -> Any:
            if not current_user.is_authenticated:
                return _manager().unauthorized()
            if not current_user.person.role.may(right):
                abort(
                    HTTPStatus.FORBIDDEN,
                    f"This takes the right to {right}; your role is"
                    f" {current_user.person.role}. Ask an administrator.",
                )
            return view(*args, **named)

        return guarded

    return guard


def _manager() -> Any:
    from flask import current_app

    return current_app.login_manager  # type: ignore[attr-defined]


def _proven(desk: Desk, name: str, password: str) -> Person | None:
    """Whose name and password these are; a wrong one is counted."""
    account = desk.people.account(name)
    stored = account.password if account and account.password else _NOBODYS
    right = check_password_hash(stored, password)
    if account is None or account.password is None or account.locked:
        return None
    if not right:
        desk.people.note_failure(account.person)
        LOG.warning("sign_in_refused", person=account.person.name)
        return None
    return account.person


def _here() -> str:
    """The page that was asked for, to come back to."""
    return request.full_path.removesuffix("?") if request.method == "GET" else ""


def local(address: str) -> str:
    """An address of ours; "" where it leads elsewhere."""
    parts = urlsplit(address)
    plain = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return address if plain and "\\" not in address and "//" not in parts.path else ""
