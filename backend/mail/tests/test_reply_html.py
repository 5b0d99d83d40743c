"""Quotes by the structure of the HTML (Q2, Q5, Q6)."""

import pytest

from backend.mail.limits import DEFAULT
from backend.mail.parse import parse
from backend.mail.reply import strip
from backend.mail.reply_html import read
from backend.mail.tests.mails import mail, multipart, part

OLD = "<div>old words</div>"
BY = "qualquer língua 2 xyz 2026 10:00 A &lt;a@x.test&gt; abcd:"
HEADERS = "<b>De:</b> A &lt;a@x.test&gt;<br><b>Enviado:</b> x<br><b>Para:</b> b<br>"
QUOTES = [
    ("gmail", f'<div class="gmail_quote"><div class="gmail_attr">{BY}<br></div>'
     f'<blockquote class="gmail_quote" style="border-left:1px">{OLD}</blockquote></div>'),
    ("gmail of old", '<div class="gmail_extra"><br><div class="gmail_quote">On 2 Mar 2026 A wrote:'
     f'<br><blockquote class="gmail_quote" style="border-left:1px">{OLD}</blockquote></div></div>'),
    ("cite", f"<p>{BY}</p><blockquote type=cite>{OLD}</blockquote>"),
    ("cite in capitals", f'<P>{BY}</P><BLOCKQUOTE TYPE="CITE">{OLD}</BLOCKQUOTE>'),
    ("moz", f'<div class="moz-cite-prefix">x<br></div><blockquote type="cite">{OLD}</blockquote>'),
    ("roundcube", f'<p id="reply-intro">x</p><blockquote type="cite">{OLD}</blockquote>'),
    ("outlook web", '<div id="appendonsend"></div><hr>'
     f'<div id="divRplyFwdMsg">{HEADERS}</div>{OLD}'),
    ("outlook desktop", '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>'
     f"{HEADERS}</p></div>{OLD}"),
    ("windows mail", '<div style="padding-top:5px;border-top-color:rgb(229,229,229);'
     f'border-top-width:1px;border-top-style:solid">{HEADERS}</div>{OLD}'),
    ("outlook mac", f'<span id="OLK_SRC_BODY_SECTION"><div>{HEADERS}</div>{OLD}</span>'),
    ("outlook mobile", f'<div class="ms-outlook-mobile-reference-message">{HEADERS}{OLD}</div>'),
    ("hotmail", f'<div><hr id="stopSpelling">Date: x<br>{OLD}</div>'),
    ("yahoo", f'<div id="ydp1yahoo_quoted_42" class="ydp1yahoo_quoted"><div>{BY}</div>{OLD}</div>'),
    ("zoho", f'<div class="zmail_extra"><div>---- {BY} ----</div>'
     f'<blockquote>{OLD}</blockquote></div>'),
    ("proton", f'<div class="protonmail_quote">{BY}<br><blockquote class="protonmail_quote" '
     f'type="cite">{OLD}</blockquote></div>'),
    ("tutanota", f'{BY}<br><blockquote class="tutanota_quote">{OLD}</blockquote>'),
    ("zimbra", f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{HEADERS}'
     f'</div><div data-marker="__QUOTED_TEXT__">{OLD}</div>'),
    ("gmx", f'<div name="quote" style="border-left:2px solid">{HEADERS}{OLD}</div>'),
    ("spark", f'<div name="messageReplySection">{BY}<blockquote>{OLD}</blockquote></div>'),
    ("netease", f'<div id="isReplyContent">{BY}<br>{OLD}</div>'),
    ("mail.ru", f'<blockquote style="border-left:1px solid #0857A6;">{BY}<br>{OLD}</blockquote>'),
    ("unclosed", f'<div class="yahoo_quoted">{BY}{OLD}'),
]  # fmt: skip


@pytest.mark.parametrize("quote", [x for _, x in QUOTES], ids=[x for x, _ in QUOTES])
def test_q2_the_quotes_of_mailers_are_known_by_their_elements(quote: str):
    html = f"<html><head><style>p{{}}</style></head><body><p>It works.</p>{quote}</body></html>"
    assert parse(mail(html, Content_Type="text/html")).reply_text == "It works."


@pytest.mark.parametrize("quote", [x for _, x in QUOTES], ids=[x for x, _ in QUOTES])
def test_q1_an_html_mail_that_is_all_quote_is_shown_whole(quote: str):
    read_mail = parse(mail(f"<body>{quote}</body>", Content_Type="text/html"))
    assert "old words" in read_mail.reply_text


def test_q2_the_html_decides_over_a_text_that_hides_where_the_quote_begins():
    read_mail = parse(
        multipart(
            "alternative",
            part("It works.\n\nZzz zzz\n\nold words"),
            part(f"<p>It works.</p>{QUOTES[0][1]}", "text/html"),
        )
    )
    assert read_mail.reply_text == "It works."


