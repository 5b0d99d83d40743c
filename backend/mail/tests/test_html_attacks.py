"""H2, H3: forms of attack on sanitisers, each judged by the second opinion of html_checker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.html import sanitise
from backend.mail.limits import DEFAULT
from backend.mail.tests.html_checker import faults

HANDLER = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(1)</script>"


def harmless(html: str) -> str:
    shown = sanitise(html, DEFAULT)[0]
    assert not faults(shown)
    assert not faults(sanitise(shown, DEFAULT)[0])
    return shown


@pytest.mark.parametrize(
    "html",
    [
        f"<noscript><p title='</noscript>{HANDLER}'></noscript>",
        f"<noscript><style></noscript>{HANDLER}</style>",
        f"<noscript><!-- </noscript>{HANDLER} --></noscript>",
        f"<nosc<noscript>ript>{SCRIPT}",
        f"<<noscript>script>alert(1)<<noscript>/script>{HANDLER}",
    ],
)
def test_h2_noscript_hides_nothing_from_the_sanitiser(html: str):
    harmless(html)


def test_h5_what_a_reader_without_scripts_sees_is_kept():
    assert harmless("<noscript><p>words</p></noscript>") == "<p>words</p>"


@pytest.mark.parametrize(
    "html",
    [
        f"<template>{HANDLER}</template>",
        f"<template><template></template>{SCRIPT}</template>",
        f"<table><template><tr><td>{HANDLER}</template></table>",
        f"<template shadowrootmode=open>{HANDLER}</template>",
    ],
)
def test_h2_templates_hide_nothing_from_the_sanitiser(html: str):
    harmless(html)


@pytest.mark.parametrize(
    "html",
    [
        f"<svg><style><!--</style>{HANDLER}--></style></svg>",
        f"<svg></p><style><a id='</style>{HANDLER}'>",
        f"<math><mtext><table><mglyph><style><!--</style>{HANDLER}",
        f"<math><mtext><table><mglyph><style><math><table id='</style>{HANDLER}'>",
        f"<form><math><mtext></form><form><mglyph><style></math>{HANDLER}",
        f"<math><mi><table><mi><mglyph><style><!-- </style>{HANDLER}",
        f"<svg><foreignObject><math><annotation-xml encoding='text/html'>{SCRIPT}",
        f"<svg><desc><noembed></svg>{HANDLER}</noembed>",
        f"<svg><title><![CDATA[</title>{HANDLER}]]></svg>",
        f"<svg><![CDATA[><image xlink:href='javascript:alert(1)'/>{HANDLER}]]></svg>",
        "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
        "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
        "<svg><set attributeName=onmouseover to=alert(1)>",
        "<svg><animate attributeName=href to='javascript:alert(1)'/><a id=x>x</a>",
        "<svg><script href='data:,alert(1)'/>",
        "<math href='javascript:alert(1)'>x</math>",
        "<math><maction actiontype='statusline#x' xlink:href='javascript:alert(1)'>x",
    ],
)
def test_h2_svg_and_math_do_not_confuse_namespaces(html: str):
    harmless(html)


@pytest.mark.parametrize(
    "html",
    [
        f"<!-->{SCRIPT}-->",
        f"<!--->{SCRIPT}-->",
        f"<!-- --!>{SCRIPT} -->",
        f"<!--[if gte mso 9]>{SCRIPT}<![endif]-->",
        f"<![if !mso]>{SCRIPT}<![endif]>",
        f"<![CDATA[<!--]]>{SCRIPT}-->",
        f"<!DOCTYPE html [<!ENTITY x '{SCRIPT}'>]>&x;",
        f"<?xml version='1.0'?>{SCRIPT}<?php >{HANDLER} ?>",
        f"<!{HANDLER}>",
        f"</{HANDLER}>",
        f"<%{HANDLER}%>",
        f"<!--\x00>{SCRIPT}-->",
        f"<!-- {'-' * 50}!>{HANDLER}",
    ],
)
def test_h7_comments_and_declarations_carry_nothing(html: str):
    harmless(html)


@pytest.mark.parametrize("name", ["xmp", "plaintext", "listing", "noembed", "noframes", "title"])
def test_h2_raw_text_elements_stay_text(name: str):
    harmless(f"<{name}>{HANDLER}</{name}>{SCRIPT}")
    harmless(f"<p title='</{name}>{HANDLER}'><{name}><p title='</{name}>{HANDLER}'>")


@pytest.mark.parametrize("name", ["textarea", "iframe", "style", "script", "select", "option"])
def test_h2_elements_with_text_of_their_own_kind_hide_nothing(name: str):
    harmless(f"<{name}></{name}{HANDLER}><{name}>{HANDLER}</{name} >{SCRIPT}</{name}>")
    harmless(f"<svg><{name}>{HANDLER}</{name}></svg><{name}/>{HANDLER}")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "java&#10;script:alert(1)",
        "java&Tab;script&colon;alert(1)",
        "&#106;&#97;vascript:alert(1)",
        "&#0000106avascript:alert(1)",
        "javascript&#58;alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript://x.test/%0aalert(1)",
        "jav\u0430script:alert(1)",
        "\u2028javascript:alert(1)",
        "vbscript:msgbox(1)",
        "livescript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "blob:https://x.test/1",
        "about:blank",
        "view-source:https://x.test",
        "filesystem:https://x.test/1",
        "file:///etc/passwd",
        "ms-word:ofe|u|https://x.test/1",
        "search-ms:query=x",
        "//x.test/p",
        "/\\x.test/p",
        "\\\\x.test\\share",
        "https:x.test",
        "https:///x.test",
        "https:\\\\x.test",
        "?q=1",
        "#app",
    ],
)
def test_h2_addresses_of_other_schemes_never_reach_an_attribute(address: str):
    for html in (
        f'<a href="{address}">x</a>',
        f'<img src="{address}">',
        f'<area href="{address}">',
        f'<form action="{address}"><button formaction="{address}">x</button></form>',
        f'<a ping="{address}" xlink:href="{address}">x</a>',
        f'<img srcset="{address} 2x" lowsrc="{address}" dynsrc="{address}" longdesc="{address}">',
        f'<blockquote cite="{address}">x</blockquote><q cite="{address}">x</q>',
        f'<td background="{address}">x',
    ):
        shown = harmless(html)
        assert "href" not in shown
        assert "src" not in shown


@pytest.mark.parametrize(
    "html",
    [
        "<p id=app name=x class=modal slot=y part=z is=w>x</p>",
        "<a id=x name=y href='https://x.test'>x</a>",
        "<img name=body id=cookie src=cid:a>",
        "<form id=x><input name=attributes></form>",
        "<p contenteditable tabindex=1 accesskey=x draggable autofocus>x</p>",
        "<p data-x=1 data-remote-src=https://x.test aria-label=x role=alert itemprop=y>x</p>",
        "<a href='https://x.test' target=_top rel=opener ping=https://y.test download>x</a>",
        "<a href='https://x.test' target='&#95;self' title='https://bank.test'>x</a>",
    ],
)
def test_h3_names_targets_and_pings_are_not_the_senders_to_choose(html: str):
    shown = harmless(html)
    for name in (" id=", " name=", "class=", "ping", "title=", "_top", "data-x", "role", "_self"):
        assert name not in shown


@pytest.mark.parametrize(
    "html",
    [
        "<base href=https://x.test><a href=p>x</a>",
        "<base target=_self>",
        "<meta http-equiv=refresh content='0;url=https://x.test'>",
        '<meta http-equiv=Content-Security-Policy content="img-src *">',
        "<link rel=stylesheet href=https://x.test>",
        "<link rel=prefetch href=https://x.test>",
        "<link rel=dns-prefetch href=//x.test>",
        "<form action=https://x.test><input type=password><input type=image src=https://x.test>"
        "<button formaction=https://x.test>",
        "<isindex action=https://x.test>",
        "<audio src=https://x.test autoplay><source src=https://x.test><track src=https://x.test>",
        "<video poster=https://x.test><source srcset=https://x.test></video>",
        "<picture><source srcset=https://x.test></picture>",
        "<object data=https://x.test><param name=src value=https://x.test></object>",
        "<embed src=https://x.test><applet code=x archive=https://x.test></applet>",
        "<iframe src=https://x.test></iframe><frameset><frame src=https://x.test></frameset>",
        "<portal src=https://x.test></portal><fencedframe src=https://x.test></fencedframe>",
        "<bgsound src=https://x.test><layer src=https://x.test><xml src=https://x.test>",
        "<body background=https://x.test style='background:url(https://x.test)'>",
        "<table background=https://x.test><td background=https://x.test>",
        "<v:fill src=https://x.test /><v:image src=https://x.test>",
        "<input type=hidden value=https://x.test>",
    ],
)
def test_h2_h4_nothing_is_fetched_and_nothing_is_sent(html: str):
    assert "x.test" not in harmless(html)


@pytest.mark.parametrize(
    "html",
    [
        "<details open ontoggle=alert(1)>x</details>",
        "<marquee onstart=alert(1)>x</marquee>",
        "<body onload=alert(1)>x",
        "<p onclick=alert(1)\nonmouseover='alert(1)'>x",
        "<p/onclick=alert(1)/>x",
        "<p \x00onclick=alert(1)>x",
        "<p on\x00click=alert(1)>x",
        "<img src=cid:x onerror\n=\nalert(1)>",
        "<img src=`x`onerror=alert(1)>",
        '<img """><script>alert(1)</script>">',
        "<img src='x:x' onerror&#61;alert(1)>",
        "<custom-element onclick=alert(1)>x</custom-element>",
        "<a href='https://x.test' onclick&#x3d;alert(1) onfocus=alert(1) autofocus>x</a>",
        "<p style=color:red onanimationstart=alert(1)>x",
        "<scr\x00ipt>alert(1)</scr\x00ipt>",
        "\ufeff<script>alert(1)</script>",
        "<SCRIPT\x0c>alert(1)</SCRIPT\x0c>",
        "<script/x>alert(1)</script/x>",
        "<<script>alert(1)//<</script>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "\u0130<script>alert(1)</script>\u212a",
        "\xbcscript\xbealert(1)\xbc/script\xbe",
    ],
)
def test_h2_no_handler_and_no_script_survives_in_any_spelling(html: str):
    shown = harmless(html).lower()
    assert "<script" not in shown
    assert " on" not in shown


