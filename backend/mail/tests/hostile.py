"""Mails made to be slow to read, one for each way that is known or thought of (M3, M22, H8, Q7).

Each generator takes a size in bytes and returns a mail of about that size.
"""

from collections.abc import Callable

from backend.mail.tests.mails import mail, multipart, part

Generator = Callable[[int], bytes]

_DSN = "multipart/report; report-type=delivery-status; boundary=BB"


def _fill(unit: str, size: int) -> bytes:
    data = unit.encode()
    return (data * (size // len(data) + 1))[:size]


def _field(name: str, unit: str, *, folded: bool = False) -> Generator:
    """One field full of something; folded so that its lines stay legal."""

    def make(size: int) -> bytes:
        value = _fill(unit, size)
        if folded:
            value = b"\r\n ".join(value[at : at + 900] for at in range(0, size, 900))
        return name.encode() + b": " + value + b"\r\nSubject: x\r\n\r\nwords\r\n"

    return make


def _fields(line: str) -> Generator:
    return lambda size: _fill(line, size // len(line) * len(line)) + b"\r\nwords\r\n"


def _body(unit: str, content_type: str = "text/plain", **headers: str) -> Generator:
    return lambda size: mail(_fill(unit, size), Content_Type=content_type, **headers)


def _after(begin: str, unit: str, content_type: str = "text/plain", end: str = "") -> Generator:
    def make(size: int) -> bytes:
        return mail(begin.encode() + _fill(unit, size) + end.encode(), Content_Type=content_type)

    return make


def _html(unit: str, begin: str = "", end: str = "") -> Generator:
    return _after(begin, unit, "text/html; charset=utf-8", end)


def _numbered(form: str, content_type: str) -> Generator:
    """Lines that are all different, so that nothing is remembered from one to the next."""

    def make(size: int) -> bytes:
        count = size // (len(form) + 4)
        return mail("".join(form.replace("#", str(n)) for n in range(count)),
                    Content_Type=content_type)  # fmt: skip

    return make


def _multi(kind: str, unit: str) -> Generator:
    return lambda size: mail(_fill(unit, size), Content_Type=f"multipart/{kind}; boundary=BB")


def _report(unit: str) -> Generator:
    def make(size: int) -> bytes:
        return mail(
            b"--BB\r\nContent-Type: message/delivery-status\r\n\r\n" + _fill(unit, size),
            Content_Type=_DSN,
            From="MAILER-DAEMON@x.test",
        )

    return make


def _bounce(unit: str) -> Generator:
    return _body(unit, From="Mail Delivery System <MAILER-DAEMON@x.test>",
                 Subject="Undelivered Mail Returned to Sender")  # fmt: skip


def _nested(size: int) -> bytes:
    head = part(mail(b"", Content_Type="message/rfc822"), "message/rfc822")
    return head * (size // len(head)) + mail("words")


def _nested_multiparts(size: int) -> bytes:
    heads = (
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(size // 60)
    )
    return "".join(heads).encode()


_ADDRESSES = {
    f"to {unit}": _field("To", unit, folded=True)
    for unit in ('"', '"\\', "(", "(\\", "<", '<"', "@", " @ .", "a:", "a@b,", ",", ";", "=?a?b?",
                 "=?utf-8?q?a?= ", "a ", "(a)b@c ", "<a@b> ", '"a" <', "@a,@b:", "a@b <", "a@b\t")
}  # fmt: skip
_HEADERS = {
    "from blanks": _field("From", " "),
    "from words": _field("From", "=?utf-8?q?a?= a@b ", folded=True),
    "subject words": _field("Subject", "=?utf-8?q?a?= ", folded=True),
    "subject words of many charsets": _field("Subject", "=?utf-8?q?a?= =?cp1252?q?a?= ",
                                             folded=True),
    "subject open words": _field("Subject", "=?utf-8?q?a"),
    "subject question marks": _field("Subject", "=?"),
    "subject almost words": _field("Subject", "=?a?q?b?c"),
    "subject base64 words": _field("Subject", "=?utf-8?b?////?=", folded=True),
    "subject prefixes": _field("Subject", "Re: Fwd: ", folded=True),
    "subject of answers": _field("Subject", "Automatic reply ", folded=True),
    "subjects": _fields("Subject: =?utf-8?q?a?= =?cp1252?q?b?=\r\n"),
    "references": _field("References", "<a@b> ", folded=True),
    "references open": _field("References", "<a", folded=True),
    "references words": _field("References", "a@b ", folded=True),
    "in-reply-to fields": _fields("In-Reply-To: <a@b>\r\n"),
    "message-id open": _field("Message-ID", "<"),
    "date comments": _field("Date", "Mon, 5 Jan 2026 ((((", folded=True),
    "date digits": _field("Date", "1:"),
    "folds": _field("X-A", "\r\n a"),
    "blank folds": _field("X-A", "\r\n  "),
    "one line": _field("X-A", "a"),
    "fields": _fields("X-A: b\r\n"),
    "fields without end": _fields("x\r\n"),
    "fields and junk": _fields("x\r\nX: y\r\n"),
    "colons": _fields(":\r\n"),
    "authentication-results": _field("Authentication-Results", "x; dmarc=(a", folded=True),
    "authentication-results methods": _field("Authentication-Results", "spf=pass x.y=z;",
                                             folded=True),
    "received": _fields("Received: from a by b; Mon, 5 Jan 2026 00:00:00 +0000\r\n"),
    "auto-submitted comments": _field("Auto-Submitted", "(", folded=True),
    "list-unsubscribe": _field("List-Unsubscribe", "<mailto:a@b>,", folded=True),
    "x-failed-recipients": _field("From: MAILER-DAEMON\r\nX-Failed-Recipients", "a@b,",
                                  folded=True),
    "spam status": _field("X-Spam-Status", "score=", folded=True),
    "parameters": _field("Content-Type", "; a=b", folded=True),
    "parameter sections": _field("Content-Type", "text/plain; n*1*=%41; n*2*=", folded=True),
    "parameter quotes": _field("Content-Type", 'text/plain; n="\\', folded=True),
    "parameter blanks": _field("Content-Type", "text/plain;  ", folded=True),
    "disposition": _field("Content-Disposition", "attachment; filename*0*=a''%", folded=True),
    "file name words": _field("Content-Disposition: attachment; filename",
                              "=?utf-8?q?a?= ", folded=True),
}  # fmt: skip
_PARTS = {
    "delimiters": _multi("mixed", "--BB\r\n"),
    "delimiters without lines": _multi("mixed", "--BB"),
    "delimiters and blanks": _multi("mixed", "--BB" + " " * 1000),
    "delimiters and tabs": _multi("mixed", "\r\n--BB\t\t\t\t\t\t\t\t\t\tx"),
    "alternatives": _multi("alternative", "--BB\r\nContent-Type: text/html\r\n\r\n<p>x\r\n"),
    "texts": _multi("mixed", "--BB\r\n\r\nwords\r\n"),
    "relations": _multi("related", "--BB\r\nContent-ID: <a>\r\nContent-Type: image/png\r\n"
                        "\r\nx\r\n"),
    "files of one name": _multi("mixed", "--BB\r\nContent-Disposition: attachment; filename=a\r\n"
                                "\r\nx\r\n"),
    "mails": _multi("digest", "--BB\r\n\r\nSubject: x\r\n\r\nx\r\n"),
    "events": _multi("mixed", "--BB\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n"),
    "boundary of dashes": lambda size: mail(
        b"-" * size, Content_Type=f'multipart/mixed; boundary="{"-" * 60}"'
    ),
    "guessed boundaries": lambda size: mail(
        _fill("--a\r\nX:\r\n--b ", size), Content_Type="multipart/mixed"
    ),
    "nested mails": _nested,
    "nested multiparts": _nested_multiparts,
}  # fmt: skip
_TEXTS = {
    "on on on": _body("On "),
    "on on wrote": _body("On On wrote\r\n"),
    "on wrote colon": _body("On x 1 wrote\r\na:\r\n"),
    "em em escreveu": _body("Em Em 1 escreveu "),
    "attribution ends": _body("wrote:\r\n"),
    "open lines": _body("On 3 a:\r\n"),
    "from lines": _body("From: a\r\n"),
    "from lines with blanks": _body("De: a\r\n\r\n\r\n"),
    "header blocks": _body("From: a\r\nSent: b\r\nx\r\n"),
    "labels in one line": _body("From: a Sent: b To: c "),
    "quotes and lines": _body("> x\r\ny\r\n"),
    "quote marks": _body(">"),
    "quote marks and blanks": _body("> "),
    "blanks": _body(" "),
    "blank lines": _body("\r\n"),
    "no-break blanks": _body("\u00a0"),
    "rules": _body("_"),
    "dashes": _body("-" * 490 + "x\r\n"),
    "dashed words": _body("-- Original "),
    "signatures": _body("-- \r\n"),
    "closings": _body("Atenciosamente,\r\nAna\r\n"),
    "mobile lines": _body("Sent from my " + "x" * 60 + "\r\n"),
    "disclaimers": _body("Esta mensagem" + " " * 480 + "x\r\n"),
    "disclaimer words": _body("This message "),
    "forwards": _body("---------- Forwarded message ---------\r\n"),
    "forward blocks": _body("Begin forwarded message:\r\nFrom: a@b\r\nSubject:\r\n"),
    "addresses in text": _body("a@b.c "),
    "at signs": _body("@"),
    "dots and digits": _body("5.1.1 "),
    "urls": _body("https://x.test/"),
    "brackets": _body("<"),
    "pgp": _body("-----BEGIN PGP MESSAGE-----\r\n"),
    "uuencode": _body("begin 644 a\r\n"),
    "uuencode blocks": _body("begin 644 a\r\n#0V%T\r\n`\r\nend\r\n"),
    "uuencode lines": _after("begin 644 a\r\n", "M" * 61 + "\r\n"),
    "uuencode words": _body("begin 644 \r\nend\r\n"),
    "flowed": _body("a \r\n", "text/plain; format=flowed"),
    "flowed quotes": _body("> a \r\n>> b \r\n", "text/plain; format=flowed; delsp=yes"),
    "flowed marks": _body(">", "text/plain; format=flowed"),
    "utf-7": _body("+AGEA-", "text/plain; charset=utf-7"),
    "punycode": _body("a", "text/plain; charset=punycode"),
    "broken utf-8": lambda size: mail(
        b"\xc3(" * (size // 2), Content_Type="text/plain; charset=utf-8"
    ),
    "iso-2022-jp": _body("\x1b$B!!\x1b(B", "text/plain; charset=iso-2022-jp"),
    "eight bit": lambda size: mail(b"\xe1\xe9 " * (size // 3)),
    "sniffed": lambda size: mail(bytes(range(128, 256)) * (size // 128)),
    "combining": _body("a\u0301\u0323\u0307", "text/plain; charset=utf-8"),
    "combining run": _body("\u0301\u0323", "text/plain; charset=utf-8"),
    "zeros": _body("\x00"),
    "bare returns": _body("a\r"),
    "base64 pads": _body("QQ==", "application/pdf; name=a", Content_Transfer_Encoding="base64"),
    "base64 text": _body("QQ==", Content_Transfer_Encoding="base64"),
    "base64 and junk": _body("QU!J?D\r\n", Content_Transfer_Encoding="base64"),
    "base64 lines": _body("=\r\n", Content_Transfer_Encoding="base64"),
    "quoted-printable": _body("=3D", Content_Transfer_Encoding="quoted-printable"),
    "quoted-printable breaks": _body("=\r\n", Content_Transfer_Encoding="quoted-printable"),
    "quoted-printable junk": _body("=x =", Content_Transfer_Encoding="quoted-printable"),
    "quoted-printable blanks": _body(" ", Content_Transfer_Encoding="quoted-printable"),
    "x-uuencode": _body("M" * 60 + "\r\n", Content_Transfer_Encoding="x-uuencode"),
    "enriched": _body("<bold>", "text/enriched"),
    "richtext": _body("<<", "text/enriched"),
}
_MACHINES = {
    "delivery status": _report("Final-Recipient: rfc822; a@b\r\nAction: failed\r\n\r\n"),
    "delivery status lines": _report("x\r\n"),
    "delivery status words": _report("Status: 5.1.1 (5.1.1\r\n"),
    "delivery status fold": _report("Diagnostic-Code: smtp;\r\n 550 "),
    "bounce words": _bounce("user unknown "),
    "bounce addresses": _bounce("<a@b.test>: 550 5.1.1\r\n"),
    "bounce address beginnings": _bounce("<a"),
    "bounce names": _bounce("a.a.a.a@"),
    "bounce domains": _bounce("a@b.b.b.b.b.b"),
    "bounce hosts": _bounce("host x y said: "),
    "bounce codes": _bounce("550 "),
    "bounce delays": _bounce("will keep trying until "),
    "bounce returned ids": _bounce("Message-ID: <"),
    "bounce returned fields": _bounce("Message-ID:\r\n "),
    "bounce paragraphs": _bounce("--- x\r\n\r\n"),
    "bounce blanks": _bounce("delivery to " + " " * 300),
    "away": _body("out of office ", Subject="Out of office: x"),
}
_HTML = {
    f"html {unit[:30]}": _html(unit)
    for unit in (
        "<", "<a", "<a ", "<a/", "<a x=\"", "<p>", "<p>word", "<div>", "<div></div>", "<div></x>",
        "<b>", "<b><i></b>", "<b><i>", "<br>", "<hr>", "<li>", "<ul><li>", "<ul><li>x</ul>",
        "<dd><dt>", "<table>", "<table><tr><td>", "<td>", "<table>x<b>", "<option>", "<select>",
        "<button><p>", "<svg><g>", "<math><mi>", "<template>", "<script>", "<style>", "<title>",
        "<textarea>", "<noscript>", "<xmp>", "<frameset>", "<form><div>", "<p><object>",
        "<marquee><b>", "<ruby><rt>", "<h1><h2>", "<nobr>", "<center>x</center>", "<pre>\n",
        "<blockquote>", "<blockquote>\n>", "<font color=red>x</font>", "<img src=cid:a>",
        "<img src=http://a>", "<img width=1 height=1>", "<a href=http://x>",
        "<a href=http://x>y</a>", "<p hidden>x", "<span style=color:red>x</span>", "</p>", "</x>",
        "<body a=1>", "<body bgcolor=red>", "<body ", "<![>", "<!--", "<!---->", "<?x>",
        "<![CDATA[", "&", "&amp;", "&nbsp;", "&notit", "&#65;", "&#", "a&b=c ", "\u200c ",
        "\u00a0", "> ", "<p style=\"", "<div class=gmail_quote>",
        "<blockquote type=cite>x</blockquote>y",
        "<div class=gmail_quote>On 1 a wrote:<blockquote>", "<div id=divRplyFwdMsg>",
        "<div class=gmail_signature>gmail_quote", "<div class=moz-cite-prefix>", "<hr id=x>",
        "<div style=\"border-top:solid\">", "<div class=x_x_x_x_x_x_x_x_>",
        "<span class=yahoo_quoted>", "<div class=\"gmail_attr\">x</div>", "On a wrote:<br>",
        "<b>From:</b> x<br><b>Sent:</b> y<br>",
    )
}  # fmt: skip
_HTML |= {
    "html attributes": _html("a b c ", "<p ", ">words"),
    "html attributes in a comment": _html("a b c ", '<!-- <a x=" --><p ', ">"),
    "html quoted brackets": _html('a="<" ', "<p ", ">"),
    "html quoted ends": _html('a=">" ', "<p ", ">"),
    "html long attribute": _html("x", "<p title='", "'>words"),
    "html long style": _html("color:red;", "<p style='", "'>words"),
    "html long address": _html("x", "<a href='https://x.test/", "'>words"),
    "html tags of 64 attributes": _html("<a " + " ".join(f"b{n}" for n in range(64)) + ">"),
    "html tags of 63 values": _html("<td " + " ".join(f"c{n}=d" for n in range(63)) + ">"),
    "html known attributes": _html("<td width=1 height=1 align=left valign=top bgcolor=red>x"),
    "html opened again": lambda size: mail(
        "<div>" + "".join(f"<b id={n}>" for n in range(250)) + "</div>"
        + _fill("<div>x</div>", size).decode(),
        Content_Type="text/html",
    ),
    "html other styles": _numbered('<p style="color:red;width:#px;margin:0">x', "text/html"),
    "html other links": _numbered('<a href="http://x.test/#?a=1&b=2">y</a>', "text/html"),
    "html other addresses": _numbered('<img src="http://x.test/#.png">', "text/html"),
    "html data": _html("QUJD", "<img src='data:image/png;base64,", "'>words"),
}  # fmt: skip
_DATA = {
    "calendar lines": _body("BEGIN:VEVENT\r\n", "text/calendar"),
    "calendar folds": _body("\r\n ", "text/calendar"),
    "calendar attendees": _after("BEGIN:VEVENT\r\n", "ATTENDEE;CN=a:mailto:a@b\r\n",
                                 "text/calendar"),
    "calendar zones": _after("BEGIN:VCALENDAR\r\n", "BEGIN:VTIMEZONE\r\nTZID:a\r\n",
                             "text/calendar"),
    "calendar rules": _after("BEGIN:VEVENT\r\n", "RRULE:FREQ=SECONDLY\r\n", "text/calendar"),
    "calendar parameters": _after("BEGIN:VEVENT\r\nDTSTART", ";A=\"", "text/calendar"),
    "tnef records": lambda size: mail(
        bytes.fromhex("789f3e220100") + bytes.fromhex("020f80060000000000" "0000") * (size // 11),
        Content_Type="application/ms-tnef",
    ),
    "tnef long record": lambda size: mail(
        bytes.fromhex("789f3e220100020f800600ffffff7f") + b"a" * size,
        Content_Type="application/ms-tnef",
    ),
    "tnef rendered files": lambda size: mail(
        bytes.fromhex("789f3e220100") + (bytes.fromhex("020290060000000000" "0000")) * (size // 11),
        Content_Type="application/ms-tnef",
    ),
    "tnef properties": lambda size: mail(
        bytes.fromhex("789f3e220100" "0103900600") + size.to_bytes(4, "little")
        + (size // 8).to_bytes(4, "little") + bytes.fromhex("0300 0100 00000000") * (size // 8),
        Content_Type="application/ms-tnef",
    ),
    "pkcs7": lambda size: mail(
        bytes.fromhex("3080") * (size // 2), Content_Type="application/pkcs7-mime"
    ),
    "zip": lambda size: mail(b"PK\x03\x04" + b"PK\x01\x02" * (size // 4),
                             Content_Type="application/zip"),
    "random": lambda size: bytes(range(256)) * (size // 256),
    "nothing but zeros": bytes,
    "nothing but line ends": lambda size: b"\n" * size,
    "many languages": lambda size: multipart(
        "mixed", *[part(_fill("Привет ", size // 50), "text/plain; charset=utf-8")] * 50
    ),
}  # fmt: skip

GENERATORS: dict[str, Generator] = {
    **_ADDRESSES,
    **_HEADERS,
    **_PARTS,
    **_TEXTS,
    **_MACHINES,
    **_HTML,
    **_DATA,
}
