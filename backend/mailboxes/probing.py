"""Trying a mailbox's accounts step by step, so that a person sees which step fails and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from backend.core.keys import UnreadableSecret
from backend.mail import imap, smtp
from backend.mail.server import ProbeStep
from backend.mailboxes.accounts import imap_settings, smtp_settings
from backend.mailboxes.models import Mailbox


def probe(mailbox: Mailbox, *, access_token: str = "", exchange: bool = False) -> dict[str, Any]:
    """{ok, steps, folders}: IMAP first, then SMTP; each protocol stops at its first failing step.

    A step is {step, ok, code, detail, advice, ms}. Nothing is sent and no mail is touched.
    """
    try:
        reading = imap_settings(mailbox, access_token=access_token)
        sending = smtp_settings(mailbox, access_token=access_token)
    except UnreadableSecret as error:
        steps = [ProbeStep("password", False, "secret_unreadable", "", str(error), 0)]
    else:
        steps = [*imap.probe(reading, mailbox.imap_folder), *smtp.probe(sending)]
    return {
        "ok": all(step.ok for step in steps),
        "steps": [asdict(step) for step in steps],
        "folders": [],
    }
