"""Content transfer encodings read tolerantly (RFC 2045 6, RFC 2047 4). Nothing here raises."""

import binascii
import re

from backend.mail.uuencode import decode_uu

_BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64_ALPHABET))
_ENCODING = re.compile(r"[\s\"']*([^\s;,()\"']*)")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_ENOUGH = 40  # bytes that tell words from encoded bytes
# a blank line, and then a line that base64 could not have
_FOOTER = re.compile(rb"\n\r?\n(?=[A-Za-z0-9+/=]{0,200}[^A-Za-z0-9+/=\r\n])")
_LOOKED_AT = 512
_PADDING = re.compile(rb"=+")
_MAX_RUNS = 1_000  # mailers join a few encoded pieces; more is an attack on the time


def encoding_name(encoding: str) -> str:
    """Return a Content-Transfer-Encoding without quotes, parameters, comments and case."""
    match = _ENCODING.match(encoding)
    return match[1].lower() if match else ""


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Decode a body by its Content-Transfer-Encoding; an unknown one is binary (M31)."""
    name = encoding_name(encoding)
    if name == "base64":
        return decode_base64(data)
    if name == "quoted-printable":
        # RFC 2045 6.7 (3): blanks at the end of a line were added on the way
        return binascii.a2b_qp(_SOFT_BREAK.sub(b"=", data))
    if name in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return decode_uu(data)
    return data


def decode_base64(data: bytes) -> bytes:
    """Decode base64, skipping foreign bytes and going on after padding in the middle."""
    data = split_footer(data)[0]
    padding = data.find(b"=")
    if padding < 0 or not data[padding:].strip(b"=\r\n\t "):
        whole = _decode_whole(data)
        if whole is not None:
            return whole
    kept = data.translate(None, _NOT_BASE64).rstrip(b"=")
    if b"=" not in kept:
        return _decode_run(kept)
    runs = _PADDING.split(kept, _MAX_RUNS)
    runs[-1] = runs[-1].replace(b"=", b"")
    return b"".join(map(_decode_run, runs))


def _decode_whole(data: bytes) -> bytes | None:
    """Decode what has padding at its end alone, None when that is damaged."""
    try:
        return binascii.a2b_base64(data)  # which skips foreign bytes too
    except binascii.Error:
        return None


def is_base64(data: bytes) -> bool:
    """Say whether a body that is labelled base64 can be: words of people are not.

    Damage may have put some foreign characters in; blanks inside the lines of a whole
    text show that it was never encoded.
    """
    head = data[: 2 * _LOOKED_AT].lstrip()[:_LOOKED_AT]
    foreign = len(head.translate(None, _BASE64_ALPHABET + b"\r\n"))
    return len(head) < _ENOUGH or foreign * 20 < len(head)


def split_footer(data: bytes) -> tuple[bytes, bytes]:
    """Return encoded text and what a mailing list wrote below it, b"" for nothing."""
    if b"\n\n" not in data and b"\n\r\n" not in data:
        return data, b""  # most files: three times faster than the expression
    found = _FOOTER.search(data)
    return (data[: found.start()], data[found.end() :]) if found else (data, b"")


def _decode_run(run: bytes) -> bytes:
    left = len(run) % 4
    if left == 1:  # one character alone holds no whole byte
        run = run[:-1]
        left = 0
    return binascii.a2b_base64(run + b"=" * (-left % 4))


def encoded_word_bytes(encoding: str, payload: str) -> bytes:
    """Return the bytes of one RFC 2047 word."""
    data = payload.encode("utf-8", "surrogatepass")
    if encoding in "bB":
        return decode_base64(data)
    return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
