"""How mailers introduce a quoted or forwarded mail, by language (Q3, MAIL.md 1.6).

Each pattern is matched against one line of bounded length and none nests repetition,
so none of them can be slow (Q7). Everything here is data, but for reading a label.
"""

import re

# the verb of an attribution line: "On ..., Ana wrote:"
_VERB_WORDS = """
    wrote writes escreveu escribió escribio schrieb geschrieben écrit ecrit scritto schreef
    geschreven napisał napisała pisze skrev skreiv kirjoitti napsal napsala napísal napísala
    пишет писал писала написал написала написав написала пише yazdı írta scris escriure έγραψε viết
    menulis napisao napisala kirjutas rašė rakstīja написа quoting citando zitat
"""
_VERBS = frozenset(_VERB_WORDS.split())
_VERBS_WITHOUT_BLANKS = (
    "写道",
    "寫道",
    "写到",
    "のメール",
    "書きました",
    "が書き",
    "작성",
    "썼습니다",
    "כתב",
    "كتب",
)
# of webmail that says "On ..., ana@customer.example sent:"; taken only with an address
_SENT = frozenset(("sent", "enviou", "disse", "said", "inviato"))
_WORD = re.compile(r"[^\W\d_]+")
# how such a line begins; rules before it are Yahoo's and Zoho's
STARTER = re.compile(
    r"""[ \t\xa0\u200b-\u200f\ufeff\-–—*]*(?:On|Em|No\sdia|El|Le|Am|Il(?:\sgiorno)?|Op|Den|Dne
    |Dňa|W\sdniu|Dnia|På|Pe|At|Vào|Dana|Kl|Ngày|Quoting|Citando|Zitat\svon)[\s,]""",
    re.IGNORECASE | re.VERBOSE,
)
# the same inside a line: somebody answered on the line of the attribution
INLINE_STARTER = re.compile(
    r"""[ \t](?:-{2,}\s*)?(?=(?:On|Em|El|Le|Am|Il\sgiorno|Op|Den)\s
    (?:\d|(?:[^\W\d]{2,13}[.,]{0,2}\s){1,2}(?:de\s)?\d))""",
    re.VERBOSE,
)
# a date as only machines write it: with a year, or numeric, or a time of day
DATE = re.compile(r"(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}[:.h]\d\d(?!\d)")
# a line that begins with a date, a weekday perhaps before it
LEADING_DATE = re.compile(
    r"""[ \t\xa0\-–—*]*(?:[^\W\d]{2,13}\.?,?\s){0,2}(?:19|20)?\d{1,2}(?:[./\-年년:\s,]|\Z)""",
    re.VERBOSE,
)
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]@[^\s<>()\[\]\"',;:@]")
# "... <ana@customer.example>:" - no verb needed when a date begins the line
ADDRESS_LAST = re.compile(
    r"[<(\[][^<>()\[\]@]{0,200}@[^<>()\[\]@]{1,200}[>)\]]{1,2}[,\s]*[:：]?\s*\Z"
)
# the last line of an attribution whose "<address>" was broken before the bracket
BROKEN_BRACKET = re.compile(r"\s*>,?\s*(?:\w{1,15}\s){0,2}\w{2,15}\s*[:：]\s*\Z")
MAX_ATTRIBUTION_LINES = 5
MAX_ATTRIBUTION = 600


def has_verb(text: str, *, address: bool) -> bool:
    """Say whether a text holds the verb of an attribution, in any language."""
    words = _WORD.findall(text.lower())
    if not _VERBS.isdisjoint(words) or (address and not _SENT.isdisjoint(words)):
        return True
    return not text.isascii() and any(verb in text for verb in _VERBS_WITHOUT_BLANKS)


