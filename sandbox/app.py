"""The Flask app: every path of every peer, and the control paths."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Flask, Response, request

from sandbox import control
from sandbox.brex import control as brex_control
from sandbox.exchange import Answer, Call
from sandbox.ifs import control as ifs_control
from sandbox.infor import control as infor_control
from sandbox.routes import Inside, Route
from sandbox.server import DROP
from sandbox.world import Peer, World

FORM = "application/x-www-form-urlencoded"


def create_app(world: World) -> Flask:
    """The app over a world; it starts nothing."""
    app = Flask("sandbox")
    for peer in world.peers:
        for route in peer.routes():
            name = f"{peer.name} {route.method} {route.rule}".replace(".", "_")
            view = _view(world, peer, route)
            app.add_url_rule(
                route.rule, name, view, methods=[route.method], provide_automatic_options=False
            )
    controls = (
        control.blueprint(world),
        brex_control.blueprint(world.brex),
        infor_control.blueprint(world.infor),
        ifs_control.blueprint(world.ifs),
    )
    for one in controls:
        control.guard(one)
        app.register_blueprint(one)
    return app


def _view(world: World, peer: Peer, route: Route) -> Callable[..., Response]:
    def view(**variables: str) -> Response:
        call = _call(peer.name, route, variables)
        handle = partial(route.handler, **variables)
        return _response(world.door.let(call, handle, latency_s=peer.latency_s))

    return view


def _call(peer: str, route: Route, variables: dict[str, str]) -> Call:
    body = request.get_data(cache=True, parse_form_data=False)
    inside = (
        route.inside(variables, body) if route.inside else Inside(route.operation, route.effect)
    )
    args = list(request.args.items(multi=True))
    if request.content_type and request.content_type.split(";")[0] == FORM:
        args += request.form.items(multi=True)
    return Call(
        peer=peer,
        method=request.method,
        path=request.path,
        operation=inside.operation,
        effect=inside.effect,
        args=tuple(args),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        program=inside.program,
        transactions=inside.transactions,
    )


def _response(answer: Answer) -> Response:
    if answer.dropped:
        request.environ[DROP] = True
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        if name == "Set-Cookie":
            response.headers.add(name, value)
        else:
            response.headers[name] = value
    return response
