"""Loopback ports."""

from __future__ import annotations

import socket

import pytest

from desk_cli import ports
from desk_cli.errors import DeskError


def test_a_free_port_can_be_bound_at_once():
    with socket.create_server(("127.0.0.1", ports.free_port())) as server:
        assert server.getsockname()[1] > 0


def test_a_taken_port_is_seen_as_taken_and_the_next_one_is_offered():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.first_free_from(port) > port


def test_the_port_of_the_last_run_is_kept_while_it_is_free():
    port = ports.free_port()
    assert ports.keep_or_choose(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert ports.keep_or_choose(port) != port


def test_no_free_port_says_which_options_help(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda port, host: False)
    with pytest.raises(DeskError, match="--port N"):
        ports.first_free_from(65000)
