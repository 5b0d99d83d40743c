"""How mail systems begin the subject of an automatic answer, by language (B5)."""

import re
from functools import cache

# Exchange and Outlook put these in front of the subject they answer, with a colon.
_PREFIXES = (
    # en
    "automatic reply",
    "automatic response",
    "automated reply",
    "automated response",
    "auto-reply",
    "auto reply",
    "autoreply",
    "auto-response",
    "auto response",
    "autoresponse",
    "out of office",
    "out-of-office",
    "out of the office",
    "out of office autoreply",
    "out of office auto-reply",
    "out of office reply",
    "vacation reply",
    "away from office",
    # pt
    "resposta automática",
    "resposta automatica",
    "mensagem automática",
    "fora do escritório",
    "fora do escritorio",
    "ausência temporária",
    "ausência do escritório",
    "aviso de ausência",
    "notificação de ausência",
    # es
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "fuera de oficina",
    "ausencia de oficina",
    "ausente de la oficina",
    # ca, gl
    "resposta automàtica",
    # de
    "automatische antwort",
    "automatische rückantwort",
    "abwesenheitsnotiz",
    "abwesenheitsmeldung",
    "abwesenheitsnachricht",
    "abwesenheitsassistent",
    # fr
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "message d'absence",
    "notification d'absence",
    # it
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "assenza dall'ufficio",
    # nl
    "automatisch antwoord",
    "automatische reactie",
    "automatische beantwoording",
    "afwezigheidsbericht",
    "afwezigheidsmelding",
    "niet aanwezig",
    # sv
    "automatiskt svar",
    "autosvar",
    "frånvaromeddelande",
    # da, no
    "automatisk svar",
    "autosvar",
    "ikke til stede",
    "fraværsmelding",
    "fraværsbesked",
    # fi
    "automaattinen vastaus",
    "automaattivastaus",
    "poissaoloviesti",
    "poissaoloilmoitus",
    # pl
    "automatyczna odpowiedź",
    "odpowiedź automatyczna",
    "autoodpowiedź",
    "poza biurem",
    # cs, sk
    "automatická odpověď",
    "automatická odpoveď",
    "mimo kancelář",
    # ru, uk, bg
    "автоматический ответ",
    "автоответ",
    "автоматична відповідь",
    "автоматичен отговор",
    # ja
    "自動応答",
    "自動返信",
    "自動回答",
    "不在通知",
    # zh
    "自动答复",
    "自动回复",
    "自動回覆",
    "自動回復",
    "自動答覆",
    # ko
    "자동 회신",
    "자동회신",
    "자동 응답",
    "부재 중",
    # others that Outlook speaks
    "otomatik yanıt",
    "automatikus válasz",
    "αυτόματη απάντηση",
    "răspuns automat",
    "automatski odgovor",
    "samodejni odgovor",
    "automaatvastus",
    "automātiskā atbilde",
    "automatinis atsakymas",
    "trả lời tự động",
    "balasan otomatis",
    "מענה אוטומטי",
    "رد تلقائي",
)
_STARTS = frozenset({"aut", *(prefix[:3] for prefix in _PREFIXES)})
_COLON = r"\s{0,3}[:\uff1a]"  # the second is the wide one of East Asia


@cache
def _prefix() -> re.Pattern[str]:
    """Compile when first asked: few subjects need it, and starting stays quick."""
    words = "|".join(re.escape(x) for x in dict.fromkeys(_PREFIXES))
    return re.compile(f"(?:{words}){_COLON}", re.IGNORECASE)


# IBM Notes: "AUTO: Ana is out of the office (returning 03/03/2026)"
_NOTES = re.compile(
    r"AUTO\s?:.{0,120}(?:out\sof\s(?:the\s)?office|\((?:returning|retornando|volta|regresa|zurück|retour)"
    r"|fora\sdo\sescrit[óo]rio|ausente|abwesend|nicht\sim\sb[üu]ro|absent)",
    re.IGNORECASE,
)


def is_automatic_reply(subject: str) -> bool:
    """Say whether a decoded, one-line subject begins as an automatic answer's does."""
    # three letters rule out most subjects, "Re:" among them, without trying every prefix
    if subject[:3].lower() not in _STARTS:
        return False
    return bool(_prefix().match(subject) or _NOTES.match(subject))
