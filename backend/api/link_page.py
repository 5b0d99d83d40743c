"""What a customer's browser shows when a link to a file leads nowhere: a page, not JSON.

It is opened by people who know nothing of the desk. Plain words without script or style, under
the same policy as the files themselves.
"""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header

from backend.api.downloads import sandboxed
from backend.api.problems import CONTENT_TYPE

_Language = Literal["pt-BR", "en"]
_WORDS: dict[_Language, dict[str, tuple[str, str]]] = {
    "pt-BR": {
        "ended": (
            "Este link expirou",
            "O arquivo não está mais disponível aqui. "
            "Responda ao e-mail em que você o recebeu e peça um novo link.",
        ),
        "later": (
            "O arquivo não pode ser aberto agora",
            "Tente de novo daqui a alguns minutos.",
        ),
        "unknown": (
            "Este link não leva a nenhum arquivo",
            "Copie o endereço inteiro do e-mail em que você o recebeu, até o último caractere.",
        ),
    },
    "en": {
        "ended": (
            "This link has ended",
            "The file is no longer available here. "
            "Answer the e-mail you got it with and ask for a new link.",
        ),
        "later": ("The file can't be opened now", "Please try again in a few minutes."),
        "unknown": (
            "This link leads to no file",
            "Copy the whole address out of the e-mail you got it with, to its last character.",
        ),
    },
}
_PAGE = (
    '<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n</head>\n'
    "<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
)


def prefers_page(request: HttpRequest) -> bool:
    """True for a browser that a person looks at; programs get the problem (RFC 9457)."""
    kinds = [CONTENT_TYPE, "application/json", "text/html"]
    return request.get_preferred_type(kinds) == "text/html"


def page(request: HttpRequest, status: int) -> HttpResponse:
    """The page for a failed answer with this status, in the browser's language."""
    kind = "ended" if status == 410 else "later" if status in {429, 503} else "unknown"
    language = _language(request)
    title, text = _WORDS[language][kind]
    content = _PAGE.format(language=language, title=title, text=text).encode()
    response = sandboxed(content, "text/html; charset=utf-8")
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _language(request: HttpRequest) -> _Language:
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500])
    for one in [*(language for language, _ in wanted), settings.LANGUAGE_CODE.lower()]:
        if one.startswith("pt"):
            return "pt-BR"
        if one.startswith("en"):
            return "en"
    return "en"