def test_q2_without_a_known_structure_the_lines_of_the_text_decide():
    html = "<p>It works.</p><p>On 2 Mar 2026 at 10:00, A wrote:</p><p>old</p>"
    assert strip("It works.\n\nOn 2 Mar 2026 at 10:00, A wrote:\n\nold", html).text == "It works."


@pytest.mark.parametrize(
    "html",
    [
        "<p>a</p><!-- <div class='gmail_quote'> --><p>b</p>",
        "<style>div.gmail_quote{}</style><p>a</p><p>b</p>",
        "<p>a</p><div style='border-top:1px solid'>Total: 10</div><p>b</p>",
        "<p>a</p><div id=appendonsend></div><p>b</p>",
        "<p>a</p><div class='gmail_quote'>own words here<blockquote>x</blockquote></div><p>b</p>",
    ],
)
def test_q4_elements_that_only_look_like_quotes_take_nothing_away(html: str):
    text = parse(mail(html, Content_Type="text/html")).reply_text
    assert text.startswith("a")
    assert text.endswith("b")


def test_q4_an_indented_paragraph_is_no_quote():
    indented = (
        '<blockquote class="gmail_quote" style="margin:0 0 0 40px;border:none">x</blockquote>'
    )
    text = parse(mail(f"<p>a</p>{indented}<p>b</p>", Content_Type="text/html")).reply_text
    assert text == "a\n\n> x\n\nb"


def test_q5_answers_between_quote_elements_keep_their_context():
    quote = '<blockquote type="cite"><p>{}</p></blockquote>'
    html = (
        f"<p>{BY}</p>{quote.format('q1')}<p>a1</p>{quote.format('q2')}<p>a2</p>{quote.format('')}"
    )
    text = parse(mail(html, Content_Type="text/html; charset=utf-8")).reply_text
    assert text == "> q1\n\na1\n\n> q2\n\na2"


def test_q5_an_answer_below_the_quote_element_is_found():
    html = f"{QUOTES[0][1]}<p>It works.</p>"
    assert parse(mail(html, Content_Type="text/html")).reply_text == "It works."


SIGNATURES = [
    '<div class="gmail_signature" data-smartmail="gmail_signature">Bob</div>',
    '<span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Bob</div>',
    '<div id="Signature"><p>Bob</p></div>',
    '<pre class="moz-signature">-- \nBob</pre>',
    '<div id="ms-outlook-mobile-signature">Obter o Outlook</div>',
    '<div id="AppleMailSignature" dir="ltr">Bob</div>',
    '<div class="protonmail_signature_block"><div>Bob</div><div>Proton</div></div>',
    '<div id="composer_signature">Bob</div>',
    '<div data-marker="__SIG_PRE__">Bob</div>',
    '<div id="ymail_android_signature">Yahoo</div>',
    '<div name="messageSignatureSection">Bob</div>',
]


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("quote", ["", QUOTES[0][1], QUOTES[6][1]], ids=["no", "gmail", "outlook"])
def test_q6_signature_elements_are_left_out_and_said_so(signature: str, quote: str):
    html = f"<p>It works.</p>{signature}{quote}"
    read_mail = parse(mail(html, Content_Type="text/html"))
    assert (read_mail.reply_text, read_mail.signature_stripped) == ("It works.", True)


def test_q6_a_signature_element_is_found_in_the_text_beside_the_html():
    signature = '<div class="gmail_signature"><b>Bob Smith</b><br><img src="x"> Head of Lids</div>'
    result = strip("It works.\n\n*Bob Smith*\n[x] Head of Lids\n", f"<p>It works.</p>{signature}")
    assert result.text == "It works."


def test_q6_a_signature_element_is_never_the_only_content():
    html = f'<div class="gmail_signature">Bob</div>{QUOTES[0][1]}'
    read_mail = parse(mail(html, Content_Type="text/html"))
    assert (read_mail.reply_text, read_mail.signature_stripped) == ("Bob", False)


def test_q6_an_answer_typed_into_the_signature_element_is_kept():
    html = f'<div id="Signature">It works.{QUOTES[6][1]}</div>'
    assert parse(mail(html, Content_Type="text/html")).reply_text == "It works."


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "<div ",
            "<div>",
            "<div class='gmail_quote'>",
            "<blockquote type=cite>",
            "<!--",
            "<style>",
        ),
        *("<blockquote type=cite>x</blockquote>y", "<div id=Signature>", "<div id=appendonsend>"),
        *(
            "<div style='border-top:1px'>From: ",
            "<div class=gmail_signature>gmail_quote",
            "<p id=gmail_",
        ),
        *(
            "<div class='gmail_quote'>x@y<blockquote>a</blockquote>b</div>",
            "x<body>x",
            "<hr id=zwchr>",
        ),
        *("<div id=" + "x_" * 200 + ">", "<div " + "class=a " * 50 + ">", "<div class=gmail_attr>"),
    ],
)
def test_q7_a_mebibyte_of_almost_structure_is_read(unit: str):
    structure = read(unit * ((1 << 20) // len(unit)), DEFAULT)
    assert structure.pieces is None or isinstance(structure.pieces, tuple)
