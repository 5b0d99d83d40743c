"""What mail systems say when they cannot deliver, as status codes (RFC 3463)."""

import re

# not part of a version or an address: "5.5.2657.72" and "v5.1.1" are no codes
_STATUS = re.compile(r"(?<![\w.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
# the code that a server gave beside its reply is its own, not a guess of who reports
_AFTER_REPLY = re.compile(r"(?<![\w.])[245]\d\d[-\s:#'\"]{1,3}([245]\.[0-7]\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?:^|[\s:>(#\"'\[;-])([245])[0-5]\d(?=[\s:;,.)\]-]|$)")
_MAX_WORDS = 8_000

# Subject and detail of RFC 3463 by words, tried in order: the first that is said counts.
# Reasons are named as bounce libraries name them; sources are the replies of MX servers.
_WORDS: tuple[tuple[str, str], ...] = (
    # words that name several reasons at once, the likely one first
    ("1.2", r"account\sor\sdomain\smay\snot\sexist"),
    # mailbox full
    (
        "2.2",
        r"mailbox\s(?:is\s|was\s|size\s|has\s)?(?:full|exceed|over|too\slarge)|mailbox.{0,40}\bfull\b"
        r"|(?:over|exceed(?:ed|s|ing)?|out\sof)\s(?:\w+\s){0,4}(?:quota|storage|disk\sspace|allowed\ssize)"
        r"|quota\s(?:has\sbeen\s)?(?:exceeded|full|violat|reached)|exceeds\sallowed\ssize|not\senough\s"
        r"(?:storage|disk)\sspace|insufficient\sdisk|(?:inbox|account)\sis\sfull|full\smailbox"
        r"|exceeded\sthe\slocal\slimit|user\sis\sover|maildir.{0,20}quota|too\smuch\smail\sdata"
        r"|(?:caixa|cota|quota).{0,60}(?:chei[oa]|excedid|estourad|lotad|esgotad|cheg\w+\sao\slimite)"
        r"|buz[óo]n.{0,40}(?:llen[oa]|excedid)|postfach.{0,40}(?:voll|überfüllt)|bo[îi]te.{0,40}pleine"
        r"|casella.{0,40}piena|postvak.{0,30}vol\b|メールボックス.{0,20}(?:一杯|いっぱい|容量)|邮箱.{0,10}(?:已满|满了)"
        r"|переполнен|kotak.{0,20}penuh",
    ),
    # message too big
    (
        "3.4",
        r"(?:message|mail)\s(?:size\s|is\s|was\s|file\s)?(?:too\s(?:big|large)|exceed)|size\slimit"
        r"|(?:message|mail)\slength\sexceeds|maximum\smessage\ssize|larger\sthan\sthe"
        r"|(?:mensagem|e-?mail|arquivo).{0,40}(?:muito\sgrande|excede)|zu\sgro[ßs]|trop\svolumineux"
        r"|demasiado\sgrande|troppo\sgrande",
    ),
    # who sends is not proven, or blocked, or it looks like spam, or policy: 7.1
    (
        "7.1",
        r"spam|blacklist|block(?:ed|\slist)|blocklist|dnsbl|rbl\b|black\slist|listed\s(?:at|by|on)\s"
        r"|reputation|dmarc|dkim|(?:^|\W)spf\b|reverse\sdns|ptr\srecord|unauthenticated|policy"
        r"|(?:access|relay(?:ing)?|permission)\s(?:is\s|was\s)?(?:denied|not\s(?:permitted|allowed))"
        r"|(?:not|never)\s(?:permitted|allowed|authori[sz]ed)\sto\s(?:relay|send|post)|unable\sto\srelay"
        r"|we\sdo\snot\srelay|relay\saccess|content\srejected|rejected\sby\s(?:a\s|the\s)?remote|virus|malware|phishing|unsolicited|junk"
        r"|(?:not|don't)\shave\spermission|message\s(?:was\s)?(?:rejected|refused|blocked)\s(?:by|due)"
        r"|sender\s(?:address\s)?(?:rejected|denied|blocked)|administrative\sprohibition|prohibited"
        r"|(?:bloquead|rejeitad|recusad)[oa].{0,60}(?:pol[íi]tica|spam|filtro)|lista\snegra|suspicious"
        r"|迷惑メール|拒否|垃圾邮件|拒收|groups?\smay\snot\sexist|could\snot\spost",
    ),
    # the address has another one now
    (
        "1.6",
        r"has\s(?:been\s)?moved|no\slonger\s(?:at|here|with|employed|works)|new\s(?:e-?mail\s)?address\sis",
    ),
    # the mailbox is switched off
    (
        "2.1",
        r"(?:account|mailbox|user|address|recipient|e-?mail)(?:\(s\))?(?:'s)?\s(?:\w+\s){0,3}(?:(?:is|are|was|has\sbeen)\s)?"
        r"(?:\w+\s)?(?:disabled|inactive|suspended|deactivated|blocked|locked|discontinued|frozen"
        r"|terminated|closed|retired|expired)|inactive\s(?:user|account|mailbox)|not\saccepting\s(?:any\s)?"
        r"(?:mail|messages)|mailbox\s(?:is\s)?(?:temporarily\s)?unavailable|temporarily\sdisabled"
        r"|(?:conta|usu[áa]rio|caixa|endere[çc]o|cuenta).{0,40}(?:desativad|inativ|suspens|bloquead|desabilitad"
        r"|cancelad|desactivad|inactiv)|konto.{0,30}(?:deaktiviert|gesperrt)|被停用|заблокирован",
    ),
    # the domain does not exist, or has no mail
    (
        "1.10",
        r"null\smx|does\snot\saccept\s(?:any\s)?(?:e-?mail|mail)|does\snot\s(?:receive|process)\smail",
    ),
    (
        "1.2",
        r"(?:host|domain)(?:\s\S{1,253})?\s(?:name\s)?(?:is\s|was\s)?(?:unknown|not\sfound|invalid|does\snot\sexist"
        r"|doesn't\sexist|couldn'?t\sbe\sfound|could\snot\sbe\sfound)|(?:unknown|no\ssuch|invalid|bad)\s"
        r"(?:host|domain)|(?:account\sor\s)?domain\smay\snot\sexist|name\s(?:service\serror|lookup\sfail)"
        r"|dns\serror|nxdomain|host\sor\sdomain\sname|can't\sfind\sany\shost|domain\s(?:or\shost\s)?name\slookup"
        r"|dom[íi]nio.{0,40}(?:n[ãa]o\s(?:existe|encontrad|foi\sencontrad)|inexistente|inv[áa]lido|desconhecido|no\sexiste)"
        r"|all\srelevant\smx\srecords\spoint|unroutable\sdomain|no\smx\s(?:record|host)s?\sfound|no\s(?:mx|mail)\sservers?|unknown\shost|ホスト.{0,20}見つか|存在しないドメイン",
    ),
    # nobody of that name
    (
        "1.1",
        r"user\s?unknown|unknown\s(?:\w+\s){0,2}(?:user|recipient|mailbox|address|account)|not\slisted\sin"
        r"|no\ssuch\s(?:\w+\s){0,2}(?:user|mailbox|person|recipient|address|account|name|id)|no\smailbox\s(?:here|by|found|with)"
        r"|(?:user|recipient|mailbox|address|account|alias|inbox|e-?mail)(?:\(s\))?(?:\s\S{1,120}){0,3}?\s"
        r"(?:(?:is|was|were|could|can|does|do|did|you|entered|has|be|the)\s){0,4}(?:not\s(?:be\s)?(?:found|exist|recogni[sz]ed|known|valid|listed|located"
        r"|available|present)|unknown|invalid|couldn't\sbe\sfound|wasn't\sfound|doesn't\sexist|undeliverable|unrecogni[sz]ed)"
        r"|(?:invalid|unknown|incorrect|bad|nonexistent|non-existent)\s(?:\w+\s)?(?:recipient|mailbox|user|address|account|inbox)"
        r"|(?:doesn't|does\snot|didn't|don't)\shave\san?\s.{0,80}account|is\snot\sa\s(?:known|valid|registered|local|gateway|current)"
        r"|not\sour\scustomer|no\svalid\srecipients?|(?:recipient|address)\srejected|unrouteable\saddress|(?:account|address|user)\snot\sfound"
        r"|recipient\s(?:name\s)?(?:is\s)?not\srecogni[sz]ed|not\sfound\sin\s(?:the\s)?(?:directory|ldap|lotus)"
        r"|(?:usu[áa]ri[oa]|destinat[áa]ri[oa]|endere[çc]o|conta|caixa|usuario|direcci[óo]n|cuenta|buz[óo]n).{0,60}"
        r"(?:n[ãa]o\s(?:(?:foi|p[ôo]de\sser)\s)?(?:existe|encontrad|localizad|cadastrad)|inexistente|desconhecid|inv[áa]lid|no\s(?:se\s)?(?:existe|encontr)|desconocid)"
        r"|(?:benutzer|empf[äa]nger|adresse|postfach).{0,40}(?:unbekannt|nicht\s(?:gefunden|vorhanden|bekannt)|existiert\snicht|ung[üu]ltig)"
        r"|(?:utilisateur|destinataire|adresse).{0,60}(?:inconnu|introuvable|n'existe|invalide|n'a\spas\s[ée]t[ée]\strouv)"
        r"|(?:utente|destinatario|indirizzo).{0,60}(?:sconosciut|inesistente|non\s(?:esiste|[èe]\sstato\strovat|trovat|valid))"
        r"|(?:メール)?アドレス.{0,20}(?:見つから|見つかりま|存在し|ありません)|(?:用户|收件人|邮箱|帐号|地址).{0,60}(?:不存在|未知)|no\sse\s(?:encontr|ha\sencontr)\w+\s(?:la\sdirecci|el\s(?:usuario|destinat|buz))|(?:endere[çc]o|usu[áa]rio)\s\w*\s?n[ãa]o\sencontrado|не\s(?:найден|существует)",
    ),
    # given up after days of trying
    (
        "4.7",
        r"expired|too\slong\sin\s(?:the\s)?queue|in\s(?:the\s)?queue\stoo\slong|(?:could\snot|not)\sbe\sdelivered\sfor"
        r"|retry\s(?:time(?:out)?|limit)|(?:retry|delivery)\stime(?:out)?\s(?:exceeded|not\sreached)|timed?\s?out|not\sresponding|unreachable|undeliverable\sfor"
        r"|(?:not|never)\sdelivered\s(?:within|after)|giving\sup|gave\sup|(?:has\s)?stopped\strying|queue\stime"
        r"|expirad|expirou|tempo\s(?:esgotado|limite)|abgelaufen|expiré|scadut|fulfil.{0,20}hours",
    ),
    # the way to it is broken
    (
        "4.6",
        r"(?:mail|routing|forward\w*)\sloop|too\smany\shops|hop\scount|loop\s(?:detected|alert)",
    ),
    (
        "4.1",
        r"connection\s(?:refused|reset|failed|closed|dropped|lost)|(?:could\snot|can'?t|unable\sto|couldn't|wasn't\sable\sto)\s(?:\w+\s)?(?:connect|establish)|did\snot\saccept\sour\srequests"
        r"|no\sroute|network\s(?:error|is\sunreachable)|host\sis\sdown|tls\s(?:handshake|negotiation)|starttls",
    ),
    (
        "1.3",
        r"malformed\saddress|syntax\serror|bad\saddress\ssyntax|incorrectly\sconstructed|may\snot\sfollow",
    ),
    (
        "3.1",
        r"system\s(?:is\s)?(?:full|resources)|(?:no|insufficient)\s(?:system\s)?(?:storage|resources|space)|out\sof\smemory"
        r"|resources\stemporarily",
    ),
    (
        "6.0",
        r"(?:8-?bit|mime|content|header|character\sset)\s.{0,30}(?:not\s(?:supported|allowed)|invalid|error|malformed)",
    ),
    (
        "3.0",
        r"mailer\serror|system\serror|local\serror|internal\s(?:server\s)?error|configuration\serror|service\sunavailable|write\serror",
    ),
)
_TABLE = tuple((detail, re.compile(words, re.IGNORECASE)) for detail, words in _WORDS)


def told_status(words: str) -> str:
    """Return the enhanced status that a text names, "" when it names none.

    Of several, one beside an SMTP reply is nearest to the server that refused, and one
    with a detail says more than x.y.0 or than x.4.7, "time ran out".
    """
    words = words[:_MAX_WORDS]
    codes = [x[1] for x in _AFTER_REPLY.finditer(words)] + [x[1] for x in _STATUS.finditer(words)]
    # what went well before the refusal is not told
    codes = [x for x in codes if x[0] != "2"] or codes
    for wanted in (is_telling, _names_subject):
        for code in codes:
            if wanted(code):
                return code
    return codes[0] if codes else ""


def reply_class(words: str) -> str:
    """Return "2", "4" or "5" of the last SMTP reply code in a text, "" without any."""
    replies = _REPLY.findall(words[:_MAX_WORDS])
    return replies[-1] if replies else ""


def status_by_words(words: str, fallback: str) -> str:
    """Return a status for words without any code; `fallback` is the class, "4" or "5"."""
    words = words[:_MAX_WORDS]
    for detail, pattern in _TABLE:
        if pattern.search(words):
            return f"{fallback}.{detail}"
    return f"{fallback}.0.0"


def is_telling(code: str) -> bool:
    """Say whether a status says why, and not only "failed" or "time ran out"."""
    return not code.endswith(".0") and not code.endswith(".4.7")


def _names_subject(code: str) -> bool:
    return not code.endswith(".0.0")
