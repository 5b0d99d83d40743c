"""What a parsed mail looks like: frozen values, safe for PostgreSQL and JSON.

Every string here is free of NUL and of lone surrogates (C8). Message ids are
stored without angle brackets. Nothing in this module reads bytes or decides.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Cryptography = Literal["", "pgp", "smime"]
AutoKind = Literal[
    "none",
    "auto_reply",
    "auto_generated",
    "bounce",
    "list",
    "read_receipt",
    "complaint",
    "loop",
]


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header.

    name: display name, decoded, "" when there is none.
    address: addr-spec as written, domain in lower case, "" when unusable.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a mail.

    filename: cleaned name, safe to offer for saving, never empty (A3, A4).
    original_name: the name as the sender wrote it, decoded, "" when there was none.
    content_type: lower case "type/subtype" as labelled by the sender.
    size: length of `content` in bytes.
    sha256: hex digest of `content`, the bytes after transfer decoding (A1).
    inline: shown inside the HTML by its content_id (A6).
    content_id: without angle brackets, None when there is none.
    content: the decoded bytes.
    disguised: the bytes are of another kind than name and type say (A12).
    """

    filename: str
    original_name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    content: bytes
    disguised: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of a mail too large to fetch; it stayed on the mail server (A11).

    filename: safe to show, "" when it has none. size: bytes as transferred.
    """

    filename: str
    size: int


@dataclass(frozen=True, slots=True)
class Auto:
    """Whether a machine wrote the mail.

    kind: "none" for a person; see MAIL.md 1.7 for the others.
    reason: the header or text that decided, "" for kind "none".
    """

    kind: AutoKind
    reason: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery status report about a mail sent earlier (RFC 3464).

    recipient: address that failed, "" when the report does not say.
    status: enhanced status code such as "5.1.1" (RFC 3463), 5.0.0, 4.0.0 or 2.0.0 by the
        action when the report says no more.
    action: "failed", "delayed", "delivered", "relayed" or "expanded".
    original_message_id: id of the mail reported about, None when not included.
    """

    recipient: str
    status: str
    action: str
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a read receipt says about a mail sent earlier (RFC 8098, B10).

    disposition: "displayed", "deleted", "processed", "dispatched" or "" when unreadable.
    recipient: who read or deleted it, "" when not told.
    original_message_id: id of the mail, None when not told.
    """

    disposition: str
    recipient: str
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called a mail of ours spam (ARF, RFC 5965, B9).

    feedback_type: "abuse", "fraud", "not-spam", "other" ... in lower case.
    recipient: who complained, "" when the report hides it.
    original_message_id: id of the mail, None when not included.
    """

    feedback_type: str
    recipient: str
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Invite:
    """The meeting of a text/calendar part (RFC 5545, RFC 5546, M24).

    method: "REQUEST", "CANCEL", "REPLY", "PUBLISH" ..., "" when not told.
    start, end: in UTC, None when unreadable; of a whole-day event midnight UTC of the days.
    floating: start and end are wall-clock times of an unknown time zone.
    """

    method: str
    uid: str
    summary: str
    location: str
    start: datetime | None
    end: datetime | None
    all_day: bool
    floating: bool
    organizer: Address | None
    attendees: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The header block and text of a mail forwarded inside the body (T12).

    date: as written in the block, not interpreted.
    """

    from_: Address | None
    to: tuple[Address, ...]
    subject: str
    date: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """Everything the desk needs to know about one mail.

    message_id: as it stands (M7), or derived from the bytes (M8).
    message_id_generated: True when the mail carried none.
    in_reply_to: ids of In-Reply-To, in order.
    references: ids of References, oldest first.
    subject: decoded, one line, "" when absent.
    from_: first author; None when From and its stand-ins are unusable (M10).
    sender, reply_to, to, cc: addresses in order of appearance.
    date: the Date header in UTC; None when absent or unreadable (M9).
    text: plain text with "\\n" line ends, none at the end; made from the HTML when
        there is no plain part.
    html: sanitised HTML, None when the mail has none. Remote images carry their
        address in `data-remote-src`, never in `src` (H4).
    reply_text: new content only, never empty when `text` is not (Q1).
    signature_stripped: True when reply_text lacks a signature that text has.
    attachments: in order of appearance.
    auto: person or machine.
    bounce: first recipient of a delivery report, None for any other mail.
    bounces: every reported recipient.
    forwarded: the forwarded mail, None when the body holds none.
    headers: lower-case field name to decoded values, in order of appearance.
    errors: codes of what was wrong with the mail or was cut by a limit.
    charset: charset of the text as decoded, "" when there is no text.
    return_path: envelope sender, "" for the null path, None when not recorded.
    receipt: what a read receipt says. complaint: what an abuse report says.
    invite: the meeting the mail invites to.
    signed: how the mail is signed; the signature itself is not checked (M25).
    encrypted: how the mail is encrypted; its text can't be read then (M26).
    left_out: files that stayed on the mail server, since the mail is too large (A11).
    """

    message_id: str
    message_id_generated: bool
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    from_: Address | None
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    text: str
    html: str | None
    reply_text: str
    attachments: tuple[Attachment, ...]
    auto: Auto
    bounce: Bounce | None
    headers: dict[str, list[str]]
    errors: tuple[str, ...]
    charset: str
    return_path: str | None
    signature_stripped: bool = False
    bounces: tuple[Bounce, ...] = ()
    forwarded: Forwarded | None = None
    receipt: Receipt | None = None
    complaint: Complaint | None = None
    invite: Invite | None = None
    signed: Cryptography = ""
    encrypted: Cryptography = ""
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Peek:
    """The few header fields a list of raw mails shows before parsing.

    Each is "" when absent; message_id is without brackets.
    """

    from_address: str
    subject: str
    message_id: str
