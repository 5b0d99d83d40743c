"""Tables of mail accounts, of what they received and of what leaves by them."""

from backend.mailboxes.models.accounts import (
    UNDERSTANDING_FIELDS,
    LivingMonitor,
    Mailbox,
    MailboxEvent,
    MailboxFolder,
    MailboxLease,
    SendingWindow,
)
from backend.mailboxes.models.health import Alarm, DomainCheck, Heartbeat
from backend.mailboxes.models.inbound import InboundMail
from backend.mailboxes.models.oauth import OAuthClient, OAuthGrant, OAuthRequest
from backend.mailboxes.models.outbound import DeliveryAttempt, OutboundMail, OutboundRecipient

__all__ = [
    "UNDERSTANDING_FIELDS",
    "Alarm",
    "DeliveryAttempt",
    "DomainCheck",
    "Heartbeat",
    "InboundMail",
    "LivingMonitor",
    "Mailbox",
    "MailboxEvent",
    "MailboxFolder",
    "MailboxLease",
    "OAuthClient",
    "OAuthGrant",
    "OAuthRequest",
    "OutboundMail",
    "OutboundRecipient",
    "SendingWindow",
]
