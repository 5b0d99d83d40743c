"""Mails for tests of the whole desk: small, numbered, partly answers to one another."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone

DESK = "suporte@desk.test"
REPLY_EVERY = 5


def message_id(number: int) -> str:
    """The Message-ID of mail `number`, without brackets."""
    return f"mail-{number}@customers.test"


def customer_mail(number: int, *, subject: str = "", answer_to: str | None = None) -> bytes:
    """A customer's mail; `answer_to` is the Message-ID it answers."""
    mail = EmailMessage()
    mail["From"] = f"Cliente {number} <cliente{number}@customers.test>"
    mail["To"] = DESK
    mail["Subject"] = subject or f"Pedido {number}: não chegou"
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = f"<{message_id(number)}>"
    if answer_to:
        mail["In-Reply-To"] = mail["References"] = f"<{answer_to}>"
    mail.set_content(f"Olá, o pedido {number} ainda não chegou. Podem verificar?\n")
    return mail.as_bytes()


def numbered_mails(count: int) -> list[bytes]:
    """`count` mails; every fifth is its predecessor's sender writing again in the same thread."""
    mails = []
    for number in range(count):
        if number % REPLY_EVERY:
            mails.append(customer_mail(number))
            continue
        first = number - 1 if number else None
        mail = customer_mail(number, answer_to=message_id(first) if first else None)
        if first:
            mail = mail.replace(f"cliente{number}@".encode(), f"cliente{first}@".encode(), 1)
        mails.append(mail)
    return mails


def letter(
    *,
    sender: str = "Ana Lima <ana@customers.test>",
    subject: str = "Pedido 4711",
    text: str = "Olá, onde está o meu pedido?\n",
    own_id: str = "first@customers.test",
    in_reply_to: str = "",
    references: Sequence[str] = (),
    **headers: str,
) -> bytes:
    """A mail to the desk; ids without brackets. Further headers as `reply_to="..."`."""
    mail = EmailMessage()
    named = {"from": sender, "to": DESK, "subject": subject, "message-id": f"<{own_id}>"}
    named["date"] = format_datetime(timezone.now())
    if in_reply_to:
        named["in-reply-to"] = f"<{in_reply_to}>"
    if references:
        named["references"] = " ".join(f"<{one}>" for one in references)
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in named.items():
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


def with_file(
    raw: bytes, filename: str, content: bytes, *, content_type: str = "application/octet-stream"
) -> bytes:
    """A mail with one more file attached."""
    mail = message_from_bytes(raw, policy=policy.default)
    maintype, _, subtype = content_type.partition("/")
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=filename)
    return mail.as_bytes()


def html_letter(html: str, **options: str) -> bytes:
    """A `letter` that has its text in HTML too."""
    mail = message_from_bytes(letter(**options), policy=policy.default)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def with_picture(raw: bytes, content_id: str, picture: bytes) -> bytes:
    """An `html_letter` that brings a PNG its HTML shows as `cid:`."""
    mail = message_from_bytes(raw, policy=policy.default)
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(picture, maintype="image", subtype="png", cid=f"<{content_id}>")
    return mail.as_bytes()
