"""A received mail with everything that its fate depends on, looked up once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from backend.audit import services as audit
from backend.audit.services import Actor
from backend.contacts.services import address_lock
from backend.core.keys import derived_key
from backend.mail.authentication import Authentication, authentication_of
from backend.mail.auto import loops_of
from backend.mail.message import Auto, ParsedMail
from backend.mail.token import read_reply_address, without_tag
from backend.mailboxes.models import InboundMail, Mailbox
from backend.tickets import thread_ids
from backend.tickets.recipients import own_addresses

UNKNOWN_SENDER = "unknown@invalid"  # RFC 6761 6.4: no such domain can exist
_MACHINES = {"auto_reply", "auto_generated", "read_receipt", "complaint", "loop"}
_DOUBTFUL_AUTHORS = {"from_missing", "from_ambiguous", "several_from"}
_ARRIVED_AT = ("delivered-to", "x-original-to", "envelope-to")


class Desk:
    """What every mail asks about the desk's own settings; read once for those claimed together."""

    @cached_property
    def addresses(self) -> set[str]:
        """Every address the desk reads."""
        return own_addresses()


@dataclass(frozen=True)
class Incoming:
    """One claimed mail, parsed.

    blobs: hashes of the attachments' stored bytes, in order.
    whole: the desk holds every byte, not only the beginning of a large mail.
    """

    mail: InboundMail
    parsed: ParsedMail
    blobs: Sequence[str]
    whole: bool
    desk: Desk = field(default_factory=Desk)

    @property
    def mailbox(self) -> Mailbox:
        """Where it arrived."""
        return self.mail.mailbox

    @cached_property
    def sender(self) -> str:
        """The address that decides who wrote (M10, M17), in lower case, never empty."""
        return sender_of(self.parsed)

    @property
    def sender_name(self) -> str:
        """The display name of the author, "" when there is none."""
        return self.parsed.from_.name if self.parsed.from_ else ""

    @property
    def arrived_at(self) -> datetime:
        """When the server received it; its own Date header is never trusted for order (M9)."""
        return min(self.mail.internal_date or self.mail.stored_at, timezone.now())

    @property
    def actor(self) -> Actor:
        """Who the audit log names for what this mail does."""
        return audit.mail(self.sender, inbound_id=self.mail.id)

    @property
    def by_machine(self) -> bool:
        """No person waits for an answer: a machine wrote, or a newsletter came.

        A list that people write to is none (B11): it only hands on what they say.
        """
        kind = self.parsed.auto.kind
        return kind in _MACHINES or (kind == "list" and not self._is_discussion)

    @property
    def _is_discussion(self) -> bool:
        """RFC 2369 3.4: only a list that takes posts names an address for them."""
        posts = self.parsed.headers.get("list-post", [])
        return any("mailto:" in value.lower() for value in posts)

    @cached_property
    def authentication(self) -> str:
        """What the mailbox's own provider says about From: "pass", "fail" or "unknown" (T22)."""
        if self._verdict.aligned:
            return "pass"
        return "fail" if self._verdict.dmarc == "fail" else "unknown"

    @property
    def envelope_forged(self) -> bool:
        """The provider says that the envelope sender's name was used by somebody else.

        A mail handed on by another server fails SPF too; what proves its author clears it.
        """
        return self._verdict.spf == "fail" and self.authentication != "pass"

    @cached_property
    def _verdict(self) -> Authentication:
        domain = self.sender.rpartition("@")[2]
        return authentication_of(self.parsed.headers, self.mailbox.authserv_id, domain)

    @property
    def names_one_author(self) -> bool:
        """From holds one address and nothing doubtful; else it proves nobody's identity.

        SECURITY.md 0.4: programs take different addresses for the author of such a mail.
        """
        return _DOUBTFUL_AUTHORS.isdisjoint(self.parsed.errors)

    @cached_property
    def from_ourselves(self) -> bool:
        """From is an address of the desk; anybody can write that."""
        return without_tag(self.sender) in self.desk_addresses

    @property
    def desk_addresses(self) -> set[str]:
        """Every address the desk reads."""
        return self.desk.addresses

    @property
    def has_other_mailboxes(self) -> bool:
        """Whether the desk reads more addresses than this mailbox's."""
        return not self.desk_addresses <= {self.mailbox.address, *self.mailbox.aliases}

    @property
    def is_history(self) -> bool:
        """It is older than the desk's use of the mailbox: it enters closed and nobody is told."""
        return self.mail.history

    @cached_property
    def addressed(self) -> list[str]:
        """Every address the mail was sent to or delivered at, as written."""
        named = [one.address for one in (*self.parsed.to, *self.parsed.cc)]
        for header in _ARRIVED_AT:
            named += [value.strip(" <>") for value in self.parsed.headers.get(header, [])]
        return list(dict.fromkeys(named))

    @cached_property
    def own_id(self) -> str:
        """The mail's own Message-ID as it is stored and compared."""
        return thread_ids.own_id(self.parsed)

    @cached_property
    def related_ids(self) -> Sequence[str]:
        """Every id that ties the mail to a conversation, the closest first."""
        partner = thread_ids.partner_ids(self.parsed, sender=self.sender, mailbox=self.mailbox)
        return [*thread_ids.cited_ids(self.parsed), *partner]

    @cached_property
    def tokens(self) -> dict[str, uuid.UUID]:
        """The messages of ours it cites by signed Message-IDs, by id, the closest first (T2)."""
        read = ((one, thread_ids.message_of_token(one)) for one in self.related_ids)
        return {one: message for one, message in read if message is not None}

    @cached_property
    def signed_numbers(self) -> Sequence[int]:
        """The tickets whose signed reply address it was sent to (T1)."""
        key = thread_ids.token_key()
        read = (read_reply_address(one, key) for one in self.addressed)
        return [number for number in read if number is not None]

    @property
    def reported_ids(self) -> Sequence[str]:
        """The ids by which a bounce, complaint or receipt may name what it is about."""
        parsed = self.parsed
        about = [one for one in (parsed.bounce, parsed.complaint, parsed.receipt) if one]
        ids = [one.original_message_id for one in about if one.original_message_id]
        return [*ids, *thread_ids.cited_ids(parsed)] if about else []

    @property
    def original_sender(self) -> str:
        """Who wrote the mail that this one forwards, in lower case; "" for none."""
        forwarded = self.parsed.forwarded
        if forwarded is None or forwarded.from_ is None or "@" not in forwarded.from_.address:
            return ""
        return forwarded.from_.address.lower()[:320]

    @property
    def authors(self) -> Sequence[str]:
        """Addresses that may become a contact's: the sender's, and of a mail it forwards."""
        return [one for one in (self.sender, self.original_sender) if one]

    @cached_property
    def lock_names(self) -> Sequence[str]:
        """Names to lock so that mails of one conversation are decided one after the other, and
        nobody else makes a contact of the people it is from."""
        scope = "shared" if self.mailbox.share_conversations else self.mailbox.id
        ids = [f"thread:{scope}:{one}" for one in (self.own_id, *self.related_ids)]
        return ids + [address_lock(one) for one in self.authors]


def incoming(
    mail: InboundMail,
    parsed: ParsedMail,
    blobs: Sequence[str],
    *,
    whole: bool,
    desk: Desk | None = None,
) -> Incoming:
    """The mail as intake decides about it; one that went through this desk before is a loop."""
    if parsed.auto.kind != "bounce" and instance_id() in loops_of(parsed.headers):
        parsed = replace(parsed, auto=Auto("loop", "own loop header"))
    return Incoming(mail, parsed, blobs, whole, desk or Desk())


def instance_id() -> str:
    """What this desk writes into its loop header (B14): the same as long as its key is."""
    return derived_key("loop")[:10].hex()


def sender_of(parsed: ParsedMail) -> str:
    """The address of the author, in lower case, UNKNOWN_SENDER when no field names one."""
    for candidate in (parsed.from_, *parsed.sender):
        if candidate is not None and "@" in candidate.address:
            return candidate.address.lower()[:320]
    return UNKNOWN_SENDER
