"""How signatures, mobile lines, closings and disclaimers look, by language (Q6).

Plain lists, compared in lower case without marks around: nothing here can be slow (Q7),
and nothing has to be compiled when the program starts.
"""

import re

_MARKS = " \t\xa0*_.,;:!~–—-，。！、\u200b"
_MAX_MOBILE = 100
_MAX_DISCLAIMER = 500


def plain(line: str) -> str:
    """Return a line in lower case, blanks single, without the marks around its words."""
    return " ".join(line.strip(_MARKS).lower().split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(x for line in text.splitlines() for x in map(str.strip, line.split("|")) if x)


# RFC 3676 4.3 writes "-- "; mailers lose the blank
DELIMITER = re.compile(r"(?:--|—|—-|-—|––)[ \t\xa0]*\Z")
RULE = re.compile(r"[ \t\xa0]*(?:_{5,}|-{5,}|={5,}|\*{5,}|—{2,})[ \t\xa0]*\Z")
LIST_FOOTER = re.compile(r"[ \t]*_{40,}[ \t]*\Z")  # Mailman's rule above its footer
LINK = re.compile(
    r"[ \t]*(?:<(?:https?:|mailto:)[^<>]{0,400}>|\[https?:[^\]\[]{0,400}\]|\(https?:[^()]{0,400}\))"
)
CONTACT = re.compile(
    r"@|www\.|https?:|\(?\+?\d[\d() .-]{6,}|\b(?:tel|fone|phone|cel|ramal)\b", re.I
)
# "-Abhishek", "- Bob Smith", "/John", "~ Ana"
DASHED_NAME = re.compile(
    r"[ \t]*(?:[-–—]{1,2}|/|~)[ \t]?(?P<name>[^\W\d_][^\d,;:?!@/\\|+=<>\[\]{}()*]{1,40})\Z"
)
# "Regards, Bob" and "Abs, Ana Souza" on one line
SIGNED = re.compile(
    r"(?P<closing>[^,.!:–—]{2,40})[,.!:–—-]{1,2}[ \t\xa0]*(?P<name>[^\d,;:?!@]{2,50})\Z"
)
NAME_PARTICLES = _phrases("da|de|do|das|dos|e|del|la|van|von|der|den|di|du|le|y|of|the|and|und|et")

# words that only end a letter
FORMAL = _phrases("""
    atenciosamente|att|atte|atc|at.te|abraço|abraços|um abraço|um forte abraço|um grande abraço
    grande abraço|forte abraço|abs|abç|abçs|bj|bjs|beijo|beijos|cordialmente|com estima
    com os melhores cumprimentos|os melhores cumprimentos|melhores cumprimentos|cumprimentos
    saudações|saudações cordiais|respeitosamente|sem mais|sem mais para o momento
    subscrevo-me|subscrevemo-nos|desde já agradeço|desde já agradecemos|desde já grato
    desde já grata|desde já obrigado|desde já obrigada|desde já, obrigado|desde já, obrigada
    regards|best regards|kind regards|kindest regards|warm regards|warmest regards|many regards
    with best regards|with kind regards|my best regards|best|best wishes|all the best|all best|br
    kr|cheers|sincerely|sincerely yours|yours|yours sincerely|yours truly|yours faithfully
    respectfully|take care|cordially|warmly|thanks and regards|thanks & regards
    thanks and best regards|thanks & best regards|thank you and best regards|thanks, regards
    saludo|saludos|un saludo|saludos cordiales|un cordial saludo|un saludo cordial|muchos saludos
    atentamente|muy atentamente|un abrazo|un fuerte abrazo|abrazo|abrazos
    mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichen gruessen
    mit freundlichem gruß|mit besten grüßen|mit besten grüssen|freundliche grüße
    freundliche grüsse|beste grüße|beste grüsse|besten gruß|liebe grüße|liebe grüsse
    lieben gruß|herzliche grüße|herzliche grüsse|schöne grüße|viele grüße|viele grüsse
    viele liebe grüße|gruß|gruss|grüße|grüsse|lg|vg|mfg|hochachtungsvoll
    cordialement|bien cordialement|bien à vous|bien à toi|salutations|sincères salutations
    meilleures salutations|salutations distinguées|cdlt|amicalement|bonne journée|bonne réception
    bonne soirée|cordiali saluti|distinti saluti|saluti|un caro saluto|cordialità
    met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten
    hartelijke groet|hartelijke groeten|groet|groeten|groetjes|mvg|hoogachtend
    pozdrawiam|pozdrawiam serdecznie|serdecznie pozdrawiam|pozdrowienia|z poważaniem
    z powazaniem|z wyrazami szacunku|с уважением|с наилучшими пожеланиями|всего доброго
    всего хорошего|з повагою|med vänlig hälsning|med vänliga hälsningar|vänlig hälsning
    vänliga hälsningar|bästa hälsningar|hälsning|hälsningar|vänligen|mvh
    med venlig hilsen|med vennlig hilsen|med kærlig hilsen|venlig hilsen|vennlig hilsen
    kærlig hilsen|beste hilsen|bedste hilsner|de bedste hilsner|hilsen|hilsner|vh|kh
    ystävällisin terveisin|parhain terveisin|terveisin|terv|yst. terv|yst.terv
    s pozdravem|s pozdravom|s úctou|srdečně zdravím|srdečně|zdraví|hezký den
    宜しくお願いします|よろしくお願いします|宜しくお願いいたします|よろしくお願いいたします|よろしくお願い致します
    以上、よろしくお願いいたします|以上、よろしくお願いします|以上、宜しくお願いいたします
    どうぞよろしくお願いいたします|よろしくお願い申し上げます|敬具|草々
    此致|敬礼|此致敬礼|祝好|順頌商祺|顺颂商祺|商祺|감사합니다|드림
    saygılarımla|üdvözlettel|tisztelettel|cu stimă|trân trọng
""")
# words that end a letter, or are its message: they need a name below
THANKS = _phrases("""
    grato|grata|gratos|gratas|obrigado|obrigada|obrigados|obrigadas|muito obrigado|muito obrigada
    obg|agradecido|agradecida|agradeço|agradeço desde já|agradeço a atenção|agradecemos
    obrigado pela atenção|obrigada pela atenção|grato pela atenção|grata pela atenção
    obrigado desde já|obrigada desde já|obrigado e abraço|obrigado e até logo
    thanks|many thanks|thanks a lot|thanks so much|thanks very much|thanks again
    thanks in advance|thank you|thank you very much|thank you so much|thank you in advance
    with thanks|thx|tks|ty|gracias|muchas gracias|mil gracias|gracias de antemano
    gracias y saludos|danke|vielen dank|besten dank|herzlichen dank|danke im voraus
    vielen dank im voraus|danke und gruß|vielen dank und viele grüße
    merci|merci d'avance|merci d’avance|merci beaucoup|merci bien|grazie|grazie mille
    grazie in anticipo|bedankt|alvast bedankt|dank je|dank je wel|dank u|dank u wel|dank
    dzięki|dziękuję|спасибо|заранее спасибо|заранее благодарен|заранее благодарна|благодарю
    tack|tack så mycket|tack på förhand|tak|mange tak|takk|mange takk|på forhånd tak
    på forhånd takk|kiitos|kiitos etukäteen|kiittäen|děkuji|děkuji předem|díky|děkuji a s pozdravem
    谢谢|謝謝|ありがとうございます
""")

CLOSINGS = FORMAL | THANKS

# what a telephone or a program adds; nothing but a name of it may follow
_MOBILE_STARTS = (
    *("sent from my ", "sent from mail for", "sent from outlook", "sent from yahoo"),
    *("sent from proton", "sent from samsung", "sent from the ", "sent from a ", "sent from an "),
    *("sent from iphone", "sent from gmail", "sent from aol", "sent from myphone", "sent via "),
    *("sent with ", "sent using ", "get outlook for ", "get bluemail for ", "sent by outlook"),
    *("obter o outlook para ", "obtenha o outlook para ", "baixe o outlook para "),
    *("descarregue o outlook para ", "obter o bluemail para ", "obtener outlook para "),
    *("obtén outlook para ", "descargar outlook para ", "obtener bluemail para "),
    *("von meinem ", "von meiner ", "gesendet von ", "gesendet mit ", "gesendet über "),
    *("diese nachricht wurde von meinem ", "outlook für ", "holen sie sich outlook für "),
    *("envoyé de mon ", "envoyé depuis ", "envoyé à partir d", "envoyé avec ", "envoyé via "),
    *("obtenir outlook pour ", "obtenez outlook pour ", "télécharger outlook pour "),
    *(
        "inviato da ",
        "inviato dal ",
        "inviato con ",
        "ottieni outlook per ",
        "scarica outlook per ",
    ),
    *("verzonden vanaf ", "verzonden vanuit ", "verzonden met ", "verstuurd vanaf "),
    *("outlook voor ", "download outlook voor ", "wysłane z ", "wysłano z ", "wysłane za pomocą "),
    *("pobierz program outlook", "pobierz outlooka dla", "отправлено с ", "отправлено из "),
    *("отправлено от ", "послано с ", "надіслано з ", "skickat från ", "hämta outlook för "),
    *(
        "sendt fra ",
        "få outlook til ",
        "hent outlook til ",
        "hent outlook for ",
        "skaff deg outlook",
    ),
    *("lähetetty ", "hanki outlook", "odesláno z ", "odesláno pomocí ", "odoslané z "),
    *(
        "získat outlook pro ",
        "发自我的",
        "发送自",
        "從我的",
        "从我的",
        "나의 ",
        "내 ",
        "trimis de pe ",
    ),
    *("iphoneから", "được gửi từ ", "küldve az ", "elküldve "),
)
_MOBILE_ENDS = ("gesendet", "から送信", "에서 보냄", "에서 보낸", "gönderildi")
# Portuguese and Spanish people "send from" places too: a device must be named
_SENT_FROM = (
    *(
        "enviado do ",
        "enviada do ",
        "enviado da ",
        "enviado de ",
        "enviado desde ",
        "enviada desde ",
    ),
    *("enviado a partir d", "enviada a partir d", "enviado pelo ", "enviado pela ", "enviado via "),
    *("enviado com ", "enviado usando ", "enviado através d", "enviado por ", "enviado con "),
)
_DEVICE = re.compile(
    r"""\b(?:i?phone|ipad|ios|celular|smartphone|telefone|telemóvel|tel[ée]fono|tablet|galaxy|samsung
    |motorola|moto|xiaomi|redmi|poco|lg|nokia|huawei|honor|pixel|android|outlook|yahoo|e-?mail|mail
    |gmail|proton|uol|bol|terra|zimbra|zoho|spark|dispositivo|aparelho|computador|mac|windows
    |blackberry|hotmail|m[óo]vil|correo|aplicativo|app|webmail|tutanota|tuta|aol)\b""",
    re.VERBOSE,
)
_SENTENCE = re.compile(r"[,;!?]")


def is_mobile(line: str) -> bool:
    """Say whether a line such as "Sent from my iPhone" stands here (Q6)."""
    words = plain(LINK.sub("", line))
    if not words or len(words) > _MAX_MOBILE:
        return False
    if words.startswith(_MOBILE_STARTS) or words.endswith(_MOBILE_ENDS):
        return not _SENTENCE.search(words)
    return words.startswith(_SENT_FROM) and _DEVICE.search(words) is not None


_DISCLAIMER_STARTS = (
    *(
        "aviso legal",
        "aviso de confidencialidad",
        "aviso de privacidade",
        "nota de confidencialidad",
    ),
    *("cláusula de confidencialidad", "termo de confidencialidade", "confidencialidade:"),
    *("antes de imprimir", "pense antes de imprimir", "pense bem antes de imprimir"),
    *("please consider the environment", "please think before", "confidentiality notice"),
    *("confidentiality statement", "confidentiality note", "legal disclaimer", "legal notice"),
    *("email disclaimer", "e-mail disclaimer", "le informazioni contenute in quest"),
    *("as informações contidas n", "as informações existentes n", "o conteúdo desta mensagem"),
    *(
        "the contents of this e",
        "the contents of this message",
        "the information contained in this",
    ),
    *("the information in this e", "livre de vírus", "virus-free", "não contém vírus"),
    *("mensagem verificada pelo", "this email has been scanned", "this email has been checked"),
    *("this e-mail has been scanned", "disclaimer:", "p antes de imprimir"),
)
DISCLAIMER_HEADS = _phrases("disclaimer|confidencialidade|confidentiality|aviso|confidencial")
_ABOUT_THIS_MAIL = (
    *("esta mensagem", "a presente mensagem", "este e-mail", "este email", "este correio"),
    *("o presente e-mail", "este mensaje", "este correo", "this e-mail", "this email"),
    *("this message", "this electronic m", "this communication", "this transmission"),
    *("diese e-mail", "diese nachricht", "ce message", "ce courriel", "ce mail", "ce courrier"),
    *("questo messaggio", "questa e-mail", "questa mail", "questa comunicazione", "dit bericht"),
    *(
        "dit e-mailbericht",
        "deze e-mail",
        "ta wiadomość",
        "niniejsza wiadomość",
        "detta meddelande",
    ),
    *(
        "detta e-post",
        "detta mail",
        "denne e-mail",
        "denne mail",
        "denne meddelelse",
        "dette besked",
    ),
    *("denne e-posten", "denne eposten", "tämä viesti", "tämä sähköposti", "tato zpráva"),
    *("tento e-mail", "tento email", "это сообщение", "данное сообщение", "это письмо"),
    *("notice: this", "importante: esta mensagem", "atenção: esta mensagem", "the information"),
)
_CONFIDENTIAL = re.compile(
    r"""confiden|privileg|sigilos|exclusiv|podem?\sconter|reservad|destinatári|destinatario
    |intended\s(?:only|solely|for)|vertraulich|ausschlie(?:ß|ss)lich|riservat|vertrouwelijk|bestemd
    |poufn|przeznaczon|konfiden|fortrolig|luottamuksell|důvěrn|конфиденц|has\sbeen\sscanned""",
    re.VERBOSE,
)


def is_disclaimer(line: str) -> bool:
    """Say whether a legal footer begins with this line (Q6)."""
    words = line[:_MAX_DISCLAIMER].lower().lstrip(' \t\xa0*_"“[(')
    if words.startswith(_DISCLAIMER_STARTS):
        return True
    return words.startswith(_ABOUT_THIS_MAIL) and _CONFIDENTIAL.search(words) is not None


_FIRST_WORDS = frozenset(
    x.split()[0].strip(_MARKS)
    for phrases in (
        *(CLOSINGS, DISCLAIMER_HEADS, _MOBILE_STARTS, _SENT_FROM),
        *(_DISCLAIMER_STARTS, _ABOUT_THIS_MAIL),
    )
    for x in phrases
)
_AROUND = _MARKS + '"“[('
_NAME_MARKS = frozenset("-–—/~")


def may_begin(line: str) -> bool:
    """Say, cheaply, whether a line is worth asking all the questions above."""
    words = line.split(None, 1)
    if not words:
        return False
    head = words[0].strip(_AROUND).lower()
    if not head or head in _FIRST_WORDS or words[0][0] in _NAME_MARKS:
        return True
    if line.isascii():
        return False
    # words without blanks between them
    return head[0] > "\u2e80" or line.rstrip(_MARKS).endswith(_MOBILE_ENDS)


_BANNER_STARTS = (
    *("caution", "warning", "external email", "external e-mail", "external sender", "cuidado"),
    *("atenção", "aviso", "email externo", "e-mail externo", "attention", "achtung"),
)
_OUTSIDE = re.compile(
    r"""(?:e-?mail|message|sender)\b.{0,60}\b(?:outside|external)
    |(?:e-?mail|mensagem|remetente)\b.{0,60}\b(?:fora|extern)""",
    re.VERBOSE,
)


def is_banner(line: str) -> bool:
    """Say whether the reader's own server wrote "this came from outside" here."""
    words = line[:_MAX_DISCLAIMER].lower().lstrip(" \t\xa0*[")
    return words.startswith(_BANNER_STARTS) and _OUTSIDE.search(words) is not None
