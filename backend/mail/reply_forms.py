"""How mailers introduce quoted mails and signatures, by language (MAIL.md 1.6).

Each pattern is matched against one line of bounded length, so none of them can be
slow. Everything here is data, but for reading a label.
"""

import re

# the verb of an attribution line: "On ..., Ana wrote:"
VERB = re.compile(
    r"""\b(?:wrote|writes|escreveu|escribió|escribio|schrieb|a\s+écrit|ha\s+scritto|schreef
    |napisał(?:a|\(a\))?|skrev|kirjoitti|napsal(?:a|\(a\))?|пишет|написал(?:а|\(а\))?)\b
    |写道|寫道|のメール|が書きました|님이\s작성""",
    re.IGNORECASE | re.VERBOSE,
)
# how such a line begins
STARTER = re.compile(
    r"""[ \t]*(?:On|Em|No\sdia|El|Le|Am|Il|Op|Den|Dne|W\sdniu|Dnia|På|Pe|At|20\d\d-\d\d-\d\d)\s""",
    re.IGNORECASE | re.VERBOSE,
)
MAX_ATTRIBUTION_LINES = 4
MAX_ATTRIBUTION = 600

# labels of an unquoted header block, by meaning
_LABELS = {
    "from": "From|De|Von|Da|Van|Od|Från|Fra|Lähettäjä|От|发件人|寄件者|差出人",
    "date": "Sent|Date|Data|Enviado em|Enviada em|Enviado el|Enviadas|Enviado|Fecha|Gesendet|Datum"
    "|Envoyé|Envoyé le|Inviato|Verzonden|Wysłano|Skickat|Sendt|Dato|Lähetetty|Отправлено|Дата"
    "|Odesláno|发送时间|日期|送信日時",
    "to": "To|Para|An|À|A|Aan|Do|Till|Til|Vastaanottaja|Кому|Komu|收件人|收件者|宛先",
    "cc": "Cc|Cco|Bcc|Kopie|Copie|Kopia|Kopi|Копия|抄送",
    "subject": "Subject|Assunto|Asunto|Betreff|Objet|Oggetto|Onderwerp|Temat|Ämne|Emne|Aihe|Тема"
    "|Předmět|主题|主旨|件名",
}
_LABEL = {
    meaning: re.compile(rf"[ \t]*\*?(?:{words})[ \t\xa0]?\*?[:：]\*?(?:\s|\Z)", re.IGNORECASE)
    for meaning, words in _LABELS.items()
}
_VALUE = re.compile(r"[^:：]*[:：]\*?[ \t\xa0]*(.*)")
_MAX_LABEL = 40


def label(line: str) -> str:
    """Return the meaning of the header label that begins a line ("from", ...), "" for none."""
    begin = line[:_MAX_LABEL]
    if ":" in begin or "：" in begin:
        for meaning, form in _LABEL.items():
            if form.match(line):
                return meaning
    return ""


def label_value(line: str) -> str:
    """Return what follows the label of a line."""
    match = _VALUE.match(line)
    return match[1].strip().strip("*").strip() if match else ""


# lines that say "what follows is another mail"
ORIGINAL = re.compile(
    r"""\s*-{2,}+\s*(?:Original\sMessage|Original\sAppointment|Mensagem\s[Oo]riginal
    |Mensaje\s[Oo]riginal|Ursprüngliche\sNachricht|Message\sd['’]origine|Messaggio\soriginale
    |Oorspronkelijk\sbericht|Wiadomość\soryginalna|Oprindelig\smeddelelse|Ursprungligt\smeddelande
    |Alkuperäinen\sviesti|Исходное\sсообщение|Původní\szpráva|原始邮件|元のメッセージ)\s*-*\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
FORWARDED = re.compile(
    r"""\s*(?:-{2,}+\s*(?:Forwarded\smessage|Forwarded\sby\s.{1,80}|Mensagem\sencaminhada
    |Mensaje\sreenviado|Weitergeleitete\sNachricht|Message\stransféré|Messaggio\sinoltrato
    |Doorgestuurd\sbericht)\s*-*
    |Begin\sforwarded\smessage:|Início\sda\smensagem\sencaminhada:
    |Inicio\sdel\smensaje\sreenviado:|Anfang\sder\sweitergeleiteten\s(?:Nachricht|E-Mail):
    |Début\sdu\smessage\s(?:réexpédié|transféré)\s?:)\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
RULE = re.compile(r"\s*(?:_{10,}|-{20,}|={20,})\s*\Z")

LIST_FOOTER = re.compile(r"\s*_{40,}\s*\Z")  # Mailman's rule above its footer

MOBILE = re.compile(
    r"""\s*(?:Sent\sfrom\s(?:my|Mail|Outlook|Yahoo|Proton|the|a|an)\b[^,;!?]{0,80}
    |Sent\svia\s.{1,60}|Get\sOutlook\sfor\s.{1,40}
    |Enviad[oa]\s(?:do|da|de|desde|a\spartir\sdo|pelo|via)\s.{1,80}
    |(?:Obter|Obtenha|Baixe)\so\sOutlook\spara\s.{1,40}|Obtener\sOutlook\spara\s.{1,40}
    |Von\smeinem\s.{1,60}\sgesendet|Gesendet\s(?:von|mit)\s.{1,60}
    |Envoyé\s(?:de\smon|depuis|à\spartir\sde)\s.{1,60}|Inviato\sda\s.{1,60}
    |Verzonden\s(?:vanaf|met)\s.{1,60}|Wysłane\sz\s.{1,60}|Skickat\sfrån\s.{1,60}
    |Sendt\sfra\s.{1,60})\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
CLOSING = re.compile(
    r"""\s*(?:Atenciosamente|Att|Atte|Atc|Abraços?|Abs|Um\sabraço|Cordialmente|Grat[oa]
    |Desde\sjá\sagradeço|(?:Muito\s)?Obrigad[oa]|Saudações|Cumprimentos|Respeitosamente
    |(?:Best|Kind|Warm)(?:est)?\sregards|Regards|Best|Cheers|Sincerely|Yours\s(?:sincerely|truly)
    |Many\sthanks|Thanks|Thank\syou|Thanks\s(?:and|&)\sregards|All\sthe\sbest
    |(?:Un\s)?Saludos?(?:\scordial(?:es)?)?|Atentamente|Gracias
    |(?:Mit\s)?(?:freundlichen|besten|lieben|herzlichen)\sGrüßen|Viele\sGrüße|LG|MfG
    |Cordialement|Bien\sà\svous|Cordiali\ssaluti|Met\svriendelijke\sgroet(?:en)?
    |Pozdrawiam|Z\spowa[żz]aniem|Med\svenlig\shilsen|Venlig\shilsen|Med\svänlig\shälsning)\s*[,.!;:–-]*\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
DISCLAIMER = re.compile(
    r"""\s*\*?(?:AVISO\s(?:LEGAL|DE\sCONFIDENCIALIDADE)\b|Esta\smensagem(?:,|\s).{0,60}\b(?:pode|podem)
    \sconter|Est[ae]\s(?:e-?mail|correio|mensaje|correo).{0,80}\bconfidenci|CONFIDENTIALITY\sNOTICE
    |DISCLAIMER\b|This\s(?:e-?mail|message).{0,80}\b(?:confidential|intended\sonly|privileged)
    |Diese\sE-?Mail.{0,60}\bvertraulich)""",
    re.IGNORECASE | re.VERBOSE,
)
