"""Reports of people's programs about mail they got: complaints (B9) and read receipts (B10)."""

import re

from backend.mail.delivery_report import address_of
from backend.mail.headers import HeaderBlock, header_text, read_block
from backend.mail.limits import Limits
from backend.mail.message import Complaint, Receipt
from backend.mail.mime import Part
from backend.mail.provider_notice import read_complaint_notice
from backend.mail.returned_mail import Returned, id_in, returned_mail
from backend.mail.structured import without_comments

_MAX_FIELDS = 128 * 1024
_FEEDBACK = "message/feedback-report"
_DISPOSITION = "message/disposition-notification"
# RFC 8098 3.2.6.2
_DISPOSITIONS = frozenset({"displayed", "deleted", "processed", "dispatched"})
# Microsoft's programme for senders (JMRP) sends no report part, only the mail in another
_JMRP = re.compile(r"\s*complaint about message from", re.IGNORECASE)
_JMRP_FIELD = "x-hmxmroriginalrecipient"
# how Outlook begins the subject of a receipt, for those whose fields are unreadable
_NOT_READ = re.compile(
    r"(?:not read|unread|n[ãa]o lida|no le[íi]do|ungelesen|nicht gelesen|non lu|da leggere"
    r"|niet gelezen|ol[äa]st|ul[æe]st|nieprzeczytane|nep[řr]e[čc]teno|не прочитано|未読|未读)\s*:",
    re.IGNORECASE,
)
_READ = re.compile(
    r"(?:read|lida|le[íi]d[oa]|gelesen|lu|letto|gelezen|l[äa]st|l[æe]st|luettu|przeczytane|p[řr]e[čc]teno"
    r"|прочитано|既読|開封済み|已读)\s*:",
    re.IGNORECASE,
)


def read_complaint(
    parts: list[Part], *, author: str, subject: str, text: str, limits: Limits
) -> Complaint | None:
    """Return what an abuse report says (RFC 5965), None when the mail is none.

    `parts` are all parts of the mail, root first; `author` its From address; `text` its
    plain text. A feedback type that is not told is "abuse". Reports about failed
    authentication (RFC 6591) come with the type "auth-failure": nobody complained.
    """
    part = _part_of(parts, _FEEDBACK, "feedback-report")
    if part is None:
        jmrp = _JMRP.match(subject) and len(parts) > 1
        return _jmrp(parts, limits) if jmrp else read_complaint_notice(author, text)
    fields = _fields(part, limits)
    feedback_type = without_comments(_first(fields, "feedback-type")).strip().lower() or "abuse"
    returned = returned_mail(parts, text, limits)
    told = [*fields.every("original-rcpt-to"), *fields.every("removal-recipient")]
    recipients = [address for value in told if (address := address_of(header_text(value)))]
    if not recipients and feedback_type != "auth-failure":
        recipients = list(returned.recipients)
    return _complaint(feedback_type[:60], recipients, returned)


def read_receipt(parts: list[Part], *, subject: str, text: str, limits: Limits) -> Receipt | None:
    """Return what a read receipt says (RFC 8098), None when the mail is none."""
    part = _part_of(parts, _DISPOSITION, "disposition-notification")
    if part is None:
        return None
    fields = _fields(part, limits)
    # "manual-action/MDN-sent-manually; displayed/error"
    said = without_comments(_first(fields, "disposition")).rpartition(";")[2]
    disposition = said.partition("/")[0].strip().lower()
    if disposition not in _DISPOSITIONS:
        disposition = _by_subject(subject)
    recipient = address_of(_first(fields, "final-recipient"))
    recipient = recipient or address_of(_first(fields, "original-recipient"))
    original = id_in(_first(fields, "original-message-id"))
    return Receipt(
        disposition, recipient, original or returned_mail(parts, text, limits).message_id
    )


def _part_of(parts: list[Part], content_type: str, report_type: str) -> Part | None:
    """Return the machine-readable part, or the root of a report that lacks it."""
    root = parts[0]
    if len(parts) == 1 and root.content_type != content_type:
        return None
    for part in parts:
        if part.content_type == content_type:
            return part
    told = root.parameters.get("report-type", "").strip().lower()
    return root if root.content_type == "multipart/report" and told == report_type else None


def _fields(part: Part, limits: Limits) -> HeaderBlock:
    if part.children:
        return HeaderBlock()
    content = part.content()
    return read_block(content, 0, min(len(content), _MAX_FIELDS), limits, top=True)


def _first(fields: HeaderBlock, name: str) -> str:
    value = fields.first(name)
    return header_text(value) if value is not None else ""


def _jmrp(parts: list[Part], limits: Limits) -> Complaint | None:
    for part in parts[1:]:
        if part.content_type == "message/rfc822" and _fields(part, limits).first(_JMRP_FIELD):
            returned = returned_mail(parts, "", limits)
            return _complaint("abuse", list(returned.recipients), returned)
    return None


def _complaint(feedback_type: str, recipients: list[str], returned: Returned) -> Complaint:
    # who complains is often hidden: "redacted@example.net"
    named = [x for x in recipients if "redacted" not in x.lower()]
    return Complaint(feedback_type, named[0] if named else "", returned.message_id)


def _by_subject(subject: str) -> str:
    if _NOT_READ.match(subject):
        return "deleted"
    return "displayed" if _READ.match(subject) else ""
