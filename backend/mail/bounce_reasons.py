"""Why mail is not delivered, as subject and detail of RFC 3463 and the words that say so.

In order: the first reason that is said counts, so words that name several come first.
The sources are the replies of mail servers; bounce libraries name the same reasons.
"""

from backend.mail.bounce_words import Phrases

_NAMES = {
    "WHO": r"(?:user|recipient|mailbox|address|account|alias|name)(?:s|\(s\))?",
    "QUEM": "(?:usu[áa]ri[oa]|destinat[áa]ri[oa]|endere[çc]o|conta|caixa)",
    "QUIEN": "(?:usuario|destinatario|direcci[óo]n|cuenta|buz[óo]n)",
    "WER": "(?:benutzer|empf[äa]nger|adresse|postfach)",
}


def _words(block: str) -> Phrases:
    for name, meaning in _NAMES.items():
        block = block.replace(name, meaning)
    return Phrases(block)


REASONS = (
    # names several reasons at once: this is the likely one
    ("1.2", _words("account or domain may not exist")),
    # mailbox full
    (
        "2.2",
        _words(r"""
            mailbox (?:is |was |size |has )?(?:full|exceed|over|too large)
            mailbox.{0,40}\bfull\b
            (?:over|exceed(?:ed|s|ing)?|out of) (?:\w+ ){0,4}(?:quota|storage|disk space)
            exceeds (?:the )?(?:allowed|maximum) (?:mailbox )?size
            quota (?:has been )?(?:exceeded|full|violat|reached)
            (?:not enough|insufficient) (?:storage|disk)
            (?:inbox|account) is full
            full mailbox
            exceeded the local limit
            user is over
            maildir.{0,20}quota
            too much mail data
            reached disk quota
            # pt, es, de, fr, it, nl, ja, zh, ru
            (?:caixa|cota|quota).{0,60}(?:chei[oa]|excedid|estourad|lotad|esgotad)
            (?:caixa|cota|quota).{0,60}cheg\w+ ao limite
            buz[óo]n.{0,40}(?:llen[oa]|excedid)
            postfach.{0,40}(?:voll|überfüllt)
            bo[îi]te.{0,40}pleine
            casella.{0,40}piena
            postvak.{0,30}vol\b
            メールボックス.{0,20}(?:一杯|いっぱい|容量)
            邮箱.{0,10}(?:已满|满了)
            переполнен
        """),
    ),
    # message too big
    (
        "3.4",
        _words(r"""
            (?:message|mail) (?:size |is |was |file )?(?:too (?:big|large)|exceed)
            (?:message|mail) size \S{1,20} exceeds
            size limit
            (?:message|mail) length exceeds
            maximum message size
            larger than the
            (?:mensagem|e-?mail|arquivo).{0,40}(?:muito grande|excede)
            zu gro[ßs]
            trop volumineux
            demasiado grande
            troppo grande
        """),
    ),
    # who sends is not proven or is blocked, it looks like spam, or a rule forbids it
    (
        "7.1",
        _words(r"""
            spam
            black ?list
            block(?:ed|list| list)
            dnsbl
            rbl\b
            listed (?:at|by|on)\b
            reputation
            dmarc
            dkim
            \bspf\b
            reverse dns
            ptr record
            unauthenticated
            policy
            (?:access|relay(?:ing)?|permission) (?:is |was )?(?:denied|not (?:permitted|allowed))
            (?:not|never) (?:permitted|allowed|authori[sz]ed) to (?:relay|send|post)
            (?:unable to|do not) relay
            relay access
            content rejected
            rejected by (?:a |the )?remote
            virus
            malware
            phishing
            unsolicited
            junk
            (?:not|don't) have permission
            message (?:was )?(?:rejected|refused|blocked) (?:by|due)
            sender (?:address )?(?:rejected|denied|blocked)
            administrative prohibition
            prohibited
            suspicious
            groups? may not exist
            could not post
            # pt, es, ja, zh
            (?:bloquead|rejeitad|recusad)[oa].{0,60}(?:pol[íi]tica|spam|filtro)
            lista negra
            迷惑メール
            拒否
            垃圾邮件
            拒收
        """),
    ),
    # the address has another one now
    (
        "1.6",
        _words(r"""
            has (?:been )?moved
            no longer (?:at|here|with|employed|works)
            new (?:e-?mail )?address is
        """),
    ),
    # the mailbox is switched off
    (
        "2.1",
        _words(r"""
            WHO(?:'s)? (?:\w+ ){0,4}disabled
            WHO(?:'s)? (?:\w+ ){0,4}(?:in|de)activ(?:e|ated)
            WHO(?:'s)? (?:\w+ ){0,4}suspended
            WHO(?:'s)? (?:\w+ ){0,4}(?:locked|frozen)
            WHO(?:'s)? (?:\w+ ){0,4}(?:closed|terminated)
            WHO(?:'s)? (?:\w+ ){0,4}(?:retired|expired)
            WHO(?:'s)? (?:\w+ ){0,4}discontinued
            inactive (?:user|account|mailbox)
            not accepting (?:any )?(?:mail|messages)
            mailbox (?:is )?(?:temporarily )?unavailable
            temporarily disabled
            # pt, es, de, zh, ru
            (?:conta|usu[áa]rio|caixa|endere[çc]o|cuenta).{0,40}(?:desativad|inativ|suspens)
            (?:conta|usu[áa]rio|caixa|endere[çc]o|cuenta).{0,40}(?:bloquead|desabilitad|cancelad)
            cuenta.{0,40}(?:desactivad|inactiv)
            konto.{0,30}(?:deaktiviert|gesperrt)
            被停用
            заблокирован
        """),
    ),
    # the domain has no mail (RFC 7505)
    (
        "1.10",
        _words(r"""
            null mx
            does not (?:accept|receive|process) (?:any )?e?-?mail
        """),
    ),
    # the domain does not exist
    (
        "1.2",
        _words(r"""
            (?:host|domain)(?: \S{1,253})? (?:name )?(?:is |was )?(?:unknown|not found|invalid)
            (?:host|domain)(?: \S{1,253})? (?:does not exist|doesn't exist)
            (?:host|domain)(?: \S{1,253})? (?:couldn'?t|could not) be found
            (?:couldn'?t|can'?t|could not) find any host
            (?:unknown|no such|invalid|bad) (?:host|domain)
            domain may not exist
            name (?:service error|lookup fail)
            dns error
            nxdomain
            host or domain name
            domain (?:or host )?name lookup
            all relevant mx records point
            unroutable domain
            no mx (?:record|host)s? found
            no (?:mx|mail) servers?
            # pt, es, ja
            dom[íi]nio.{0,40}(?:n[ãa]o|no) (?:foi )?(?:existe|encontrad)
            dom[íi]nio.{0,40}(?:inexistente|inv[áa]lido|desconhecido)
            ホスト.{0,20}見つか
            存在しないドメイン
        """),
    ),
    # nobody of that name
    (
        "1.1",
        _words(r"""
            user ?unknown
            unknown (?:\w+ ){0,2}WHO
            not listed in
            no such (?:\w+ ){0,2}(?:user|mailbox|person|recipient|address|account|name|id)
            no mailbox (?:here|by|found|with)
            WHO(?: \S{1,120}){0,6}? not (?:be )?found
            WHO(?: \S{1,120}){0,5}? not exist
            WHO(?: \S{1,120}){0,5}? doesn't exist
            WHO(?: \S{1,120}){0,4}? not recogni[sz]ed
            WHO(?: \S{1,120}){0,3}? not (?:known|valid|listed)
            WHO(?: \S{1,120}){0,3}? (?:unknown|invalid)
            WHO(?: \S{1,120}){0,3}? un(?:deliverable|available)
            WHO(?: \S{1,120}){0,3}? (?:wasn't|couldn't be) found
            (?:invalid|incorrect|bad|non-?existent) (?:\w+ )?WHO
            (?:doesn't|does not|didn't|don't) have an? .{0,80}account
            is not a (?:known|valid|registered|local|gateway|current)
            wasn't found at
            not our customer
            no valid recipients?
            (?:recipient|address) rejected
            unrouteable address
            not found in (?:the )?(?:directory|ldap|lotus)
            # pt
            QUEM.{0,60}n[ãa]o (?:existe|foi (?:encontr|locali))
            QUEM.{0,60}n[ãa]o (?:p[ôo]de ser )?encontrad
            QUEM.{0,60}n[ãa]o cadastrad
            QUEM.{0,60}(?:inexistente|desconhecid|inv[áa]lid)
            # es
            QUIEN.{0,60}no (?:se )?(?:existe|encontr)
            QUIEN.{0,60}desconocid
            no se (?:encontr|ha encontr)\w+ (?:la direcci|el (?:usuario|destinat|buz))
            # de, fr, it, ru
            WER.{0,40}(?:unbekannt|existiert nicht|ung[üu]ltig)
            WER.{0,40}nicht (?:gefunden|vorhanden|bekannt)
            (?:utilisateur|destinataire|adresse).{0,60}(?:inconnu|introuvable|n'existe|invalide)
            (?:utente|destinatario|indirizzo).{0,60}(?:sconosciut|inesistente|non (?:esiste|valid))
            (?:utente|destinatario|indirizzo).{0,60}non (?:[èe] stato )?trovat
            не (?:найден|существует)
            # ja, zh
            アドレス.{0,20}(?:見つから|見つかりま|存在し|ありません)
            (?:用户|收件人|邮箱|帐号|地址).{0,60}(?:不存在|未知)
        """),
    ),
    # given up after days of trying
    (
        "4.7",
        _words(r"""
            expired
            too long in (?:the )?queue
            in (?:the )?queue too long
            not be delivered for
            retry (?:time(?:out)?|limit)
            delivery time(?:out)? (?:exceeded|not reached)
            timed? ?out
            not responding
            unreachable
            undeliver\w+ (?:for|after)
            (?:not|never) delivered (?:within|after)
            (?:giving|gave) up
            stopped trying
            queue time
            # pt, de, fr, it
            expirad
            expirou
            tempo (?:esgotado|limite)
            abgelaufen
            expiré
            scadut
        """),
    ),
    # it runs in circles
    (
        "4.6",
        _words(r"""
            (?:mail|routing|forward\w*) loop
            too many hops
            hop count
            loop (?:detected|alert)
        """),
    ),
    # the way to it is broken
    (
        "4.1",
        _words(r"""
            connection (?:refused|reset|failed|closed|dropped|lost)
            (?:could not|couldn't|can'?t|able to) (?:\w+ )?(?:connect|establish)
            did not accept our requests
            no route
            network (?:error|is unreachable)
            host is down
            tls (?:handshake|negotiation)
            starttls
        """),
    ),
    # the address is no address
    (
        "1.3",
        _words(r"""
            malformed address
            syntax error
            bad address syntax
            incorrectly constructed
            may not follow
        """),
    ),
    # the system behind it is full
    (
        "3.1",
        _words(r"""
            system (?:is )?(?:full|resources)
            (?:no|insufficient) (?:system )?(?:storage|resources|space)
            out of memory
            resources temporarily
        """),
    ),
    # what is written is refused
    (
        "6.0",
        _words(r"""
            (?:8-?bit|mime|content|header|character set) .{0,30}not (?:supported|allowed)
            (?:8-?bit|mime|content|header|character set) .{0,30}(?:invalid|error|malformed)
        """),
    ),
    # something is broken there
    (
        "3.0",
        _words(r"""
            (?:mailer|system|local|internal(?: server)?|configuration|write) error
            service unavailable
        """),
    ),
)
