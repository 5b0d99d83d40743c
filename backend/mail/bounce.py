"""Reports of mail servers about mail sent earlier: is it one, and what does it say (B6, B7)?

A machine-readable part is read first (RFC 3464), then X-Failed-Recipients, then the
words that some seventy mail systems use; provider notices in JSON are read elsewhere.
"""

import re
from dataclasses import dataclass

from backend.mail.bounce_status import choose_status, reply_class, status_by_words, told_status
from backend.mail.bounce_text import is_delayed, recipients_of
from backend.mail.bounce_words import DAEMON, LIST_SERVER, NO_PERSONS_SUBJECT, SAYS, SUBJECT
from backend.mail.delivery_report import MAX_RECIPIENTS, Reported, read_groups
from backend.mail.limits import Limits
from backend.mail.message import Bounce
from backend.mail.mime import Part
from backend.mail.provider_notice import read_notice
from backend.mail.returned_mail import RETURNED, Returned, report_alone, returned_mail
from backend.mail.structured import keyword

_STATUS_PARTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/xdelivery-status",
        "message/x-delivery-status",
    }
)
_NO_REPLY = re.compile(r"no-?_?reply|nao-?responda|donotreply|bounces?\b|notifi|system|admin", re.I)
_DSN_IN_TEXT = re.compile(r"^[ \t>]{0,8}(?:Final|Original)-Recipient[ \t]*:", re.I | re.M)
_DECORATION = " *[(<>\"'#!-"
_SEARCHED = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Report:
    """A mail that is a delivery report, with all that is known before its text is read."""

    parts: list[Part]
    headers: dict[str, list[str]]
    subject: str
    text: str
    author: str
    limits: Limits

    def first(self, name: str) -> str:
        """Return the first field of that name, "" when absent."""
        return self.headers.get(name, [""])[0].strip()

    def returned(self) -> Returned:
        """Find the mail that this one gives back."""
        return returned_mail(self.parts, self.text, self.limits)


def read_bounces(
    parts: list[Part],
    headers: dict[str, list[str]],
    *,
    author: str,
    subject: str,
    text: str,
    limits: Limits,
) -> tuple[Bounce, ...]:
    """Return what a mail reports about earlier mails, () when it is no report.

    `parts` are all parts of the mail, root first; `headers` as in ParsedMail; `author`
    is its From address, `text` its plain text. People write about failed deliveries too:
    the sender, the envelope or the form has to be a machine's, words alone never decide.
    Linear, and a few header look-ups for any other mail.
    """
    notice = read_notice(author, text)
    if notice is not None:
        return notice
    report = _Report(parts, headers, subject, text[:_SEARCHED], author, limits)
    if not _is_report(report):
        return ()
    returned = report.returned()
    groups = _groups(report)
    named = [one for one in groups if one.recipient]
    if named:
        alone = report_alone(report.text)
        said = recipients_of(alone, _others(report))
        shared = alone if len(named) == 1 else ""
        told = [_completed(x, shared, said.get(x.recipient, "")) for x in named]
    else:
        told = _from_text(report, returned, groups)
    original = returned.message_id
    found = [Bounce(one.recipient, one.status, one.action, original) for one in told]
    return tuple(dict.fromkeys(found))[:MAX_RECIPIENTS]


def _is_report(report: _Report) -> bool:
    sender = report.first("from")
    daemon = DAEMON.begin(report.author) or DAEMON.begin(sender.lstrip("<\" '"))
    null_path = report.first("return-path") in {"<>", "<MAILER-DAEMON>"}
    root = report.parts[0]
    declared = root.parameters.get("report-type", "").strip().lower() == "delivery-status"
    formal = declared or any(part.content_type in _STATUS_PARTS for part in report.parts)
    if not (daemon or null_path or formal or _is_automatic(report, sender)):
        return False
    announced = SUBJECT.begin(report.subject.lstrip(_DECORATION))
    if formal:
        return root.content_type == "multipart/report" or daemon or null_path or announced
    if daemon or null_path:
        if announced or "@" in report.first("x-failed-recipients"):
            return True
        says = SAYS.occur(report.text)
        return (says and daemon) or ((says or daemon) and _gives_back(report))
    if "x-mlserver" in report.headers and LIST_SERVER.begin(report.subject):
        return True
    return announced and SAYS.occur(report.text) and _gives_back(report)


