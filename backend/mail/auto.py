"""Whether a machine wrote the mail, and of which kind (B1-B5, B9-B11)."""

import re

from backend.mail.message import Auto, AutoKind, Bounce

_COMMENT = re.compile(r"\([^()]*\)")
_REPLY_SUBJECT = re.compile(
    r"""(?:Resposta\sautom[áa]tica|Automatic\sreply|Auto(?:matic)?[-\s]?reply
    |Respuesta\sautom[áa]tica|Automatische\s(?:Antwort|Reactie)|R[ée]ponse\sautomatique
    |Risposta\sautomatica|Out\sof\s(?:the\s)?office(?:\sauto-?reply)?|Fora\sdo\sescrit[óo]rio
    |Abwesenheitsnotiz|Ausencia\sde\soficina)\s*:""",
    re.IGNORECASE | re.VERBOSE,
)
_AUTO_REPLY_FIELDS = ("x-autoreply", "x-autorespond", "x-auto-reply-from")
_BULK = frozenset({"bulk", "junk", "list"})
_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe")


def classify(
    headers: dict[str, list[str]], subject: str, report_type: str, bounces: tuple[Bounce, ...]
) -> Auto:
    """Return who wrote the mail: a person ("none") or a machine of some kind.

    `headers` as in ParsedMail, `report_type` the lower-case type of a
    multipart/report, "" for other mails. Bounces are tested first, since some call
    themselves answers (B6).
    """
    for kind, reason in (
        _report(report_type, bounces),
        _declared(headers),
        _auto_reply_fields(headers),
        _precedence(headers),
        _by_subject(subject),
        _list(headers),
    ):
        if kind != "none":
            return Auto(kind, reason)
    return Auto("none", "")


def _report(report_type: str, bounces: tuple[Bounce, ...]) -> tuple[AutoKind, str]:
    if report_type == "feedback-report":
        return "complaint", "multipart/report feedback-report"  # RFC 5965, B9
    if report_type == "disposition-notification":
        return "read_receipt", "multipart/report disposition-notification"  # RFC 8098, B10
    if bounces:
        return "bounce", "delivery status report"
    return "none", ""


def _keyword(value: str) -> str:
    """Return the first word of a structured value, without comments and parameters."""
    return _COMMENT.sub(" ", value).partition(";")[0].strip().lower()


def _declared(headers: dict[str, list[str]]) -> tuple[AutoKind, str]:
    for value in headers.get("auto-submitted", []):
        word = _keyword(value)
        if word == "auto-replied":
            return "auto_reply", f"Auto-Submitted: {word}"
        # RFC 5436 2.7.1 and RFC 3834 5: any other auto-* is generated, except a forward
        if word.startswith("auto-") and word != "auto-forwarded":
            return "auto_generated", f"Auto-Submitted: {word}"
    return "none", ""


def _auto_reply_fields(headers: dict[str, list[str]]) -> tuple[AutoKind, str]:
    for name in _AUTO_REPLY_FIELDS:
        for value in headers.get(name, []):
            if _keyword(value) != "no":
                return "auto_reply", name
    if any(_keyword(x) in {"auto_reply", "auto-reply"} for x in headers.get("precedence", [])):
        return "auto_reply", "Precedence: auto_reply"
    return "none", ""


def _precedence(headers: dict[str, list[str]]) -> tuple[AutoKind, str]:
    for value in headers.get("precedence", []):
        word = _keyword(value)
        if word in _BULK:
            listed = word == "list" or any(name in headers for name in _LIST_FIELDS)
            return ("list" if listed else "auto_generated"), f"Precedence: {word}"
    return "none", ""


def _by_subject(subject: str) -> tuple[AutoKind, str]:
    # B5: only at the very start, so that "Re: Automatic reply: x" stays a person's mail
    if _REPLY_SUBJECT.match(subject):
        return "auto_reply", "subject"
    return "none", ""


def _list(headers: dict[str, list[str]]) -> tuple[AutoKind, str]:
    for name in _LIST_FIELDS:
        if name in headers:
            return "list", name
    return "none", ""
