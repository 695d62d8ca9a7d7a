"""Sessions of requests that carry nothing along, and what is at the bottom of their errors."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.structures import CaseInsensitiveDict

from connector.http.connection import CheckedAdapter


class Session(requests.Session):
    """Reads nothing from the environment, keeps no cookies, follows no redirects."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers = CaseInsensitiveDict(headers)
        for scheme in ("https://", "http://"):
            self.mount(scheme, CheckedAdapter())
        self.pid = os.getpid()
        self.used_at = 0.0

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """None, so that not even the body of a redirect is read for one."""
        return None


class Sessions:
    """One session for each thread; a process that was forked off begins anew."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._threads = threading.local()
        # urllib3 logs whole URLs: M3's data in their queries, the signatures of links.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    def mine(self) -> Session:
        """The session of this thread."""
        session: Session | None = getattr(self._threads, "session", None)
        if session is None or session.pid != os.getpid():
            session = self._threads.session = Session(self._headers)
        return session


def root_of(error: BaseException) -> BaseException:
    """What is at the bottom of an error. The errors above it carry the URL with its query."""
    seen = [error]
    while (inner := seen[-1].__cause__ or seen[-1].__context__) and inner not in seen:
        seen.append(inner)
    return seen[-1]