def _is_automatic(report: _Report, sender: str) -> bool:
    """Say whether a mail may be a report although neither daemon nor null path sent it."""
    if "return-path" not in report.headers and NO_PERSONS_SUBJECT.begin(report.subject):
        return True  # nothing is known of the envelope: the form alone decides
    if keyword(report.first("auto-submitted")).startswith("auto-"):
        return True
    # a list server names itself in a field of its own
    if "x-mlserver" in report.headers:
        return True
    attached = any(part.content_type in RETURNED for part in report.parts[1:])
    return attached and _NO_REPLY.search(sender) is not None


def _gives_back(report: _Report) -> bool:
    """Say whether a mail returns another, as reports in any language do."""
    return report.returned().given_back


def _groups(report: _Report) -> list[Reported]:
    for part in report.parts:
        if part.content_type in _STATUS_PARTS:
            groups = read_groups(part.content(), report.limits)
            if groups:
                return groups
    match = _DSN_IN_TEXT.search(report.text)
    if match is None:
        return []
    # the part lost its label, or its boundary: its lines stand in the text
    begin = report.text.rfind("\n\n", 0, match.start()) + 1
    alone = report_alone(report.text[begin:])
    return [x for x in read_groups(alone.encode(), report.limits) if x.recipient]


def _completed(one: Reported, alone: str, said: str) -> Reported:
    """Fill in from the report for people what the fields of a group leave open."""
    status = one.status
    if not status or status.endswith((".0.0", ".4.7")):
        told = told_status(said) or told_status(alone)
        if one.action in {"failed", "delayed"} and told[:1] in {"", "4", "5"}:
            status = choose_status(status, told)
    status = status or _status(f"{one.words}\n{said}", one.action)
    return Reported(one.recipient, status, one.action, one.words)


def _from_text(report: _Report, returned: Returned, groups: list[Reported]) -> list[Reported]:
    """Make the best of a report written for people."""
    alone = report_alone(report.text)
    said = recipients_of(alone, _others(report))
    failed = [x.strip(" <>") for x in report.first("x-failed-recipients").split(",") if "@" in x]
    known = {address.lower(): words for address, words in said.items()}
    names = failed or list(said) or list(returned.recipients[:1]) or [""]
    found = []
    for name in names[:MAX_RECIPIENTS]:
        words = known.get(name.lower(), "")
        if len(names) == 1 or not words:
            # the whole report is about the one, or about each; its own lines first
            words = words if told_status(words) else f"{words}\n{alone}"
        told = groups[0].status if groups and groups[0].status else told_status(words)
        delayed = is_delayed(alone, told)
        action = "delayed" if delayed else "failed"
        if told.startswith("2"):
            action = "delivered"
        found.append(Reported(name, told or _status(words, action), action, words))
    return found


def _status(words: str, action: str) -> str:
    """Return a status for a report without any: RFC 3463 3.1, at least the class is known."""
    if action in {"delivered", "relayed", "expanded"}:
        return "2.0.0"
    default = "4" if action == "delayed" else "5"
    told = reply_class(words)
    return status_by_words(words, told if told in {"4", "5"} else default)


def _others(report: _Report) -> frozenset[str]:
    """Return who is named in a report without having failed: who sent, who reports."""
    field = report.first("to")[:2_000]
    found = {word.strip("<>,;\"'()").lower() for word in field.split() if "@" in word}
    return frozenset(found | {report.author.lower()})
