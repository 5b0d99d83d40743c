"""The words of delivery reports, by what they mean. One phrase a line, blanks are any blank.

The phrases are regular expressions without case; each line is one alternative. They are
searched in the bounded text of reports only, never in what people write.
"""

import re
from functools import cached_property


class Phrases:
    """A block of phrases; "#" begins a comment line.

    Compiled when first asked: most mails never need them, and starting stays quick.
    """

    def __init__(self, block: str) -> None:
        self._block = block

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        lines = [line.strip() for line in self._block.splitlines()]
        kept = [line for line in lines if line and not line.startswith("#")]
        return re.compile("|".join(kept).replace(" ", r"\s"), re.IGNORECASE)

    def begin(self, text: str) -> bool:
        """Say whether a text begins with one of the phrases."""
        return self._pattern.match(text) is not None

    def occur(self, text: str) -> bool:
        """Say whether one of the phrases stands anywhere in a text."""
        return self._pattern.search(text) is not None


# What a subject begins with when a mail system tells of a delivery.
SUBJECT = Phrases(r"""
    undeliver(?:able|ed)
    non-?deliver
    delivery ?(?:status|failure|report|has failed|failed|error|notification|problem|delayed)
    delivery ?(?:incomplete|unsuccessful|final failure|attempts?)
    fail(?:ure|ed) (?:notice|delivery|to deliver|mail)
    returned (?:mail|to sender|message|e-?mail|undeliver|post\b)
    mail (?:delivery|failed|failure|system error|could not|not delivered|error|returned|undeliver)
    message (?:status|delivery|undeliver|delayed|not delivered|could not|you sent blocked)
    (?:warning: )?(?:could not send|message .{0,80} delayed)
    notice: mail delivery
    there was an error sending
    (?:permanent|temporary) (?:delivery|failure)
    postmaster notify
    rejected mail
    error sending
    your (?:message|e-?mail) (?:could not|couldn't|was not|wasn't|has not)
    your (?:message|e-?mail) has been (?:delayed|rejected|returned)
    bounce[sd]?\b
    automatically rejected mail
    not delivered
    unable to deliver
    dsn\b
    ndr\b
    # pt
    mensagem (?:de e-?mail )?n[ãa]o (?:foi )?(?:entregue|enviada|p[ôo]de)
    mensagem (?:devolvida|rejeitada)
    e-?mail (?:n[ãa]o entregue|devolvido)
    n[ãa]o (?:foi )?(?:entregue|entreg[áa]vel)
    n[ãa]o (?:[ée]|foi) poss[íi]vel entregar
    (?:falha|erro) (?:na|de|no|ao) (?:entrega|envi|retorn)
    entrega (?:n[ãa]o|com falha|falhou|atrasada|adiada)
    devolvid[ao]
    retorno de e-?mail
    notifica[çc][ãa]o d[eo] (?:status|estado|falha)
    aviso de (?:falha|n[ãa]o entrega)
    endere[çc]o n[ãa]o encontrado
    # es
    no se (?:puede|pudo|ha podido|ha entregado)
    no entregad
    (?:mensaje|correo) (?:no|devuelto)
    devuelto
    error (?:de|en la|al) (?:entrega|env)
    notificaci[óo]n d[eo] (?:estado|entrega)
    fallo (?:de|en)
    entrega (?:fallida|retrasada|err[óo]nea)
    # de
    (?:nicht |un)zustellbar
    unzugestellt
    zustell(?:ung|fehler|status|bericht)
    benachrichtigung (?:zum|[üu]ber)
    r[üu]ckl[äa]ufer
    mail ?zustellung
    # fr
    (?:message )?non (?:remis|distribu|d[ée]livr)
    [ée]chec (?:de|d')
    notification d'[ée]tat
    rapport de (?:non|remise)
    retour de mail
    # it
    non (?:recapit|consegn)
    mancat[ao] (?:recapito|consegna)
    impossibile (?:recapit|consegn)
    notifica dello stato
    recapito non
    errore (?:di|nella)\b
    # nl, sv, da, no, fi
    niet (?:te )?bezorg
    onbestelbaar
    bezorging
    aflevering
    kan (?:inte|ikke|niet) lever
    olevererbart
    (?:ej|ikke) lever
    toimitt
    ei voi(?:da|tu)? toimitt
    # pl, cs, ru
    niedostarcz
    nie mo[żz]na dostarczy
    zwrot
    nedoru[čc]iteln
    недостав
    не (?:удалось|доставлен)
    невозможно доставить
    ваше сообщение не
    # ja, zh
    (?:配信|配送|送信|メール).{0,12}(?:不能|不可|失敗|できません|エラー|遅延|戻り)
    未配信
    エラー通知
    (?:无法|未能?)(?:投递|送达|传递)
    (?:系统|系統|邮件)?退信
    未傳遞
    傳遞失敗
    投递失败
""")

