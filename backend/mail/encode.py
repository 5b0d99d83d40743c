"""Writing header fields: RFC 2047 words, RFC 2231 parameters, folding, injection refused (S4)."""

import binascii
import re
from collections.abc import Sequence

from backend.mail.message import Address

_FORBIDDEN = re.compile("[\r\n\x00]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_ATOM_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_BAD_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f()<>,;:\\\"\[\]\u0080-\u00a0\u2028\u2029]")
_BAD_IN_ID = re.compile(r"[^\x21-\x7e]|[<>]")
_WORD_BYTES = 42  # payload bytes of one encoded-word, which may be 75 characters long
_LINE = 78
_HARD_LINE = 900


class HeaderInjection(ValueError):
    """A header value holds CR, LF or NUL; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} may not contain line breaks or NUL")
        self.field = field


class InvalidAddress(ValueError):
    """An address that cannot be written into a header or an envelope."""

    def __init__(self, address: str) -> None:
        super().__init__(f"not an e-mail address: {address!r}")
        self.address = address


def check_value(field: str, value: str) -> None:
    """Raise HeaderInjection when the value could start a new header line."""
    if _FORBIDDEN.search(value):
        raise HeaderInjection(field)


def domain_to_ascii(domain: str) -> str:
    """Return a domain in lower-case A-labels (RFC 5890). Raises InvalidAddress."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise InvalidAddress(domain) from error


def text_header(name: str, value: str) -> bytes:
    """Return an unstructured field, encoded by RFC 2047 where needed; always present."""
    check_value(name, value)
    return fold(name, _words(value))


def address_header(name: str, addresses: Sequence[Address]) -> bytes:
    """Return an address field, b"" for no address. Raises HeaderInjection, InvalidAddress."""
    tokens: list[str] = []
    for address in addresses:
        check_value(name, address.name)
        check_value(name, address.address)
        if tokens:
            tokens[-1] += ","
        tokens += [*_phrase(address.name.strip()), f"<{_addr_spec(address.address)}>"]
        if not address.name.strip():
            tokens[-1] = tokens[-1][1:-1]
    return fold(name, tokens) if tokens else b""


def id_header(name: str, ids: Sequence[str]) -> bytes:
    """Return a field of message ids in angle brackets, b"" for none.

    An id of another mail that cannot be written as it stands (blanks, 8-bit, too
    long) is left out of References and In-Reply-To.
    """
    kept = []
    for value in ids:
        check_value(name, value)
        if value and len(value) < _HARD_LINE and not _BAD_IN_ID.search(value):
            kept.append(f"<{value}>")
    if not kept and name == "Message-ID":
        raise ValueError("a mail needs a message id of printable ASCII")
    return fold(name, kept) if kept else b""


def parameter(name: str, value: str) -> list[str]:
    """Return `name=value` as tokens for `fold`, by RFC 2231 when it is not plain ASCII."""
    check_value(name, value)
    if _PLAIN.fullmatch(value) and len(value) <= 60:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{quoted}"']
    pieces, piece = [], "utf-8''"
    for char in value:
        coded = char if char.isascii() and char.isalnum() else _percent(char)
        if len(piece) + len(coded) > 56:
            pieces.append(piece)
            piece = ""
        piece += coded
    pieces.append(piece)
    if len(pieces) == 1:
        return [f"{name}*={pieces[0]}"]
    last = len(pieces) - 1
    return [f"{name}*{n}*={piece}{';' if n < last else ''}" for n, piece in enumerate(pieces)]


def fold(name: str, tokens: Sequence[str]) -> bytes:
    """Join tokens with blanks, breaking lines between them (RFC 5322 2.2.3)."""
    lines, line = [], f"{name}:"
    for token in tokens:
        if len(line) + 1 + len(token) > _LINE and line.strip() and line != f"{name}:":
            lines.append(line)
            line = ""
        line += " " + token
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode("utf-8")


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))


def _addr_spec(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > 320 or _BAD_IN_ADDRESS.search(address):
        raise InvalidAddress(address)
    return f"{local}@{domain_to_ascii(domain)}"


def _phrase(name: str) -> list[str]:
    if not name:
        return []
    if _ATOM_PHRASE.fullmatch(name) and "=?" not in name and len(name) <= 200:
        return name.split()
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) <= 200:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"']
    return _encoded_words(name)


def _words(value: str) -> list[str]:
    plain = _PLAIN.fullmatch(value) and "=?" not in value
    tokens = value.split(" ") if plain else []
    # runs of blanks and overlong words would not survive folding as plain text
    if plain and "" not in tokens and all(len(token) <= 76 for token in tokens):
        return tokens
    return _encoded_words(value) if value else []


def _encoded_words(value: str) -> list[str]:
    """Return RFC 2047 words of whole characters, each at most 75 characters long."""
    words, chunk = [], b""
    for char in value:
        data = char.encode("utf-8", "replace")
        if len(chunk) + len(data) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += data
    words.append(chunk)
    return [f"=?utf-8?b?{binascii.b2a_base64(x, newline=False).decode()}?=" for x in words]
