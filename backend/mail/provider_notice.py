"""Notices of sending services in JSON instead of a report (Amazon SES through SNS)."""

import json
import re
from typing import Any

from backend.mail.bounce_status import choose_status, told_status
from backend.mail.message import Bounce, Complaint

_KIND = re.compile(r'\{\s{0,99}"(?:notificationType|eventType)"\s{0,9}:\s{0,9}"(\w{1,20})"')
_FOLD = re.compile(r"!?\n ")  # a mail server broke the long line
_MAX = 200_000
_MAX_RECIPIENTS = 500


def read_notice(author: str, text: str) -> tuple[Bounce, ...] | None:
    """Return the bounces or deliveries a notice tells of, None when it is no such notice.

    `author` is the From address of the mail, `text` its plain text.
    """
    kind, notice = _parsed(author, text)
    if kind == "Bounce":
        about = _object(notice.get("bounce"))
        delayed = about.get("bounceType") == "Transient"
        people = about.get("bouncedRecipients")
        told = [_bounce(_object(x), delayed, notice) for x in _list(people)]
    elif kind == "Delivery":
        about = _object(notice.get("delivery"))
        status = told_status(_text(about.get("smtpResponse"))) or "2.0.0"
        people = about.get("recipients")
        original = _original_id(notice)
        told = [Bounce(_text(x), status, "delivered", original) for x in _list(people)]
    else:
        return None
    return tuple(one for one in told if "@" in one.recipient) or None


def read_complaint_notice(author: str, text: str) -> Complaint | None:
    """Return the complaint a notice tells of, None when it is none."""
    kind, notice = _parsed(author, text)
    if kind != "Complaint":
        return None
    about = _object(notice.get("complaint"))
    people = [
        _text(_object(x).get("emailAddress")) for x in _list(about.get("complainedRecipients"))
    ]
    feedback_type = _text(about.get("complaintFeedbackType")).lower() or "abuse"
    return Complaint(feedback_type, people[0] if people else "", _original_id(notice))


def _parsed(author: str, text: str) -> tuple[str, dict[str, Any]]:
    if not text.startswith("{") or not author.lower().endswith("amazonaws.com"):
        return "", {}
    match = _KIND.match(text)
    if match is None:
        return "", {}
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(_FOLD.sub("", text[:_MAX]))
    except (ValueError, RecursionError):
        return "", {}
    return match[1], _object(value)


def _bounce(person: dict[str, Any], delayed: bool, notice: dict[str, Any]) -> Bounce:
    told = told_status(_text(person.get("diagnosticCode")))
    status = choose_status(told_status(_text(person.get("status"))), told)
    action = "delayed" if delayed and status.startswith("4") else "failed"
    default = "4.0.0" if action == "delayed" else "5.0.0"
    return Bounce(
        _text(person.get("emailAddress")), status or default, action, _original_id(notice)
    )


def _original_id(notice: dict[str, Any]) -> str | None:
    mail = _object(notice.get("mail"))
    for field in _list(mail.get("headers")):
        one = _object(field)
        if _text(one.get("name")).lower() == "message-id":
            return _text(one.get("value")).strip(" <>") or None
    return _text(_object(mail.get("commonHeaders")).get("messageId")).strip(" <>") or None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:_MAX_RECIPIENTS] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value[:1_000] if isinstance(value, str) else ""
