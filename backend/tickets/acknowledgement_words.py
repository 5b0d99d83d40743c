"""The words of an acknowledgement: a mailbox's own, or the ones the desk comes with."""

from __future__ import annotations

from backend.core.language import Language
from backend.mailboxes.models import Mailbox

_BUILT_IN: dict[tuple[Language, bool], str] = {
    ("pt-BR", True): (
        "Olá!\n\n"
        "Recebemos sua mensagem “{subject}” e abrimos o chamado {ticket}.\n"
        "Nossa equipe vai responder por aqui assim que possível.\n\n"
        "Se quiser acrescentar algo, basta responder a este e-mail.\n\n"
        "Esta é uma resposta automática."
    ),
    ("pt-BR", False): (
        "Olá!\n\n"
        "Recebemos sua mensagem “{subject}” e abrimos o chamado {ticket}.\n"
        "Estamos fora do horário de atendimento; vamos responder quando a equipe voltar.\n\n"
        "Se quiser acrescentar algo, basta responder a este e-mail.\n\n"
        "Esta é uma resposta automática."
    ),
    ("en", True): (
        "Hello,\n\n"
        "We have received your message “{subject}” and opened ticket {ticket}.\n"
        "Our team will answer here as soon as possible.\n\n"
        "To add something, just reply to this e-mail.\n\n"
        "This is an automatic answer."
    ),
    ("en", False): (
        "Hello,\n\n"
        "We have received your message “{subject}” and opened ticket {ticket}.\n"
        "We are outside our business hours and will answer when the team is back.\n\n"
        "To add something, just reply to this e-mail.\n\n"
        "This is an automatic answer."
    ),
}


def words_of(mailbox: Mailbox, *, language: Language, there: bool) -> str:
    """The text with its variables, in the language; `there`: somebody works now."""
    suffix = "pt" if language == "pt-BR" else "en"
    own = getattr(mailbox, f"{'acknowledgement' if there else 'out_of_hours'}_{suffix}")
    return own.strip() or _BUILT_IN[language, there]
