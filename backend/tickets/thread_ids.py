"""The ids in a mail that tie it to a conversation: Message-IDs, our tokens, partners' numbers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from backend.core.keys import derived_key
from backend.core.text import at_most_bytes, storable
from backend.mail.message import ParsedMail
from backend.mail.token import read_message_id
from backend.mailboxes.models import Mailbox

# The first and the last references are kept when somebody sends thousands (MAIL.md M22).
_MOST_IDS = 60
_ID_BYTES = 998
# No id of a mail begins with a blank, so nobody can write one that passes for a partner's number.
_PARTNER = " partner:"


def token_key() -> bytes:
    """The key of our tokens in Message-IDs and reply addresses (T1)."""
    return derived_key("message-id")


def message_of_token(value: str) -> uuid.UUID | None:
    """The id of our own message that a Message-ID was signed for, or None (T2)."""
    return read_message_id(value, token_key())


def own_id(mail: ParsedMail) -> str:
    """The mail's own id as it is stored and compared."""
    return comparable(mail.message_id)


def cited_ids(mail: ParsedMail) -> list[str]:
    """The ids a mail refers to, the closest first: references backwards, then In-Reply-To (T6)."""
    ids = list(reversed(mail.references)) + list(mail.in_reply_to)
    unique = list(dict.fromkeys(comparable(one) for one in ids if one))
    if len(unique) > _MOST_IDS:
        unique = unique[: _MOST_IDS // 2] + unique[-_MOST_IDS // 2 :]
    return unique


def comparable(message_id: str) -> str:
    """A Message-ID as it is stored and compared."""
    return at_most_bytes(storable(message_id), _ID_BYTES)


def partner_ids(mail: ParsedMail, *, sender: str, mailbox: Mailbox) -> Sequence[str]:
    """An id made of the number that the sender's own desk puts into its subjects (T20), if any.

    Only of domains that the mailbox's settings name.
    """
    domain = sender.rpartition("@")[2]
    for partner in mailbox.partner_desks:
        if partner["domain"] == domain:
            number = rf"(?<![\w-]){re.escape(partner['prefix'])}(\d{{2,18}})(?!\w)"
            match = re.search(number, mail.subject, re.IGNORECASE)
            if match:
                return [f"{_PARTNER}{domain}:{partner['prefix'].lower()}{match[1]}"]
    return []


def is_partner_id(one: str) -> bool:
    """Whether an id was made by `partner_ids`."""
    return one.startswith(_PARTNER)
