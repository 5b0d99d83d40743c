"""A small name server (RFC 1035) on loopback for tests: answers from a dictionary, fails on demand.

with DnsServer({"example.test": {"A": ["192.0.2.1"], "MX": [(10, "mx.example.test")]}}) as dns:
    dns.zone["example.test"]["TXT"] = ["v=spf1 -all"]
    dns.zone["broken.test"] = "SERVFAIL"
    ...  # a resolver of this test asks 127.0.0.1 at dns.port, by UDP or TCP
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Failure = Literal["SERVFAIL", "NXDOMAIN", "REFUSED", "SILENT", "TRUNCATED", "GARBAGE"]
Records = dict[str, list[Any]]
Zone = dict[str, Records | Failure]

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "TLSA": 52, "CAA": 257,
}  # fmt: skip
CODES = {"OK": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
TTL = 60
LARGEST_UDP = 512  # RFC 1035 4.2.1: without EDNS
_ANSWER, _AUTHORITATIVE, _TRUNCATED, _RECURSION = 0x8000, 0x0400, 0x0200, 0x0080
_PORT_TRIES = 50


class DnsServer:
    """Serves `zone` in threads of this process until `stop`; `zone` may be changed meanwhile.

    `zone` maps a name to its records, or to the way every question about it fails: SERVFAIL,
    NXDOMAIN, REFUSED, SILENT (no answer at all), TRUNCATED (no answer by UDP, all by TCP, of the
    records under "*" + name), GARBAGE (bytes that are no DNS). Records by type: A, AAAA, NS,
    CNAME, PTR: text; TXT: text, or a sequence of strings; MX: (preference, host); SRV:
    (priority, weight, port, host); TLSA: (usage, selector, matching, hex); CAA: (flags, tag,
    value); SOA: made up. `questions` lists (name, type) asked, lower case, in order.
    """

    def __init__(self, zone: Zone | None = None) -> None:
        self.zone: Zone = {} if zone is None else zone
        self.port = 0
        self.questions: list[tuple[str, str]] = []
        self._udp: socket.socket | None = None
        self._tcp: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """127.0.0.1:port, as DESK_DNS_SERVER takes it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> DnsServer:
        """Listen on one port for UDP and TCP; raises OSError when none is free for both."""
        for attempt in range(_PORT_TRIES):
            self._tcp = socket.create_server(("127.0.0.1", 0))
            self.port = self._tcp.getsockname()[1]
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self._udp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self._udp.close()
                self._tcp.close()
                if attempt == _PORT_TRIES - 1:
                    raise
        self._run(self._serve_udp, self._udp)
        self._run(self._serve_tcp, self._tcp)
        return self

    def _run(self, target: Any, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True, name="dns-server")
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Answer nothing more; safe to call twice."""
        for sock in (self._udp, self._tcp):
            if sock is not None:
                # a blocked recvfrom() or accept() wakes only by this
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()
        for thread in self._threads:
            thread.join(5.0)
        self._threads.clear()

    def __enter__(self) -> DnsServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve_udp(self, sock: socket.socket) -> None:
        while True:
            try:
                query, client = sock.recvfrom(4096)
                if not query:  # woken by stop()
                    return
                answer = self._answered(query, tcp=False)
                if answer is not None:
                    sock.sendto(answer, client)
            except OSError:  # closed by stop()
                return

    def _serve_tcp(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:  # closed by stop()
                return
            with link, contextlib.suppress(OSError), link.makefile("rb") as reader:
                link.settimeout(5.0)
                while len(size := reader.read(2)) == 2:
                    answer = self._answered(reader.read(struct.unpack("!H", size)[0]), tcp=True)
                    if answer is None:
                        break
                    link.sendall(struct.pack("!H", len(answer)) + answer)

    def _answered(self, query: bytes, *, tcp: bool) -> bytes | None:
        """The message that answers a query, None for silence."""
        try:
            number, _, count = struct.unpack("!HHH", query[:6])
            name, end = _read_name(query, 12)
            kind, _ = struct.unpack("!HH", query[end : end + 4])
        except (struct.error, IndexError, UnicodeDecodeError):
            return None
        if count != 1:
            return None
        asked = name.lower()
        wanted = next((text for text, value in TYPES.items() if value == kind), str(kind))
        self.questions.append((asked, wanted))
        question = query[12 : end + 4]
        found = self.zone.get(asked)
        if found == "SILENT":
            return None
        if found == "GARBAGE":
            return query[:2] + b"\xff" * 9
        if found == "TRUNCATED":
            if not tcp:
                return _message(number, question, [], _TRUNCATED)
            found = self.zone.get(f"*{asked}")
        if isinstance(found, str):
            return _message(number, question, [], CODES[found])
        records, flags = self._looked_up(asked, wanted)
        answer = _message(number, question, records, flags)
        if not tcp and len(answer) > LARGEST_UDP:
            return _message(number, question, [], _TRUNCATED)
        return answer

    def _looked_up(self, name: str, kind: str) -> tuple[list[bytes], int]:
        """The records of a name, through aliases of this zone, and the code when there are none."""
        records: list[bytes] = []
        for _ in range(8):
            found = self.zone.get(name)
            if found == "TRUNCATED":
                found = self.zone.get(f"*{name}")
            if not isinstance(found, Mapping):
                below = any(one.endswith(f".{name}") for one in self.zone)
                known = bool(records) or below
                return records, CODES["OK"] if known else CODES["NXDOMAIN"]
            if kind in found or "CNAME" not in found:
                records += [_record(name, kind, data) for data in found.get(kind, [])]
                return records, CODES["OK"]
            records.append(_record(name, "CNAME", found["CNAME"][0]))
            name = str(found["CNAME"][0]).lower().rstrip(".")
        return records, CODES["OK"]


def _message(number: int, question: bytes, records: Sequence[bytes], flags: int) -> bytes:
    head = struct.pack(
        "!HHHHHH",
        number, _ANSWER | _AUTHORITATIVE | 0x0100 | _RECURSION | flags, 1, len(records), 0, 0,
    )  # fmt: skip
    return head + question + b"".join(records)


def _read_name(message: bytes, at: int) -> tuple[str, int]:
    """A name of a question, which is never compressed, and where it ends."""
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return ".".join(labels), at + 1


def _name(text: str) -> bytes:
    labels = [one.encode("ascii") for one in text.strip(".").split(".") if one]
    return b"".join(bytes([len(one)]) + one for one in labels) + b"\0"


def _record(name: str, kind: str, data: Any) -> bytes:
    content = _data(kind, data)
    return _name(name) + struct.pack("!HHIH", TYPES[kind], 1, TTL, len(content)) + content


def _data(kind: str, data: Any) -> bytes:
    if kind in {"A", "AAAA"}:
        return ipaddress.ip_address(data).packed
    if kind in {"NS", "CNAME", "PTR"}:
        return _name(data)
    if kind == "MX":
        return struct.pack("!H", data[0]) + _name(data[1])
    if kind == "SRV":
        return struct.pack("!HHH", *data[:3]) + _name(data[3])
    if kind == "TXT":
        return b"".join(bytes([len(one)]) + one for one in _strings(data))
    if kind == "TLSA":
        return bytes(data[:3]) + bytes.fromhex(data[3])
    if kind == "CAA":
        tag, value = str(data[1]).encode(), str(data[2]).encode()
        return bytes([data[0], len(tag)]) + tag + value
    return _name("ns.test") + _name("admin.test") + struct.pack("!IIIII", 1, 60, 60, 60, 60)


def _strings(data: str | Sequence[str | bytes]) -> list[bytes]:
    """A TXT record's strings; a longer text is cut at 255 octets (RFC 1035 3.3)."""
    if not isinstance(data, str):
        return [one.encode() if isinstance(one, str) else one for one in data]
    raw = data.encode()
    return [raw[at : at + 255] for at in range(0, len(raw), 255)] or [b""]
