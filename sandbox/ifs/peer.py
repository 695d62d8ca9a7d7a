"""The simulated IFS Cloud: its IAM, and projections at `main`, `int` and `b2b`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.budget import SlidingWindow
from sandbox.exchange import Answer, Call, Effect
from sandbox.ifs import errors, multipart, oauth
from sandbox.ifs.batch import Runner
from sandbox.ifs.edm import Projection, projections
from sandbox.ifs.errors import OdpError
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.metadata import metadata, service_document
from sandbox.ifs.multipart import Part
from sandbox.ifs.oauth import IamTokens
from sandbox.ifs.operations import Operations
from sandbox.ifs.requests import Reply, Request, name_of, refusal
from sandbox.ifs.settings import IfsSettings
from sandbox.routes import Inside, Route
from sandbox.settings import Settings

#: Roots whose writes are protected against forged requests; `int` is not.
_PROTECTED = frozenset({"main", "b2b"})
_ROOTS = _PROTECTED | {"int"}
_COOKIES = (
    ("Set-Cookie", "JSESSIONID=sandbox-session; Path=/; HttpOnly"),
    ("Set-Cookie", "XSRF-TOKEN=sandbox-xsrf; Path=/"),
)


class IfsPeer:
    """One environment."""

    name = "ifs"

    def __init__(self, settings: Settings) -> None:
        self._all_settings = settings
        self.ifs = Ifs(settings.ifs)
        self.tokens = IamTokens()
        self._budget = SlidingWindow()

    @property
    def settings(self) -> IfsSettings:
        """The settings in force now."""
        return self._all_settings.ifs

    @property
    def latency_s(self) -> float:
        """How long every answer takes at least."""
        return self.settings.latency_s

    def reset(self) -> None:
        """Forgets everything but the settings."""
        self.ifs.clear(self.settings)
        self.tokens.clear()
        self._budget.clear()

    def routes(self) -> list[Route]:
        """Tokens, and the projections."""
        realm = "/auth/realms/<realm>"
        service = "/<root>/ifsapplications/projection/v1/<projection>.svc/"
        odata = [
            Route(rule, method, self._guarded, "odata", "read", _inside_of(method))
            for rule in (service, f"{service}<path:resource>")
            for method in ("GET", "POST", "PATCH", "PUT", "DELETE")
        ]
        discovery = f"{realm}/.well-known/openid-configuration"
        return [
            Route(f"{realm}/protocol/openid-connect/token", "POST", self._token, "token", "read"),
            Route(discovery, "GET", self._discovery, "discovery", "read"),
            *odata,
        ]

    def _token(self, call: Call, realm: str) -> Answer:
        if realm != self.settings.realm:
            return Answer(404, '{"error":"Realm does not exist"}', note="realm")
        return self.tokens.exchange(call, self.settings)

    def _discovery(self, call: Call, realm: str) -> Answer:
        if realm != self.settings.realm:
            return Answer(404, '{"error":"Realm does not exist"}', note="realm")
        return oauth.discovery(f"http://{call.headers.get('host', '')}/auth/realms/{realm}")

    def _guarded(self, call: Call, root: str, projection: str, resource: str = "") -> Answer:
        settings = self.settings
        if not self.tokens.admits(call):
            return Answer(401, note="token")
        if not self._budget.take("all", settings.requests_per_minute):
            headers = (("Retry-After", settings.retry_after),) if settings.retry_after else ()
            body = '{"error":{"code":"TOO_MANY_REQUESTS","message":"Too many requests."}}'
            return Answer(429, body, headers=headers, note="quota")
        try:
            _check_session(call, root)
            service = projections(settings).get(projection) if root in _ROOTS else None
            if service is None:
                raise errors.not_found()
            answer = self._answer(call, service, resource)
        except OdpError as error:
            answer = _http(refusal(error, settings.error_shape))
        if root in _PROTECTED and settings.sets_cookies:
            answer = replace(answer, headers=(*answer.headers, *_COOKIES))
        return answer

    def _answer(self, call: Call, projection: Projection, resource: str) -> Answer:
        if call.method == "GET" and resource in {"", "$metadata"}:
            return metadata(projection) if resource else service_document(projection)
        runner = Runner(Operations(self.ifs, projection, self.settings), call.twists)
        if resource == "$batch":
            return runner.batch(call)
        headers = {**call.headers, "x-sandbox-url": f"http://{call.headers.get('host', '')}"}
        request = Request(call.method, resource, call.args, headers, call.body)
        return _http(runner.single(request))


def _check_session(call: Call, root: str) -> None:
    """A write with a session's cookie proves itself by a header, where the root is protected."""
    cookies = call.headers.get("cookie", "")
    if root not in _PROTECTED or call.method == "GET" or "JSESSIONID=" not in cookies:
        return
    token = call.headers.get("x-xsrf-token", "")
    if not token or f"XSRF-TOKEN={token}" not in cookies:
        raise errors.csrf()


def _http(reply: Reply) -> Answer:
    return Answer(reply.status, reply.text, headers=tuple(reply.headers.items()), note=reply.note)


def _inside_of(method: str) -> Callable[[dict[str, str], bytes], Inside]:
    def inside(variables: dict[str, str], body: bytes) -> Inside:
        projection, resource = variables["projection"], variables.get("resource", "")
        if resource != "$batch":
            name = f"{method} {name_of(resource)}".strip()
            return Inside(f"{projection} {name}", _effect((name,)), projection, (name,))
        try:
            boundary = body.lstrip()[2:].partition(b"\n")[0].strip().decode()
            items = multipart.read(body, boundary)
        except (OdpError, ValueError):
            return Inside("bulk malformed", "write")
        parts = [part for item in items for part in ((item,) if isinstance(item, Part) else item)]
        names = tuple(part.request.name for part in parts)
        return Inside(f"bulk {projection}", _effect(names), projection, names)

    return inside


def _effect(names: tuple[str, ...]) -> Effect:
    return "read" if names and all(name.startswith("GET") for name in names) else "write"
