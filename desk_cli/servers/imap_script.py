"""A relay in front of a real IMAP server that drops, stalls, lies and repeats (MAIL.md I7-I9).

Literals (RFC 9051 4.3) count as one unit of the dialogue, so that a fault can end the connection
in the middle of a mail.
"""

from __future__ import annotations

import re

from desk_cli.servers.line_script import LineScript, Side, Talk, Unit

LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
TAGGED = re.compile(rb"^([A-Za-z0-9.]+) (?:OK|NO|BAD)\b")


class ImapTalk(Talk):
    """Knows literals, tagged answers and BYE."""

    def __init__(self, *connection: object) -> None:
        super().__init__(*connection)  # type: ignore[arg-type]
        self._literal: dict[Side, int] = {"server": 0, "client": 0}

    async def next_unit(self, side: Side) -> Unit:
        """A line, or the literal that the line before announced."""
        length = self._literal[side]
        if length:
            self._literal[side] = 0
            return Unit(await self.readers[side].readexactly(length), content=True)
        line = await self.line_of(side)
        announced = LITERAL.search(line)
        self._literal[side] = int(announced[1]) if announced else 0
        return Unit(line)

    def refusal(self, unit: Unit, words: str) -> bytes | None:
        """NO to the command this line answers; `words` may begin with another word, BAD say."""
        tagged = None if unit.content else TAGGED.match(unit.raw)
        if tagged is None:
            return None
        return tagged[1] + b" " + (words or "NO not this time").encode() + b"\r\n"

    def goodbye(self, words: str) -> bytes:
        """BYE."""
        return f"* BYE {words or 'shutting down'}\r\n".encode()


class ImapScript(LineScript):
    """`ImapScript(dovecot.port)`: see LineScript."""

    talk = ImapTalk