# labels of an unquoted header block, by meaning, in lower case
_LABELS = {
    "from": """
        from|de|de la|von|da|van|od|från|fra|lähettäjä|от|от кого|від
        发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|보낸이
        kimden|gönderen|feladó|từ|remetente|expéditeur|absender|mittente|remitente""",
    "date": """
        sent|date|data|enviado em|enviada em|enviado el|enviada el|enviado|enviados|enviada|enviadas
        fecha|gesendet|gesendet am|datum|envoyé le|envoyé|inviato il|inviato|data invio|verzonden
        wysłano|data wysłania|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|отправлено|дата
        надіслано|odesláno|odoslané
        发送时间|发送日期|傳送日期|寄件日期|日期|时间|送信日時|日時|日付|보낸 날짜|날짜
        tarih|gönderme tarihi|küldve|dátum|trimis|đã gửi|ngày""",
    "to": """
        to|para|an|à|a|aan|do|till|til|vastaanottaja|кому|komu
        收件人|收件者|宛先|받는 사람|받는사람|kime
        alıcı|címzett|către|đến|destinatário|destinatario|destinataire|empfänger|dla""",
    "cc": """
        cc|cco|bcc|con copia|kopie|copie|copie à|kopia|dw|kopi|kopio|копия
        抄送|副本|참조|bilgi|cópia""",
    "subject": """
        subject|assunto|asunto|betreff|objet|sujet|oggetto|onderwerp|temat|ämne|emne|aihe|тема
        předmět|predmet|主题|主題|主旨|标题|件名|제목|konu|tárgy|subiect|chủ đề|tiêu đề""",
    "other": """
        reply-to|responder a|responder para|antwort an|répondre à|rispondi a|importance|importância
        prioridade|priority|attachments|anexos|anexo|resent-from|message-id|organization""",
}
_MEANINGS = {
    word.strip(): meaning
    for meaning, words in _LABELS.items()
    for line in words.split("\n")
    for word in line.split("|")
    if word.strip()
}
_MAX_LABEL = 40
# the other labels of a header block that was flattened to one line
INLINE_LABEL = re.compile(
    r"""[\s*>](?:(Sent|Date|Data|Enviad[oa]\s(?:em|el)|Enviadas|Fecha|Gesendet|Datum|Envoyé|Inviato
    |Verzonden)|(To|Para|An|À|A|Aan)|(Subject|Assunto|Asunto|Betreff|Objet|Oggetto|Onderwerp))
    [ \xa0]?\*{0,2}:""",
    re.VERBOSE,
)


def _split_label(line: str) -> tuple[str, str] | None:
    begin = line[:_MAX_LABEL]
    colon = begin.find(":")
    wide = begin.find("：") if colon < 0 else -1
    if colon < 0 and wide < 0:
        return None
    end = max(colon, wide)
    rest = line[end + 1 :].removeprefix("*").removeprefix("*")
    if rest and wide < 0 and not rest[0].isspace() and rest[0] not in "<\u200b":
        return None
    return begin[:end], rest


def label(line: str) -> str:
    """Return the meaning of the header label that begins a line ("from", ...), "" for none."""
    split = _split_label(line)
    if split is None:
        return ""
    return _MEANINGS.get(" ".join(split[0].strip(" \t\xa0*\u200b\ufeff").lower().split()), "")


def label_value(line: str) -> str:
    """Return what follows the label of a line."""
    split = _split_label(line)
    return split[1].strip().strip("*").strip() if split else ""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(x for line in text.split("\n") for x in map(str.strip, line.split("|")) if x)


