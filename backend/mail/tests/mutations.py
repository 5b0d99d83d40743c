"""Damaging mails at random, and what must hold for every one of them (M2, M22, C8, H2, Q1)."""

import json
import random
from collections.abc import Callable, Iterator, Sequence

from backend.mail.cli.render import as_json
from backend.mail.message import ParsedMail
from backend.mail.parse import parse, peek
from backend.mail.tests.html_checker import faults

LARGEST = 300_000
_TOKENS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B",
    b"\x85", b"--", b"----=_Part", b"--BB\r\n", b"--BB--\r\n", b'"', b"'", b"\\", b"<", b">",
    b"<>", b"(", b")", b";", b":", b",", b"@", b"=", b"=?", b"?=", b"=?utf-8?b?",
    b"=?utf-8?q?=?=", b"=?x?b?////?=", b"*0*=", b"*1=", b"''%", b"%00", b"=00", b"=\r\n",
    b"====", b"On ", b" wrote:\r\n", b"> ", b">>>>", b"From: ", b"De: ", b"From ",
    b"begin 644 a\r\n", b"end\r\n", b"-- \r\n", b"On On On ", b"<div", b"<p>", b"</", b"<!--",
    b"<![", b"<style>", b"<svg>", b"&#", b"&amp;", b"&nbsp;", b"<a href=javascript:x>",
    b' style="position:fixed;color:red"', b"<blockquote>", b"<td>", b"\xf0\x9f\x92\xa9",
    b"\xed\xa0\x80", b"\xc3", b"\xe2\x80\x8b", b"\xe2\x80\xae", b"+AD4-", b"550 5.1.1 ",
    b"Final-Recipient: rfc822; ", b"BEGIN:VEVENT\r\n", b"DTSTART:99999999T999999\r\n",
    b"RRULE:FREQ=SECONDLY;INTERVAL=0\r\n", b'x\x9f>"', b"\xff\xff\xff\xff", b"\x00\x00\x00\x80",
)  # fmt: skip
_FIELDS = (
    b"Content-Type: multipart/mixed; boundary=BB\r\n",
    b"Content-Type: multipart/alternative; boundary=\"\"\r\n",
    b"Content-Type: multipart/digest\r\n",
    b"Content-Type: multipart/signed; boundary=BB; protocol=\"application/pgp-signature\"\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Type: text/plain; charset=hz-gb-2312; format=flowed\r\n",
    b"Content-Type: text/plain; charset=punycode\r\n",
    b"Content-Type: text/calendar\r\n",
    b"Content-Type: application/ms-tnef\r\n",
    b"Content-Type: application/pkcs7-mime\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%ff; filename*9999=x\r\n",
    b"Content-Disposition: inline\r\n",
    b"Content-ID: <logo@x>\r\n",
    b"Auto-Submitted: auto-replied\r\n",
    b"Return-Path: <>\r\n",
    b"From: MAILER-DAEMON\r\n",
    b"From: \"a@b\" <c@d>, e@f\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +99999999\r\n",
    b"Message-ID: <>\r\n",
    b"References: <a@b> <\r\n",
)  # fmt: skip
Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def _place(chance: random.Random, raw: bytearray) -> int:
    # headers and the beginnings of parts decide more than the middle of a file
    most = min(len(raw), 2_000) if chance.random() < 0.4 else len(raw)
    return chance.randrange(most + 1)


def _flip(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    if raw:
        raw[chance.randrange(len(raw))] = chance.randrange(256)


def _delete(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    start = _place(chance, raw)
    del raw[start : start + chance.choice((1, 2, 10, 100, 1_000))]


def _repeat(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    start = _place(chance, raw)
    stretch = bytes(raw[start : start + chance.choice((1, 4, 40, 400))])
    raw[start:start] = stretch * chance.choice((1, 1, 2, 20, 500))


def _insert(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    start = _place(chance, raw)
    raw[start:start] = chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 100, 3_000))


def _add_field(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    start = raw.find(b"\n", _place(chance, raw)) + 1
    raw[start:start] = chance.choice(_FIELDS)


def _splice(chance: random.Random, raw: bytearray, letters: Sequence[bytes]) -> None:
    other = chance.choice(letters)
    begin = chance.randrange(len(other) + 1)
    start = _place(chance, raw)
    raw[start : start + chance.choice((0, 0, 50))] = other[begin : begin + chance.randrange(5_000)]


def _cut(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    del raw[chance.randrange(len(raw) + 1) :]


def _swap_lines(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    lines = bytes(raw).split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    raw[:] = b"\n".join(lines)


def _wrap(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    kind = chance.choice((b"mixed", b"alternative", b"related", b"report", b"signed", b"digest"))
    for level in range(chance.choice((1, 3, 30))):
        mark = b"w%d" % level
        raw[:0] = b"Content-Type: multipart/%s; boundary=%s\r\n\r\n--%s\r\n" % (kind, mark, mark)


def _line_ends(chance: random.Random, raw: bytearray, _: Sequence[bytes]) -> None:
    raw[:] = bytes(raw).replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r")))


_CHANGES: tuple[Change, ...] = (
    _flip, _flip, _delete, _delete, _repeat, _repeat, _insert, _insert, _insert, _add_field,
    _add_field, _splice, _splice, _cut, _swap_lines, _wrap, _line_ends,
)  # fmt: skip


def mutations(seed: int, letters: Sequence[bytes]) -> Iterator[bytes]:
    """Yield damaged mails without end; the same seed and mails give the same bytes."""
    chance = random.Random(seed)  # noqa: S311 - repeatable damage, no secret
    while True:
        raw = bytearray(chance.choice(letters)[:LARGEST])
        for _ in range(chance.choice((1, 1, 2, 3, 5, 10, 30))):
            chance.choice(_CHANGES)(chance, raw, letters)
        yield bytes(raw[:LARGEST])


def problems(raw: bytes) -> list[str]:
    """Parse a mail and return what must never be; [] when all is well.

    Exceptions are the caller's: nothing is caught here.
    """
    mail = parse(raw)
    peek(raw)
    found = [error for error in mail.errors if error.startswith("unreadable")]
    line = json.dumps(as_json("x.eml", mail), ensure_ascii=False, allow_nan=False)
    if "\x00" in line or "\\u0000" in line:
        found.append("NUL in a value")
    line.encode("utf-8")  # a lone surrogate raises
    if bool(mail.reply_text.strip()) != bool(mail.text.strip()):
        found.append("reply_text is empty though text is not, or the other way round")
    if not mail.message_id:
        found.append("no message id")
    found += [f"html: {fault}" for fault in faults(mail.html or "")]
    return found + _too_much(raw, mail)


def _too_much(raw: bytes, mail: ParsedMail) -> list[str]:
    """Say which values grew out of proportion to the mail."""
    room = 100_000 + 64 * len(raw)
    sizes = {
        "text": len(mail.text),
        "html": len(mail.html or ""),
        "reply_text": len(mail.reply_text),
        "headers": sum(len(x) for values in mail.headers.values() for x in values),
        "attachments": sum(file.size for file in mail.attachments),
    }
    found = [f"{name} is {size} long" for name, size in sizes.items() if size > room]
    counts = {"files": len(mail.attachments), "errors": len(mail.errors), "to": len(mail.to)}
    return found + [f"{count} {name}" for name, count in counts.items() if count > 5_000]
