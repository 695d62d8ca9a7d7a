"""Whose token a request has, and what it may do; sessions of browsers are not looked at here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import abort, g, request

from connector.domain.people import Right
from console.api.schemas import Problem
from console.desk import Desk

_SCHEME = "bearer "
#: What any call may be answered with, besides what it is for.
_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "No JSON, or not what HTTP demands",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is not in force",
    HTTPStatus.FORBIDDEN: "The person's role does not suffice",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.CONFLICT: "It cannot be done as things stand",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than 256 KiB",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A value is not what the description says",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer",
}


def call(
    blueprint: Any, desk: Desk, right: Right, rule: str, method: str = "GET"
) -> Callable[[Callable[..., Any]], Any]:
    """A route that takes a token with this right; the function keeps its own documentation."""

    def route(view: Callable[..., Any]) -> Any:
        documented = view
        for status, told in _PROBLEMS.items():
            documented = blueprint.alt_response(status, schema=Problem, description=told)(
                documented
            )

        @wraps(documented)
        def guarded(*args: Any, **named: Any) -> Any:
            _demand(desk, right)
            return documented(*args, **named)

        return blueprint.route(rule, methods=[method])(guarded)

    return route


def _demand(desk: Desk, right: Right) -> None:
    given = request.headers.get("Authorization", "")
    is_bearer = given.lower().startswith(_SCHEME)
    person = desk.people.with_token(given[len(_SCHEME) :].strip()) if is_bearer else None
    if person is None:
        abort(HTTPStatus.UNAUTHORIZED, "Send a token that is in force: Authorization: Bearer …")
    if not person.role.may(right):
        abort(HTTPStatus.FORBIDDEN, f"This takes the right to {right}; the role is {person.role}.")
    g.person = person