# words between rules that say "what follows is the mail I answer"
_ORIGINAL = _phrases("""
    original message|original appointment|original email|original e-mail|original mail
    reply message|mensagem original|e-mail original|email original|mensaje original
    correo original|ursprüngliche nachricht|ursprüngliche mail|original-nachricht
    originalnachricht|original nachricht|originalmeddelande|originalmeddelelse
    message d'origine|message d’origine|message original|message initial|mail original
    messaggio originale|oorspronkelijk bericht|origineel bericht|originele bericht
    wiadomość oryginalna|oryginalna wiadomość|oprindelig meddelelse|oprindelig besked
    ursprungligt meddelande|opprinnelig melding|alkuperäinen viesti|исходное сообщение
    оригинальное сообщение|первоначальное сообщение|вихідне повідомлення|původní zpráva
    původní e-mail|původní email|pôvodná správa
    原始邮件|原始郵件|原始信件|原邮件|元のメッセージ|元のメール
    원본 메시지|원본메시지|원본 메일|원본 이메일
    özgün ileti|orijinal mesaj|orijinal ileti|eredeti üzenet
    mesaj original|mesajul original
""")
# the same for "the mail I pass on"
_FORWARDED = _phrases("""
    forwarded message|forwarded mail|forwarded email|forwarded e-mail|mensagem encaminhada
    mensagem reencaminhada|mensagem reenviada|e-mail encaminhado|mensagem encaminhado
    mensaje reenviado|weitergeleitete nachricht|weitergeleitete mail|weitergeleitete e-mail
    message transféré|message transmis|message réexpédié|messaggio inoltrato
    doorgestuurd bericht|przekazana wiadomość|wiadomość przekazana|пересылаемое сообщение
    пересланное сообщение|vidarebefordrat meddelande|videresendt meddelelse
    videresendt besked|videresendt melding|välitetty viesti|edelleenlähetetty viesti
    přeposlaná zpráva|転送メッセージ|转发邮件|转发的邮件|轉寄郵件|已转发邮件|전달된 메시지
    i̇letilmiş mesaj|iletilmiş mesaj|továbbított üzenet|mesaj redirecționat
""")
# Apple Mail's, without rules and with a colon
_APPLE_FORWARDED = _phrases("""
    begin forwarded message|início da mensagem encaminhada|início da mensagem reencaminhada
    inicio del mensaje reenviado|anfang der weitergeleiteten nachricht
    anfang der weitergeleiteten e-mail|début du message réexpédié|début du message transféré
    inizio messaggio inoltrato|begin doorgestuurd bericht|początek przekazywanej wiadomości
    vidarebefordrat brev|начало переадресованного сообщения|начало переадресованного письма
    start på videresendt besked|videresendt melding|välitetty viesti alkaa
    začátek přeposílané zprávy|転送されたメッセージ|开始转发的邮件|以下是转发的邮件|開始轉寄郵件
""")
_RULED = re.compile(
    r"[ \t\xa0*]*(?:[-=_]{2,}|[—–]+)[ \t\xa0>*]*(.{3,80}?)[ \t\xa0*<]*(?:[-=_—–]{2,}.*)?\Z"
)


def marker(line: str) -> str:
    """Read a line such as "-----Original Message-----": "original", "forwarded" or ""."""
    if line.rstrip().endswith((":", "：", ":*")):
        words = " ".join(line.strip(" \t\xa0*:：").lower().split())
        if words in _APPLE_FORWARDED:
            return "forwarded"
    match = _RULED.match(line)
    if match is None:
        return "original" if line.startswith("Original Message processed by") else ""
    words = " ".join(match[1].lower().split())
    if words in _ORIGINAL:
        return "original"
    return "forwarded" if words in _FORWARDED or words.startswith("forwarded by ") else ""


# desks and notifiers ask for the answer above such a line
ABOVE = re.compile(
    r"""[ \t]*[-#=_*]{1,20}[-#=_* ]{0,20}(?:
    (?:please\s)?(?:type\syour\s)?reply\sabove\s(?:this|the)\sline
    |(?:por\sfavor,?\s)?(?:responda|escreva\s(?:sua|a)\sresposta)\sacima\sd(?:esta|a)\slinha
    |(?:por\sfavor,?\s)?responda\sencima\sde\sesta\slínea).{0,80}\Z""",
    re.IGNORECASE | re.VERBOSE,
)
RULE = re.compile(r"[ \t\xa0]*(?:_{5,}|-{5,}|={5,}|\*{5,}|—{3,})\s*\Z")
