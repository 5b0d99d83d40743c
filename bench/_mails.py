"""A support mailbox to measure with: deterministic mails in the proportions of a real one.

Of 100 mails 57 open a conversation, 38 answer an earlier mail, 3 are automatic replies and 2 are
bounces; 20 carry HTML with quoted history and 15 one attachment of 20 to 200 kB. Half are in
Portuguese, half in English.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

_BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
_SUBJECTS = (
    ("Pedido {n} não chegou", "Olá, meu pedido {n} ainda não chegou. Podem verificar?"),
    ("Order {n} has not arrived", "Hello, my order {n} has not arrived yet. Could you check?"),
    ("Segunda via do boleto {n}", "Bom dia! Preciso da segunda via do boleto {n}, por favor."),
    ("Refund for invoice {n}", "Good morning, I was charged twice on invoice {n}. Please refund."),
    ("Ajuda", "Não consigo entrar na minha conta desde ontem, aparece o código {n}."),
    ("Help", "I cannot sign in since yesterday; it says error {n}."),
)


def mails(count: int, to: str, seed: int = 1, *, first: int = 0) -> Iterator[bytes]:
    """Yield `count` mails to the address `to`, numbered from `first`; the same arguments give
    the same bytes, other numbers other Message-IDs and senders."""
    chance = random.Random(seed)  # noqa: S311 - repeatable mails, no secret
    opened: list[tuple[int, str, str]] = []
    for number in range(first, first + count):
        place = number * 37 % 100  # every kind spread evenly over a block of 100
        sender = f"cliente{number}@customers{number % 40}.test"
        subject, text = (part.format(n=number) for part in _SUBJECTS[number % len(_SUBJECTS)])
        mail = EmailMessage()
        if place < 57 or not opened:
            opened.append((number, sender, subject))
        elif place < 95:
            parent, sender, subject = chance.choice(opened[-200:])
            subject = f"Re: {subject}"
            mail["In-Reply-To"] = mail["References"] = _message_id(parent)
        elif place < 98:
            mail["Auto-Submitted"] = "auto-replied"
            subject = f"Resposta automática: {subject}"
        else:
            yield _bounce(number, to)
            continue
        mail["From"] = f"Cliente {number} <{sender}>"
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(_BEGIN + timedelta(seconds=41 * number))
        mail["Message-ID"] = _message_id(number)
        mail.set_content(f"{text}\n\n-- \nCliente {number}\n")
        if number % 5 == 0:
            quoted = "<p>Linha citada da conversa anterior.</p>" * 20
            mail.add_alternative(
                f"<html><body><p>{text}</p><blockquote>{quoted}</blockquote></body></html>",
                subtype="html",
            )
        if number % 20 in {3, 9, 15}:
            content = chance.randbytes(chance.randrange(20_000, 200_000))
            mail.add_attachment(content, "application", "pdf", filename=f"nota-{number}.pdf")
        for depth, part in enumerate(mail.walk()):
            if part.is_multipart():
                part.set_boundary(f"=_{number}_{depth}")
        yield mail.as_bytes()


def _message_id(number: int) -> str:
    return f"<bench-{number}@customers.test>"


def _bounce(number: int, to: str) -> bytes:
    """A delivery report (RFC 3464) about a mail that this desk never sent."""
    lines = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.test>",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: {_message_id(number)}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "The mail could not be delivered.",
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.test",
        "",
        f"Final-Recipient: rfc822; nobody{number}@example.test",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b--",
        "",
    )
    return "\r\n".join(lines).encode()
