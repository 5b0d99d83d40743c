"""Mails of many kinds for the fuzzer to damage: every branch of the parser has one."""

import base64

from backend.mail.tests.mails import joined, mail, multipart, nested, part

_HTML = (
    '<html><head><style>p{x:y}</style></head><body bgcolor="#fff" style="font-family:Arial">'
    '<div style="display:none">preview&zwnj;&nbsp;</div><p style="color:red;margin:0 auto">'
    'Ol&aacute;,<br>see <a href="https://x.test/a?b=1&amp;c=2">this</a> '
    '<img src="cid:logo@x" alt=Logo>'
    '<img src="https://x.test/p.gif" width=1 height=1><table><tr><td>a<td bgcolor=red>b</table>'
    "<ul><li>one<li>two</ul><!--[if mso]><v:x><![endif]--><![if !mso]>x<![endif]>"
    '<div class="gmail_quote">On Mon, Jan 5, 2026 at 10:00 AM Ana &lt;ana@x.test&gt; wrote:<br>'
    '<blockquote class="gmail_quote" type="cite">old words</blockquote></div></body></html>'
)
_TEXT = (
    "Bom dia,\r\n\r\nmeu pedido não chegou.\r\n\r\nAtenciosamente,\r\nAna\r\n-- \r\nAna Silva\r\n"
    "\r\nEm seg., 5 de jan. de 2026 às 10:00, Suporte <s@desk.test> escreveu:\r\n> Olá\r\n"
    ">> mais\r\n\r\nDe: Suporte\r\nEnviado em: segunda-feira\r\nPara: Ana\r\nAssunto: x\r\n"
    "\r\nvelho\r\n"
    "---------- Forwarded message ---------\r\nFrom: B <b@x.test>\r\nDate: today\r\nSubject: y\r\n"
    "To: c@x.test\r\n\r\nforwarded words\r\nSent from my iPhone\r\n"
)
_UU = "see\r\nbegin 644 x.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n"
_CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:E. South America\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0300\r\nTZOFFSETTO:-0300\r\n"
    "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY;LANGUAGE=pt:Reuni\\,ão\r\n"
    "DTSTART;TZID=E. South America:20260105T100000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n"
    'ORGANIZER;CN=Ana:mailto:a@x.test\r\nATTENDEE;CN="B; C":mailto:b@x.test\r\nEND:VEVENT\r\n'
    "END:VCALENDAR\r\n"
)
_DSN = (
    "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; b@x.test\r\nAction: failed\r\n"
    "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
)
_ARF = "Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: b@x.test\r\n"
_MDN = "Final-Recipient: rfc822; b@x.test\r\nDisposition: manual-action/MDN-sent; displayed\r\n"


def _tnef(*records: tuple[int, int, bytes]) -> bytes:
    """Return a TNEF stream of (level, attribute, data) records."""
    stream = bytes.fromhex("789f3e220100")
    for level, attribute, data in records:
        head = bytes([level]) + attribute.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        stream += head + data + (sum(data) % 65536).to_bytes(2, "little")
    return stream


_TNEF = _tnef(
    (1, 0x00089006, (65536).to_bytes(4, "little")),
    (1, 0x00018004, b"subject\x00"),
    (1, 0x0002800C, b"the body\x00"),
    (2, 0x00069002, bytes(14)),
    (2, 0x00018010, b"a.txt\x00"),
    (2, 0x0006800F, b"content"),
)