# Of these, what only programs write.
NO_PERSONS_SUBJECT = Phrases(r"""
    \[bounce\]
    undelivered mail returned to sender
    mail delivery failed: returning message to sender
    mail could not be delivered$
    returned mail: (?:see transcript|user unknown|host unknown)
    delivery status notification \((?:failure|delay)
    delivery failure notification$
    there was an error sending your mail
    warning: could not send message for past
""")

# What a list server's report begins with; it comes from the list's own address.
LIST_SERVER = Phrases(r"""
    fml\b
    loop alert
    duplicated message-id
    not member
    reject(?:ed)?\b
    spam mail
    security alert
    ignored\b
""")

# Who reports: the beginning of an address or of a display name.
DAEMON = Phrases(r"""
    mailer-?daemon
    post_?master\b
    mail-?daemon
    interscan
    mdaemon\b
    microsoftexchange[0-9a-f]{10,}@
    mail(?:er)? ?deliver[ey]? ?(?:sub)?(?:system|service|agent)
    mail(?:er)? ?deliver[ey]? (?:sub)? ?(?:system|service|agent)
    mail (?:administrator|system)\b
    internet mail delivery
    mmsc ndr
    mail ?er daemon
    (?:sistema|subsistema|servi[çc]o) de entrega
""")

# What the text of a report says; asked only of machines.
SAYS = Phrases(r"""
    user ?unknown
    unknown (?:user|host|recipient)
    no such user
    mailbox (?:is )?(?:full|unavailable)
    mailbox exceeds
    (?:could|can) ?n[o']t be (?:delivered|reached|sent)
    (?:was|were|is|not)n?'?t? (?:yet )?(?:been )?delivered
    undeliver
    non-?deliver
    permanent (?:fatal )?(?:error|failure)
    deliver(?:y|ing)? (?:to|failed|failure|problem|error|status|has\b|temporarily|attempt)
    able to deliver
    host (?:unknown|not found)
    address(?:es)? (?:had|failed|rejected|not found|has been ignored)
    over quota
    returned (?:to|mail|message)
    transaction failed
    transcript of session
    relay(?:ing)? denied
    failure reasons?
    message from \S
    message log follows
    rejected
    incorrectly constructed
    did not reach
    mail (?:failure|delivery)
    delayed
    smtp (?:error|server)
    error sending
    trouble delivering
    failed (?:to deliver|recipient|address)
    no valid recipients
    \brcpt to
    # pt, es
    n[ãa]o (?:p[ôo]de|foi poss[íi]vel|foi|[ée]).{0,40} (?:entreg|envi)
    caixa (?:postal )?cheia
    falh(?:a|ou)
    devolvid
    usu[áa]rio (?:desconhecido|inexistente)
    destinat[áa]rio
    no (?:se )?(?:pudo|puede|ha podido|ha sido).{0,40}entreg
    # de, fr, it, nl, sv, da, no, fi, pl, cs, ru
    zugestellt
    zustell
    \bremise?s?\b
    distribué
    recapit
    consegna
    bezorg
    levere
    toimit
    dostarcz
    doru[čc]
    достав
    # ja, zh
    配信
    配送
    送信できま
    送达
    投递
    退信
    群組
    群组
    グループ
""")

# The mail is still being tried, whatever else is said.
STILL_TRIED = Phrases(r"""
    warning message only
    transient non-fatal
    will (?:keep|continue|be retried|retry)
    still (?:being )?(?:trying|tried)
    attempts to deliver.{0,60} will
    delivery attempts will continue
    only a temporary
    not need to re-?send
    (?:continuar|seguir)[áe]\w* tentando
    continuaremos tentando
    ser[áa] tentad
    se (?:volver[áa]|intentar[áa])
    wird weiter
""")

# The mail is not tried any more.
GIVEN_UP = Phrases(r"""
    permanent
    fatal error
    not going to try
    giv(?:en|ing) up
    gave up
    stopped trying
    no further
    will (?:not|be (?:deleted|returned))
    unrecoverable
    definitiv
    returned to (?:the )?(?:sender|you)
""")

# It failed, maybe for a while.
FAILED = Phrases(r"""
    fail
    could ?(?:not|n't) be
    undeliver
    unable to deliver
    n[ãa]o (?:foi|p[ôo]de)
    rejected
    returned
""")

# It takes longer.
DELAYED = Phrases(r"""
    \bdelay(?:ed|s)?\b
    not yet been delivered
    not been delivered yet
    \bdeferred\b
    temporary (?:failure|problem|error)
    # pt, es, de, fr, it, ja, zh, ru
    atrasad
    adiad
    ainda n[ãa]o foi
    (?:falha|problema|erro) tempor[áa]ri
    retras
    verz[öo]gert
    retard[ée]
    ritard
    遅延
    延迟
    задерж
""")
