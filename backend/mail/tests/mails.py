"""Raw mails for tests, built byte by byte so that nothing corrects them on the way."""


def mail(body: bytes | str = b"Hello\r\n", **headers: bytes | str) -> bytes:
    """Return a mail with these headers (underscores become hyphens) and a usual From."""
    fields: dict[str, bytes | str] = {"From": "Ana <ana@customer.test>", "Subject": "Hi"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [name.encode() + b": " + _bytes(value) for name, value in fields.items()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + _bytes(body)


def part(content: bytes | str, content_type: str = "text/plain", **headers: bytes | str) -> bytes:
    """Return one MIME part with its own header block."""
    lines = [f"Content-Type: {content_type}".encode()]
    lines += [name.replace("_", "-").encode() + b": " + _bytes(x) for name, x in headers.items()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + _bytes(content)


def multipart(kind: str, *parts: bytes, boundary: str = "BB", **headers: bytes | str) -> bytes:
    """Return a whole multipart mail."""
    head: dict[str, bytes | str] = {
        "Content-Type": f'multipart/{kind}; boundary="{boundary}"',
        "MIME-Version": "1.0",
    }
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    return mail(joined(*parts, boundary=boundary), **head)


def nested(kind: str, *parts: bytes, boundary: str = "inner") -> bytes:
    """Return a multipart to stand as a part of another."""
    return part(joined(*parts, boundary=boundary), f'multipart/{kind}; boundary="{boundary}"')


def joined(*parts: bytes, boundary: str) -> bytes:
    """Return parts between delimiter lines."""
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\r\n" + x + b"\r\n" for x in parts) + mark + b"--\r\n"


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
