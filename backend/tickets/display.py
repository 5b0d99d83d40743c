"""Messages as the screens show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Prefetch, QuerySet

from backend.mailboxes.models import DeliveryAttempt, OutboundMail, OutboundRecipient
from backend.tickets import deliveries
from backend.tickets.models import Attachment, FileLink, ImageConsent, Message
from backend.tickets.visibility import visible_to
from backend.users.models import User

_MAIL_TYPES = frozenset({"message/rfc822", "message/global"})  # RFC 2046 5.2.1, RFC 6532 3.7


def visible_messages(user: User) -> QuerySet[Message]:
    """The messages of tickets `user` may see."""
    return Message.objects.filter(ticket__in=visible_to(user))


def with_parts(messages: QuerySet[Message]) -> QuerySet[Message]:
    """With all that `shown_messages` reads, in a fixed number of queries."""
    recipients = OutboundRecipient.objects.order_by("id")
    attempts = DeliveryAttempt.objects.order_by("number")
    outbound = OutboundMail.objects.prefetch_related(
        Prefetch("recipients", queryset=recipients), Prefetch("attempts", queryset=attempts)
    )
    return messages.select_related("author", "inbound").prefetch_related(
        Prefetch("attachments", queryset=Attachment.objects.select_related("link").order_by("id")),
        Prefetch("outbound", queryset=outbound),
    )


def shown_messages(
    user: User, messages: Iterable[Message], *, earlier: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Messages of one ticket, oldest first and read `with_parts`, as `user` sees them.

    earlier: hashes of inline images of messages before these. At most one query.
    """
    listed = list(messages)
    trusted = _trusted_senders(user, listed)
    seen = set(earlier)
    shown = []
    for one in listed:
        shown.append(_shown(user, one, images_allowed=_allows(one, trusted), seen=seen))
        seen.update(file.sha256 for file in one.attachments.all() if file.inline)
    return shown


def shown_message(user: User, one: Message) -> dict[str, Any]:
    """A single message as in `shown_messages`."""
    hashes = [file.sha256 for file in one.attachments.all() if file.inline]
    earlier: Collection[str] = ()
    if hashes:
        before = Attachment.objects.filter(
            message__ticket=one.ticket_id, message__created_at__lt=one.created_at, inline=True
        )
        earlier = set(before.filter(sha256__in=hashes).values_list("sha256", flat=True))
    return shown_messages(user, [one], earlier=earlier)[0]


def is_mail(file: Attachment) -> bool:
    """True when the file is a mail that can be shown as one (MAIL.md M23)."""
    return file.content_type in _MAIL_TYPES or file.filename.lower().endswith(".eml")


def _trusted_senders(user: User, messages: list[Message]) -> frozenset[str]:
    """Those of the senders whose remote images `user` wants to see at once."""
    asked = {one.from_address.lower() for one in messages if one.remote_images}
    if not asked:
        return frozenset()
    consents = ImageConsent.objects.filter(user=user, address__in=asked)
    return frozenset(consents.values_list("address", flat=True))


def _allows(one: Message, trusted: Collection[str]) -> bool:
    """Trust is for the sender, not for whoever writes under that address (MAIL.md H4)."""
    return one.from_address.lower() in trusted and "auth_failed" not in one.flags


def _shown(
    user: User, one: Message, *, images_allowed: bool, seen: Collection[str]
) -> dict[str, Any]:
    inbound, outbound = getattr(one, "inbound", None), getattr(one, "outbound", None)
    facts = one.facts
    return {
        "id": one.id,
        "direction": one.direction,
        "from": {"name": one.from_name, "address": one.from_address},
        "sender": facts.get("sender"),
        "reply_to": one.reply_to,
        "to": one.to,
        "cc": one.cc,
        "bcc": one.bcc,
        "subject": one.subject,
        "text": one.text,
        "html": one.html,
        "reply_text": one.reply_text,
        "created_at": one.created_at,
        "date_header": one.date_header,
        "message_id": one.message_id,
        "author": {"id": one.author.id, "name": one.author.name} if one.author else None,
        "attachments": [_file(file, seen) for file in one.attachments.all()],
        "left_out": facts.get("left_out", []),
        "flags": one.flags,
        "invite": facts.get("invite"),
        "signed": facts.get("signed"),
        "encrypted": facts.get("encrypted"),
        "forwarded": facts.get("forwarded"),
        "remote_images": {"count": one.remote_images, "allowed": images_allowed},
        "has_original": bool((inbound and inbound.sha256) or outbound),
        "read_at": facts.get("read_at"),
        "delivery": deliveries.shown(outbound, one, user),
        "inbound_id": inbound.id if inbound is not None else None,
    }


def _file(file: Attachment, seen: Collection[str]) -> dict[str, Any]:
    return {
        "id": file.id,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.inline,
        "content_id": file.content_id,
        "disguised": file.disguised,
        "is_mail": is_mail(file),
        "repeated": file.inline and file.sha256 in seen,
        "link": _link(getattr(file, "link", None)),
    }


def _link(link: FileLink | None) -> dict[str, Any] | None:
    if link is None:
        return None
    return {
        "expires_at": link.expires_at,
        "revoked_at": link.revoked_at,
        "opened": link.opened,
        "last_opened_at": link.last_opened_at,
    }
