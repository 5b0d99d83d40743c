"""The mail that somebody forwarded inside the body (T12, T13)."""

from backend.mail import reply_forms as forms
from backend.mail.address import read_addresses
from backend.mail.message import Forwarded

_MAX_LINE = 2_000
_MAX_RECIPIENTS = 50
_BLOCK_LINES = 12


def find_forwarded(text: str) -> Forwarded | None:
    """Return the first forwarded mail of a plain text, None when there is none.

    A forward is announced by its own line ("Forwarded message"); a header block
    alone is a quoted answer.
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line and len(line) <= 200 and forms.FORWARDED.match(line):
            return _read_block(lines, index + 1)
    return None


def _read_block(lines: list[str], start: int) -> Forwarded | None:
    values: dict[str, str] = {}
    last, position = "", start
    while position < len(lines) and position < start + _BLOCK_LINES:
        line = lines[position][:_MAX_LINE]
        meaning = forms.label(line)
        if meaning:
            last = meaning
            values.setdefault(meaning, forms.label_value(line))
        elif not line.strip():
            if values:
                break
        elif last:
            values[last] += f" {line.strip()}"
        else:
            return None
        position += 1
    if "from" not in values:
        return None
    authors = read_addresses(values["from"], 1).addresses
    return Forwarded(
        from_=authors[0] if authors else None,
        to=read_addresses(values.get("to", ""), _MAX_RECIPIENTS).addresses,
        subject=values.get("subject", "").strip(),
        date=values.get("date", "").strip(),
        text="\n".join(lines[position:]).strip("\n"),
    )
