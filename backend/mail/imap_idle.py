"""Waiting for news on an IMAP connection (RFC 2177) without losing any (I8).

IMAPClient and imaplib are used below their public surface: a line that comes in two halves, news
before the go-ahead, and bytes that TLS has taken from the socket already are all news too.
"""

import imaplib
import io
import ssl
from typing import cast

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from backend.mail.server import one_line

IDLE_RENEWAL = 540.0  # seconds; I8: NAT often forgets a silent connection after 10 minutes


def begin(client: IMAPClient) -> None:
    """Send IDLE and wait for the go-ahead; IMAPClient's own gives up when news comes first."""
    connection = client._imap
    tag = connection._command("IDLE")
    while connection._get_response() is not None:
        if connection.tagged_commands[tag]:
            _, words = connection.tagged_commands.pop(tag)
            raise IMAPClientError(one_line(words[0]))
    client._idle_tag = tag


def end(client: IMAPClient) -> bool:
    """Send DONE; say whether new mail was told of since IDLE began."""
    connection, tag = client._imap, client._idle_tag
    connection.send(b"DONE\r\n")
    # IMAPClient's own stumbles over a second go-ahead; imaplib has stored what was told
    while not connection.tagged_commands[tag]:
        connection._get_response()
    kind, words = connection.tagged_commands.pop(tag)
    if kind != "OK":
        raise IMAPClientError(one_line(words[0]))
    return has_news(client)


def has_news(client: IMAPClient) -> bool:
    """Say whether an earlier answer told of new mail."""
    return "EXISTS" in client._imap.untagged_responses


def has_buffered(connection: imaplib.IMAP4) -> bool:
    """Say whether bytes that poll() cannot see were already read from the socket."""
    sock = connection.sock
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        # its reader was made in binary mode; Python 3.14 renames the attribute
        reader = cast(io.BufferedReader, getattr(connection, "_file", None) or connection.file)
        return bool(reader.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.settimeout(timeout)


def wait(client: IMAPClient, seconds: float) -> bool:
    """Wait up to `seconds` (less than the renewal) for news; without IDLE ask with NOOP then."""
    if not client.has_capability("IDLE"):
        client._poll_socket(client.socket(), seconds)
        client.noop()
        return has_news(client)
    begin(client)
    if not has_buffered(client._imap):
        # Only watched here: what arrives may be half a line, which idle_check() can't read.
        client._poll_socket(client.socket(), seconds)
    return end(client)