PIECES = [
    *"<>/\"'= \t\n;:!-[]&#",
    "<svg",
    "<math",
    "<style",
    "</style>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "<table",
    "<select>",
    "<mglyph>",
    "<title>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<a href=",
    "<img src=",
    "javascript:",
    "https://x.test/",
    "cid:",
    "data:",
    " style=",
    "color:red;",
    "position:fixed;",
    "url(",
    ")",
    "expression(",
    "onerror=alert(1)",
    "<body bgcolor=",
    "&quot;",
    "&lt;",
    "&#x3c;",
    "\x00",
    "\u2028",
    "word",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_h2_any_mixture_of_pieces_of_attacks_is_harmless(pieces: list[str]):
    assert not faults(sanitise("".join(pieces), DEFAULT)[0])


@pytest.mark.parametrize(
    "harmful",
    [
        "<script>x</script>",
        "<p onclick='x'>x</p>",
        "<a href='javascript:x' target='_blank' rel='noopener noreferrer nofollow'>x</a>",
        "<a href='https://x.test'>x</a>",
        "<img src='https://x.test'>",
        "<img data-remote-src='//x.test'>",
        "<p style='position:fixed'>x</p>",
        "<p style='color:url(x)'>x</p>",
        "<p style='margin:-1px'>x</p>",
        "<p style='color:r\\65 d'>x</p>",
        "<p>x",
        "x</p>",
        "<!-- x -->",
        "a < b",
        "a > b",
        "<p lang='<'>x</p>",
        "<p title='x'>\x1b</p>",
        "<div id='x'></div>",
    ],
)
def test_the_second_opinion_finds_what_is_harmful(harmful: str):
    assert faults(harmful.replace("'", '"'))
