"""A peer of which nothing is left but reading."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from connector.http.patience import patiently
from connector.http.peer import Peer
from connector.http.reply import Reply
from connector.http.wire import Params


class Get(Protocol):
    """A GET in the background: 2xx, or a 4xx to classify. Raises RetryLaterError.

    Whoever is given this alone has no way to write.
    """

    def __call__(self, path: str, params: Params) -> Reply:
        """The answer to a GET."""
        ...


def background_get(peer: Peer) -> Get:
    """The GETs of a peer, which let live work go first and wait for the budget."""

    def get(path: str, params: Params) -> Reply:
        return patiently(partial(peer.read, "GET", path, params=params, background=True))

    return get
