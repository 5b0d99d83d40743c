"""What a reply looks like when it leaves: the words, the signature, the message it answers."""

from __future__ import annotations

import html
from dataclasses import dataclass

from django.utils import timezone

from backend.core.text import one_line
from backend.tickets.file_links import LinkWords
from backend.tickets.models import Message

_MOST_QUOTED_LINES = 200


@dataclass(frozen=True)
class Body:
    """The same reply twice: as plain text and as HTML."""

    text: str
    html: str


def build(
    *,
    text: str,
    signature: str,
    answered: Message | None,
    language: str,
    links: LinkWords | None = None,
) -> Body:
    """The body of a reply: new words, links to large files, the signature, the quoted message."""
    parts = [text.rstrip()]
    rich = [_paragraphs(text)]
    if links is not None:
        parts.append(_link_lines(links))
        rich.append(_link_list(links))
    if signature.strip():
        parts.append(f"-- \n{signature.strip()}")
        rich.append(f'<div class="signature">-- <br>{_lines(signature.strip())}</div>')
    if answered is not None:
        intro = _attribution(answered, language)
        quoted = (answered.reply_text or answered.text).splitlines()[:_MOST_QUOTED_LINES]
        parts.append("\n".join([intro, *(f"> {line}".rstrip() for line in quoted)]))
        rich.append(
            f'<div class="gmail_quote"><div class="gmail_attr">{html.escape(intro)}</div>'
            f'<blockquote type="cite">{_lines(chr(10).join(quoted))}</blockquote></div>'
        )
    return Body("\n\n".join(parts) + "\n", "<html><body>" + "".join(rich) + "</body></html>")


def _link_lines(links: LinkWords) -> str:
    named = [f"{one.filename} ({_size(one.size)})\n{one.address}" for one in links.files]
    return "\n\n".join([links.intro, *named])


def _link_list(links: LinkWords) -> str:
    items = "".join(
        f'<li><a href="{html.escape(one.address)}">{html.escape(one.filename)}</a> '
        f"({_size(one.size)})</li>"
        for one in links.files
    )
    return f"<p>{html.escape(links.intro)}</p><ul>{items}</ul>"


def _size(size: int) -> str:
    return f"{max(1, round(size / 1024 / 1024))} MB"


def _attribution(answered: Message, language: str) -> str:
    who = one_line(answered.from_name or answered.from_address, limit=120)
    when = timezone.localtime(answered.created_at)
    if language == "pt-BR":
        return f"Em {when:%d/%m/%Y %H:%M}, {who} <{answered.from_address}> escreveu:"
    return f"On {when:%Y-%m-%d %H:%M}, {who} <{answered.from_address}> wrote:"


def _paragraphs(text: str) -> str:
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    return "".join(f"<p>{_lines(block)}</p>" for block in blocks)


def _lines(text: str) -> str:
    return "<br>\n".join(html.escape(line) for line in text.splitlines())
