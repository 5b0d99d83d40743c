"""Trying a mailbox's accounts step by step, so that a person sees which step fails and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import connection

from backend.core.keys import UnreadableSecret
from backend.mail import imap_probe, smtp
from backend.mail.imap_folders import Folder
from backend.mail.server import ProbeStep
from backend.mailboxes import trial
from backend.mailboxes.accounts import imap_settings, smtp_settings
from backend.mailboxes.models import Mailbox

_MOST_FOLDERS = 500


def probe(mailbox: Mailbox, *, access_token: str = "", exchange: bool = False) -> dict[str, Any]:
    """{ok, steps, folders}: IMAP first, then SMTP; each protocol stops at its first failing step.

    A step is {step, ok, code, detail, advice, ms}; a folder {name, special_use, selectable}.
    `exchange`: when all of that works, also send a mail to the mailbox and wait for it, up to a
    minute. Otherwise nothing is sent, and no mail is touched in any case. `access_token`: of a
    sign-in that no mailbox has taken yet.
    """
    folders: list[Folder] = []
    try:
        reading = imap_settings(mailbox, access_token=access_token)
        sending = smtp_settings(mailbox, access_token=access_token)
    except UnreadableSecret as error:
        steps = [ProbeStep("password", False, "secret_unreadable", "", str(error), 0)]
    else:
        _give_connection_back()
        steps, folders = imap_probe.probe(reading, [mailbox.imap_folder, *mailbox.further_folders])
        steps += smtp.probe(sending)
        _give_connection_back()  # a token may have been renewed
        if exchange and all(step.ok for step in steps):
            steps += trial.exchange(mailbox, reading, sending)
    return {
        "ok": all(step.ok for step in steps),
        "steps": [asdict(step) for step in steps],
        "folders": [asdict(folder) for folder in folders[:_MOST_FOLDERS]],
    }


def _give_connection_back() -> None:
    """Nobody else shall wait for the database while this waits for mail servers."""
    if not connection.in_atomic_block:
        connection.close()
