"""Bytes of strangers, answered so that no browser runs anything in them on our origin."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse


def download(content: bytes, filename: str, content_type: str) -> HttpResponse:
    """A file to save, never a page (MAIL.md A5, SECURITY.md rows 13 and 14)."""
    # RFC 6266 5: the plain name for old clients can't hold quotes or non-ASCII.
    plain = "".join(char if char.isalnum() or char in "._-" else "_" for char in filename)
    plain = plain.encode("ascii", "replace").decode().replace("?", "_")
    response = sandboxed(content, content_type)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    return response


def sandboxed(content: bytes, content_type: str) -> HttpResponse:
    """Bytes that even when opened by themselves may do nothing, and nobody else may embed."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
