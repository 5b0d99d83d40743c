"""Loopback ports."""

from __future__ import annotations

import socket

from desk_cli.errors import DeskError

HIGHEST = 65535
TRIES = 200


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody holds at this moment; the caller binds it soon after."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `host:port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # A server sets this too: without it a port in TIME_WAIT would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def first_free_from(wanted: int, host: str = "127.0.0.1") -> int:
    """`wanted`, or the next free port above it; DeskError when 200 in a row are taken."""
    for port in range(wanted, min(wanted + TRIES, HIGHEST + 1)):
        if is_free(port, host):
            return port
    raise DeskError(
        f"no free port from {wanted} on at {host}: choose another start with --port N, "
        "or another address with --host."
    )


def keep_or_choose(previous: int | None) -> int:
    """The port used last time when it is still free, else any free one."""
    if previous and is_free(previous):
        return previous
    return free_port()
