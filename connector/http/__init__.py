"""The one place that calls requests: peers, tokens, budgets, and whether something was sent."""

from connector.http.budget import RedisBudget, budget_redis
from connector.http.document import document_at
from connector.http.download import Downloads
from connector.http.health import Health
from connector.http.oauth import TokenEndpoint
from connector.http.peer import Peer
from connector.http.reading import Get, background_get
from connector.http.reply import Reply
from connector.http.tokens import StaticToken, Tokens, TokenSource
from connector.http.wire import Data, Params

__all__ = [
    "Data",
    "Downloads",
    "Get",
    "Health",
    "Params",
    "Peer",
    "RedisBudget",
    "Reply",
    "StaticToken",
    "TokenEndpoint",
    "TokenSource",
    "Tokens",
    "background_get",
    "budget_redis",
    "document_at",
]
