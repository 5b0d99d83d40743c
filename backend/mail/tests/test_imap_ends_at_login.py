"""A server that ends the connection while somebody logs in has not refused their password."""

from __future__ import annotations

import pytest

from backend.mail.imap import ImapMailbox, ImapSettings, LoginFailed
from backend.mail.server import MailServerError
from desk_cli.servers.imap_script import ImapScript
from desk_cli.servers.line_script import Act, Fault

ADDRESS, PASSWORD = "ends@desk.test", "postbox-secret"


def trouble(script: ImapScript, fault: Fault) -> MailServerError | None:
    """What a login over a line with this fault ends with; None when all went well."""
    line = script.open(fault)
    settings = ImapSettings("127.0.0.1", line.port, "none", ADDRESS, PASSWORD, timeout=10)
    try:
        with ImapMailbox(settings):
            return None
    except MailServerError as error:
        return error


@pytest.mark.parametrize("act", ["cut", "half"])
def test_i9_an_end_at_any_line_of_the_login_is_no_wrong_password(dovecot, act: Act):
    dovecot.add_user(ADDRESS, PASSWORD)
    ended = []
    with ImapScript(dovecot.port) as script:
        for at in range(1, 100):
            error = trouble(script, Fault(at=at, act=act))
            if error is None:
                break
            assert error.transient, error
            ended.append(type(error))
    assert len(ended) > 5
    assert LoginFailed not in ended