def _encoded(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def _report(kind: str, content_type: str, report: str) -> bytes:
    return multipart(
        f"report; report-type={kind}",
        part("The mail could not be delivered: user unknown\r\n"),
        part(report, content_type),
        part(mail("gone", Message_ID="<1@desk.test>"), "message/rfc822"),
        From="Mail Delivery System <MAILER-DAEMON@mx.test>",
        Return_Path="<>",
        Auto_Submitted="auto-replied",
    )


def _headers() -> bytes:
    return mail(
        _TEXT,
        From='=?utf-8?q?Jo=C3=A3o?= "Z, x" <joao@x.test>',
        To='A: b@x.test, c@x.test;, undisclosed-recipients:;, "q" <q@x.test> (c (d))',
        Cc="=?iso-8859-1?b?4uM=?= <x@y.test>,\r\n\t<@r.test:z@y.test>",
        Subject="=?utf-8?b?w6k=?=\r\n =?utf-8?b?w6k=?= =?iso-2022-jp?b?GyRC?= plain",
        References="<1@x>\r\n <2@x> <3@x>",
        In_Reply_To="<3@x>",
        Message_ID="<4@x>",
        Date="Mon, 5 Jan 2026 10:00:00 -0300 (BRT)",
        Content_Type='text/plain; charset="utf-8"; format=flowed; delsp=yes',
        Authentication_Results="mx.test; dmarc=fail header.from=x.test; spf=pass",
        List_Unsubscribe="<mailto:u@x.test>",
        Precedence="bulk",
    )


def _everything() -> bytes:
    alternative = nested(
        "alternative",
        part(_TEXT, "text/plain; charset=utf-8", Content_Transfer_Encoding="8bit"),
        part(_HTML.replace("=", "=3D"), "text/html", Content_Transfer_Encoding="quoted-printable"),
        part(_CALENDAR, "text/calendar; method=REQUEST; charset=utf-8"),
        boundary="alt",
    )
    related = nested(
        "related",
        alternative,
        part(
            "iVBORw0KGgo=", "image/png", Content_ID="<logo@x>", Content_Transfer_Encoding="base64"
        ),
        boundary="rel",
    )
    return multipart(
        "mixed",
        related,
        part(
            "JVBERi0xLjQ=",
            "application/pdf; name*0*=utf-8''relat%C3%B3; name*1=rio.pdf",
            Content_Disposition="attachment; filename==?utf-8?q?relat=C3=B3rio.pdf?=",
            Content_Transfer_Encoding="base64",
        ),
        part(mail(_HTML, Content_Type="text/html"), "message/rfc822"),
        part(_encoded(_TNEF), "application/ms-tnef; name=winmail.dat",
             Content_Transfer_Encoding="base64"),
        boundary="----=_Part",
    )  # fmt: skip


def seeds() -> list[bytes]:
    """Return the mails, small and each of another kind."""
    return [
        mail(_TEXT),
        mail(_TEXT.encode("cp1252"), Content_Type="text/plain; charset=utf-8"),
        mail(_HTML, Content_Type="text/html; charset=utf-8"),
        mail(_UU),
        _headers(),
        _everything(),
        multipart("alternative", part(_TEXT), part(_HTML, "text/html")),
        multipart("digest", mail("one"), mail("two")),
        multipart("signed", part(_TEXT), part("x", "application/pgp-signature")),
        multipart("encrypted", part("Version: 1", "application/pgp-encrypted"), part("x")),
        mail(_encoded(b"0\x80\x06\x09*"), Content_Type="application/pkcs7-mime; name=smime.p7m",
             Content_Transfer_Encoding="base64"),
        mail(_encoded(_TNEF), Content_Type="application/vnd.ms-tnef",
             Content_Transfer_Encoding="base64"),
        mail(_CALENDAR, Content_Type="text/calendar"),
        _report("delivery-status", "message/delivery-status", _DSN),
        _report("feedback-report", "message/feedback-report", _ARF),
        _report("disposition-notification", "message/disposition-notification", _MDN),
        mail("Hi. This is the qmail-send program.\r\n<b@x.test>:\r\nuser unknown\r\n\r\n"
             "--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <1@desk.test>\r\n",
             From="MAILER-DAEMON@mx.test", Subject="failure notice"),
        mail("I am away", Subject="Resposta automática: x", X_Auto_Response_Suppress="All"),
        joined(part("x"), part("y"), boundary="no header at all"),
    ]  # fmt: skip
