"""SMTP that fails at every line, or at random; and the account of what the server really has.

SmtpScript stands in front of the sink and spoils one line of the dialogue. UnreliableSink fails
by chance, the same way for the same seed.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from desk_cli.servers.line_script import LineScript, Side, Talk, Unit
from desk_cli.servers.smtp_sink import At, Fault, Mode, SinkMessage, SmtpSink

END_OF_MAIL = b"\r\n.\r\n"
_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>\r\n]+)>", re.IGNORECASE | re.MULTILINE)


def message_id(raw: bytes) -> str:
    """The Message-ID in a mail's header, without brackets; "" when there is none."""
    found = _MESSAGE_ID.search(raw.partition(b"\r\n\r\n")[0])
    return found[1].decode("utf-8", "replace") if found else ""


def accepted(messages: Iterable[SinkMessage]) -> Counter[tuple[str, str]]:
    """How often each (Message-ID, recipient) really got into the server's hands."""
    return Counter((message_id(one.raw), to) for one in messages for to in one.envelope_to)


class SmtpTalk(Talk):
    """Knows that a mail, with its final dot, is one unit (RFC 5321 4.1.1.4).

    It refuses nothing: the server behind it would think otherwise. The sink's own script does.
    """

    def __init__(self, *connection: object) -> None:
        super().__init__(*connection)  # type: ignore[arg-type]
        self._mail_follows = self._verdict_follows = False

    async def next_unit(self, side: Side) -> Unit:
        """A line, or the whole mail after the server's 354."""
        line = await self.line_of(side)
        if side == "server":
            self._mail_follows = self._mail_follows or line.startswith(b"354")
        elif self._mail_follows:  # read only now: the wait began before the server's 354 came
            self._mail_follows, self._verdict_follows = False, True
            return Unit(await self._mail(line), content=True)
        return Unit(line)

    async def _mail(self, mail: bytes) -> bytes:
        while not mail.endswith(END_OF_MAIL) and mail != END_OF_MAIL[2:]:
            line = await self.line_of("client")
            if not line:
                break
            mail += line
        return mail

    def goodbye(self, words: str) -> bytes:
        """421: the server closes (RFC 5321 3.8); nothing when it has just taken a mail."""
        if self._verdict_follows:
            return b""
        return f"{words or '421 4.3.2 shutting down'}\r\n".encode()


class SmtpScript(LineScript):
    """`SmtpScript(sink.port)`: see LineScript."""

    talk = SmtpTalk


# How often each misfortune happens, of 1,000 times that a client comes by.
TROUBLE: Mapping[At, Mapping[Mode, int]] = {
    "connect": {"reject4": 10, "drop": 10, "slow": 20},
    "ehlo": {"drop": 5, "reject4": 5},
    "mail": {"reject4": 20, "drop": 10},
    "rcpt": {"reject4": 30, "reject5": 20, "drop": 10, "slow": 10},
    "data": {"reject4": 15, "drop": 15},
    "body": {"reject4": 20, "drop": 10, "drop_stored": 10, "slow": 20, "garbage": 3},
    "quit": {"drop": 100},
}
_WORDS: Mapping[Mode, tuple[int, str]] = {
    "reject4": (451, "4.3.0 try again later"),
    "reject5": (550, "5.1.1 no such user"),
}


@dataclass
class UnreliableSink(SmtpSink):
    """A sink in which everything goes wrong now and then; `played` counts what did."""

    seed: int = 1
    trouble: Mapping[At, Mapping[Mode, int]] = field(default_factory=lambda: TROUBLE)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.played: Counter[str] = Counter()
        self._chance = random.Random(self.seed)  # noqa: S311 - repeatable trouble, no secret

    def take_fault(self, at: At, recipient: str | None = None) -> Fault | None:
        """What goes wrong now, if anything; scripted faults come first."""
        scripted = super().take_fault(at, recipient)
        if scripted is not None:
            return scripted
        with self._changed:
            drawn = self._chance.randrange(1000)
            for mode, weight in self.trouble.get(at, {}).items():
                drawn -= weight
                if drawn < 0:
                    self.played[f"{mode} at {at}"] += 1
                    code, text = _WORDS.get(mode, (0, ""))
                    return Fault(mode, at, recipient, 1, code, text, self._chance.random())
        return None

    @property
    def talking(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._links)
