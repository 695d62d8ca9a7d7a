"""The ways by which messages about alarms go out."""

from connector.delivery.email import Mailer
from connector.delivery.webhook import SignedWebhook

__all__ = ["Mailer", "SignedWebhook"]
