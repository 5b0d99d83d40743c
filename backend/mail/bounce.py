"""Reports of mail servers about mail sent earlier: is it one, and what does it say (B6, B7)?

A machine-readable part is read first (RFC 3464), then X-Failed-Recipients, then the
words that some seventy mail systems use; provider notices in JSON are read elsewhere.
"""

import re
from dataclasses import dataclass

from backend.mail.bounce_text import is_delayed, recipients_of
from backend.mail.bounce_words import reply_class, status_by_words, told_status
from backend.mail.delivery_report import MAX_RECIPIENTS, Reported, choose_status, read_groups
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
_DAEMON = re.compile(
    r"mailer-?daemon|postmaster\b|mail-?daemon|mdaemon\b|microsoftexchange[0-9a-f]{10,}@"
    r"|mail(?:er)?\sdeliver[ey]?(?:y|ing)?\s?(?:sub)?\s?(?:system|service|agent)|mail\s?deliver\ssystem"
    r"|mail\s(?:administrator|system)\b|internet\smail\sdelivery|mmsc\sndr|mail\s?er\sdaemon"
    r"|(?:sistema|subsistema|servi[çc]o)\sde\sentrega",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(r"no-?_?reply|nao-?responda|donotreply|bounces?\b|notifi|system|admin", re.I)
# what a subject begins with when a mail system tells of a delivery
_SUBJECT = re.compile(
    r"""(?:
     undeliver(?:able|ed)|undelivered\smail|non-?deliver|delivery\s?(?:status|failure|report|has\sfailed|failed
      |error|notification|problem|delayed|incomplete|unsuccessful|final\sfailure|attempts?)
    |fail(?:ure|ed)\s(?:notice|delivery|to\sdeliver|mail)|returned\s(?:mail|to\ssender|message|e-?mail|undeliver|post\b)
    |mail\s(?:delivery|failed|failure|system\serror|could\snot|not\sdelivered|error|returned|undeliver)
    |message\s(?:status|delivery|undeliver|delayed|not\sdelivered|could\snot|you\ssent\sblocked)
    |(?:warning:\s)?(?:could\snot\ssend|message\s.{0,80}\sdelayed)|there\swas\san\serror\ssending
    |(?:permanent|temporary)\s(?:delivery|failure)|postmaster\snotify|rejected\smail|error\ssending
    |your\s(?:message|e-?mail)\s(?:could\snot|was\snot|wasn't|couldn't|has\snot|has\sbeen\s(?:delayed|rejected|returned))
    |bounce[sd]?\b|automatically\srejected\smail|not\sdelivered|unable\sto\sdeliver|dsn\b|ndr\b|nondeliverable
    |mensagem\s(?:de\se-?mail\s)?(?:n[ãa]o\s(?:foi\s)?(?:entregue|enviada|p[ôo]de)|devolvida|rejeitada)|e-?mail\s(?:n[ãa]o\sentregue|devolvido)
    |n[ãa]o\s(?:foi\s)?(?:entregue|entreg[áa]vel)|n[ãa]o\s(?:[ée]|foi)\sposs[íi]vel\sentregar|falha\s(?:na|de|no|ao)\s(?:entrega|envi|retorn)
    |erro\s(?:na|de|no|ao)\s(?:entrega|envi)|entrega\s(?:n[ãa]o|com\sfalha|falhou|atrasada|adiada)|devolvid[ao]|retorno\sde\se-?mail
    |notifica[çc][ãa]o\sd[eo]\s(?:status|estado|falha)|aviso\sde\s(?:falha|n[ãa]o\sentrega)|endere[çc]o\sn[ãa]o\sencontrado
    |no\sse\s(?:puede|pudo|ha\spodido|ha\sentregado)|no\sentregad|mensaje\s(?:no|devuelto)|correo\s(?:no|devuelto)|devuelto|error\s(?:de|en\sla|al)\s(?:entrega|env)
    |notificaci[óo]n\sd[eo]\s(?:estado|entrega)|fallo\s(?:de|en)|entrega\s(?:fallida|retrasada|err[óo]nea)
    |(?:nicht\s|un)zustellbar|zustell(?:ung|fehler|status|bericht)|benachrichtigung\s(?:zum|[üu]ber)|unzugestellt|r[üu]ckl[äa]ufer|mail\s?zustellung
    |non\s(?:remis|remise|distribu|d[ée]livr)|[ée]chec\s(?:de|d')|remise\s|notification\sd'[ée]tat|rapport\sde\s(?:non|remise)|message\snon\s(?:remis|distribu)|retour\sde\smail
    |non\s(?:recapit|consegn)|mancat[ao]\s(?:recapito|consegna)|impossibile\s(?:recapit|consegn)|notifica\sdello\sstato|recapito\snon|errore\s(?:di|nella)\s
    |niet\s(?:te\s)?bezorg|onbestelbaar|bezorging|aflevering|kan\s(?:inte|ikke|niet)\slever|olevererbart|ej\slevererat|ikke\slever|levering|toimitt|ei\svoi(?:da|tu)?\stoimitt
    |niedostarcz|nie\smo[żz]na\sdostarczy|zwrot|nedoru[čc]iteln|недостав|не\s(?:удалось|доставлен)|невозможно\sдоставить|ваше\sсообщение\sне
    |(?:配信|配送|送信|メール).{0,12}(?:不能|不可|失敗|できません|エラー|遅延|戻り)|未配信|エラー通知|(?:无法|未能?)(?:投递|送达|传递)|(?:系统|系統|邮件)?退信|未傳遞|傳遞失敗|投递失败
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# what such reports say; each begins with a letter that a scan finds fast
_SAYS = re.compile(
    r"""user\s?unknown|unknown\s(?:user|host|recipient)|no\ssuch\suser|mailbox\s(?:is\s)?(?:full|unavailable)|mailbox\sexceeds
    |(?:could|can)\s?n[o']t\sbe\s(?:delivered|reached|sent)|cannot\sbe\sdelivered|(?:was|were|is|not)n?'?t?\s(?:yet\s)?(?:been\s)?delivered|undeliver|non-?deliver|permanent\s(?:fatal\s)?(?:error|failure)
    |deliver(?:y|ing)?\s(?:to|failed|failure|problem|error|status|has\s|temporarily|attempt)|(?:un)?able\sto\sdeliver|host\s(?:unknown|not\sfound)
    |address(?:es)?\s(?:had|failed|rejected|not\sfound|has\sbeen\signored)|over\squota|returned\s(?:to|mail|message)|transaction\sfailed|transcript\sof\ssession
    |relay(?:ing)?\sdenied|failure\sreasons?|message\sfrom\s|message\slog\sfollows|rejected|incorrectly\sconstructed|did\snot\sreach|not\sbeen\sdelivered|mail\s(?:failure|delivery)|delayed
    |smtp\s(?:error|server)|error\ssending|trouble\sdelivering|failed\s(?:to\sdeliver|recipient|address)|no\svalid\srecipients|\bRCPT\sTO
    |n[ãa]o\s(?:p[ôo]de|foi\sposs[íi]vel|foi|[ée]).{0,40}\s(?:entreg|envi)|caixa\s(?:postal\s)?cheia|falh(?:a|ou)|devolvid|usu[áa]rio\s(?:desconhecido|inexistente)|destinat[áa]rio
    |no\s(?:se\s)?(?:pudo|puede|ha\spodido|ha\ssido).{0,40}entreg|zugestellt|zustell|remis|distribu|recapit|consegna|bezorg|levere|toimit|dostarcz|doru[čc]|достав|配信|配送|送信できま|送达|投递|退信|群組|群组|グループ""",
    re.IGNORECASE | re.VERBOSE,
)
# list servers report from the list's own address
_LIST_SERVER = re.compile(
    r"(?:fml\s|loop\salert|duplicated\smessage-id|not\smember|rejected|reject\smail|spam\smail|security\salert|ignored\s)",
    re.IGNORECASE,
)
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
    daemon = bool(_DAEMON.match(report.author) or _DAEMON.match(sender.lstrip("<\" '")))
    null_path = report.first("return-path") in {"<>", "<MAILER-DAEMON>"}
    formal = any(part.content_type in _STATUS_PARTS for part in report.parts[1:])
    if not (daemon or null_path or formal or _is_automatic(report, sender)):
        return False
    announced = _SUBJECT.match(report.subject.lstrip(_DECORATION)) is not None
    if formal:
        reports = report.parts[0].content_type == "multipart/report"
        return reports or daemon or null_path or announced
    if daemon or null_path:
        if announced or "@" in report.first("x-failed-recipients"):
            return True
        says = _SAYS.search(report.text) is not None
        return (says and daemon) or ((says or daemon) and _gives_back(report))
    if "x-mlserver" in report.headers and _LIST_SERVER.match(report.subject):
        return True
    return announced and _SAYS.search(report.text) is not None and _gives_back(report)


def _is_automatic(report: _Report, sender: str) -> bool:
    """Say whether a mail may be a report although neither daemon nor null path sent it."""
    if keyword(report.first("auto-submitted")).startswith("auto-"):
        return True
    # a list server names itself in a field of its own
    if "x-mlserver" in report.headers:
        return True
    attached = any(part.content_type in RETURNED for part in report.parts[1:])
    return attached and _NO_REPLY.search(sender) is not None


def _gives_back(report: _Report) -> bool:
    """Say whether a mail returns another or its id, as reports in any language do."""
    returned = report.returned()
    return returned.attached or returned.message_id is not None


def _groups(report: _Report) -> list[Reported]:
    for part in report.parts[1:]:
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
