"""Everything a mail says that a machine wrote: which kind it is, and what it reports (B1-B11)."""

from dataclasses import dataclass

from backend.mail import auto, bounce, report
from backend.mail.limits import Limits
from backend.mail.message import Auto, Bounce, Complaint, Receipt
from backend.mail.mime import Part

# parts that only reports have, and mails given back
_REPORTING = frozenset(
    {
        "multipart/report",
        "message/feedback-report",
        "message/disposition-notification",
        "message/rfc822",
    }
)


@dataclass(frozen=True, slots=True)
class Machine:
    """auto: person or machine. At most one of the others is set; each as in ParsedMail."""

    auto: Auto
    bounces: tuple[Bounce, ...]
    complaint: Complaint | None
    receipt: Receipt | None


def read_machine(
    parts: list[Part],
    headers: dict[str, list[str]],
    *,
    author: str,
    subject: str,
    text: str,
    limits: Limits,
) -> Machine:
    """Return who wrote a mail and, when it is a report, what about.

    `parts` are all parts, root first; `headers`, `subject` and `text` as in ParsedMail;
    `author` is the From address. Reports come before what headers declare (B6).
    """
    complaint: Complaint | None = None
    receipt: Receipt | None = None
    bounces: tuple[Bounce, ...] = ()
    report_type = ""
    if text.startswith("{") or any(part.content_type in _REPORTING for part in parts):
        complaint = report.read_complaint(
            parts, author=author, subject=subject, text=text, limits=limits
        )
        if complaint is None:
            receipt = report.read_receipt(parts, subject=subject, text=text, limits=limits)
    if complaint is not None:
        report_type = "feedback-report"
    elif receipt is not None:
        report_type = "disposition-notification"
    else:
        bounces = bounce.read_bounces(
            parts, headers, author=author, subject=subject, text=text, limits=limits
        )
    kind = auto.classify(headers, subject, report_type, bounces)
    return Machine(kind, bounces, complaint, receipt)
