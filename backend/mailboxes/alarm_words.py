"""What the mail about alarms says, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from backend.core.language import Language
from backend.mailboxes.models import Alarm

_MOST_LINES = 60
_STORM = 3

_KINDS: dict[Language, dict[str, str]] = {
    "pt-BR": {
        Alarm.Kind.MAILBOX_FAILING: "não foi possível ler a caixa em três tentativas seguidas",
        Alarm.Kind.MAILBOX_SILENT: "ninguém olha esta caixa há mais de três verificações",
        Alarm.Kind.UNFETCHED_OLD: "há e-mail no servidor sem ser buscado há mais de 5 minutos",
        Alarm.Kind.UNDECIDED_OLD: "há e-mail recebido há mais de 10 minutos que não virou chamado",
        Alarm.Kind.OUTBOX_OLD: "há e-mail esperando para sair há mais de 10 minutos",
        Alarm.Kind.QUARANTINE: "há e-mail em quarentena, que ninguém conseguiu entender",
        Alarm.Kind.SIGN_IN_REVOKED: "o provedor retirou a autorização: conecte a caixa de novo",
    },
    "en": {
        Alarm.Kind.MAILBOX_FAILING: "the mailbox could not be read three times in a row",
        Alarm.Kind.MAILBOX_SILENT: "nobody has looked at this mailbox for three checks",
        Alarm.Kind.UNFETCHED_OLD: "mail has been left on the server for more than 5 minutes",
        Alarm.Kind.UNDECIDED_OLD: "mail was fetched more than 10 minutes ago and is no ticket yet",
        Alarm.Kind.OUTBOX_OLD: "mail has been waiting to leave for more than 10 minutes",
        Alarm.Kind.QUARANTINE: "there is mail in quarantine, which could not be understood",
        Alarm.Kind.SIGN_IN_REVOKED: "the provider took the consent back: connect it again",
    },
}
_WORDS: dict[Language, dict[str, str]] = {
    "pt-BR": {
        "one": "E-mail parado: {mailbox}",
        "many": "E-mail parado: {count} alarmes em {mailboxes} caixas",
        "over": "E-mail normalizado: {mailbox}",
        "over_many": "E-mail normalizado: {count} alarmes",
        "hello": "Olá, {name}.",
        "new_part": "Precisa de atenção:",
        "over_part": "Já está resolvido:",
        "storm": "{count} caixas têm o mesmo problema ao mesmo tempo. A causa provavelmente está "
        "do nosso lado: a rede, a resolução de nomes ou o monitor.",
        "more": "... e mais {count}",
        "said": "o servidor disse: {words}",
        "link": "Situação do sistema: {link}",
    },
    "en": {
        "one": "Mail is stuck: {mailbox}",
        "many": "Mail is stuck: {count} alarms in {mailboxes} mailboxes",
        "over": "Mail flows again: {mailbox}",
        "over_many": "Mail flows again: {count} alarms are over",
        "hello": "Hello {name},",
        "new_part": "This needs somebody:",
        "over_part": "This is over:",
        "storm": "{count} mailboxes have the same trouble at the same time. The cause is probably "
        "on our side: the network, name resolution or the monitor.",
        "more": "... and {count} more",
        "said": "the server said: {words}",
        "link": "System status: {link}",
    },
}


def subject(new: Sequence[Alarm], over: Sequence[Alarm], *, language: Language) -> str:
    """One line that says how much is wrong, or that nothing is any more."""
    words = _WORDS[language]
    told, key = (new, "one") if new else (over, "over")
    mailboxes = {one.mailbox_id for one in told}
    if len(told) == 1:
        return words[key].format(mailbox=_name(told[0]))
    many = words["many" if new else "over_many"]
    return many.format(count=len(told), mailboxes=len(mailboxes))


def text(
    new: Sequence[Alarm], over: Sequence[Alarm], *, name: str, link: str, language: Language
) -> str:
    """The mail's text: what is wrong, what is over, where to look."""
    words = _WORDS[language]
    parts = [words["hello"].format(name=name)]
    for title, alarms in (("new_part", new), ("over_part", over)):
        if alarms:
            parts.append("\n".join([words[title], *_lines(alarms, language=language)]))
    storm = max((_alike(new, kind) for kind in Alarm.Kind), default=0)
    if storm >= _STORM:
        parts.append(words["storm"].format(count=storm))
    parts.append(words["link"].format(link=link))
    return "\n\n".join(parts) + "\n"


def _alike(alarms: Sequence[Alarm], kind: str) -> int:
    return sum(one.kind == kind for one in alarms)


def _lines(alarms: Sequence[Alarm], *, language: Language) -> list[str]:
    lines = []
    for alarm in alarms[:_MOST_LINES]:
        lines.append(f"- {_name(alarm)}: {_KINDS[language][alarm.kind]}")
        failing = alarm.kind == Alarm.Kind.MAILBOX_FAILING and alarm.over_at is None
        if failing and alarm.mailbox is not None and alarm.mailbox.last_error:
            said = " ".join(alarm.mailbox.last_error.split())[:200]
            lines.append("  " + _WORDS[language]["said"].format(words=said))
    if len(alarms) > _MOST_LINES:
        lines.append(_WORDS[language]["more"].format(count=len(alarms) - _MOST_LINES))
    return lines


def _name(alarm: Alarm) -> str:
    return alarm.mailbox.address if alarm.mailbox else ""
