"""The remote images of sanitised HTML (H4)."""

import re
from html import unescape

# A tag of the cleaner's output, where text holds no "<" and values are always in quotes.
_TAG = re.compile(r'<[A-Za-z](?:[^">]++|"[^"]*+")*+>')
_SOURCE = re.compile(r'"[^"]*+"|\sdata-remote-src="([^"]*+)"')


def remote_sources(html: str) -> list[str]:
    """Return the addresses in `data-remote-src` of sanitised HTML, in the order of its elements."""
    found = []
    for tag in _TAG.finditer(html):
        if "data-remote-src" in tag[0]:
            values = [value[1] for value in _SOURCE.finditer(tag[0]) if value[1] is not None]
            found += [unescape(value) for value in values[:1]]
    return found
