"""H3, H4, H5: which styles, images and looks survive, judged by html_checker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.html import sanitise
from backend.mail.html_style import filter_style
from backend.mail.limits import DEFAULT
from backend.mail.tests.html_checker import faults


def harmless(html: str) -> str:
    shown = sanitise(html, DEFAULT)[0]
    assert not faults(shown)
    return shown


@pytest.mark.parametrize(
    "style",
    [
        "width:expression(alert(1))",
        "width:e\\xpression(alert(1))",
        "width:exp/**/ression(alert(1))",
        "-moz-binding:url(https://x.test/x.xml#x)",
        "behavior:url(x.htc)",
        "background:url(https://x.test/p)",
        "background:url('https://x.test/p') red",
        "background-image:u\\72l(https://x.test)",
        "background-image:image-set('https://x.test' 1x)",
        "background-image:-webkit-image-set(url(x) 1x)",
        "background:cross-fade(url(x),url(y))",
        "list-style:url(x)",
        "cursor:url(x),auto",
        "content:url(x)",
        "border-image:url(x) 1",
        "mask:url(x)",
        "filter:url(#x)",
        "src:url(x)",
        "@import 'https://x.test'",
        "color:red;@import url(x)",
        "color:attr(title)",
        "color:var(--x)",
        "--x:url(y)",
        "color:red}body{display:none",
        "color:red;'\"><img src=x>",
        'font-family:"x;position:fixed;y"',
        "font-family:'x",
        "font-family:x\\27;position:fixed",
        "color:rgb(1,2,3",
        "color:rgb(expression(1))",
        "unicode-range:U+0",
    ],
)
def test_h3_styles_never_fetch_nor_run(style: str):
    escaped = style.replace('"', "&quot;")
    shown = harmless(f'<p style="{escaped}">x</p>')
    assert "url" not in shown
    assert "x.test" not in shown


@pytest.mark.parametrize(
    "style",
    [
        "position:fixed;top:0;left:0;width:100%;height:100%",
        "position:absolute!important",
        "position:sticky",
        "z-index:9999",
        "margin-top:-500px",
        "margin:0 0 0 -100%",
        "text-indent:-9999px",
        "letter-spacing:-1em",
        "transform:translate(-500px)",
        "inset:0",
        "float:top",
        "display:fixed",
        "display:contents",
        "pointer-events:none",
        "animation:x 1s",
        "clip-path:circle(1px)",
    ],
)
def test_h3_styles_never_move_over_other_content(style: str):
    shown = harmless(f'<div style="{style}">x</div>')
    name = style.partition(":")[0]
    assert f"{name}:" not in shown


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color:red", "color:red"),
        ("COLOR: Red ;", "color:Red"),
        ("color:#1F497D !important", "color:#1F497D"),
        ("background:#f1f1f1", "background-color:#f1f1f1"),
        ("background:#fff url(https://x.test/a.png) no-repeat", "background-color:#fff"),
        ("background:url(x) rgb(1, 2, 3)", "background-color:rgb(1, 2, 3)"),
        ("background-image:url(x);color:blue", "color:blue"),
        ("position:fixed;font-weight:bold", "font-weight:bold"),
        ('font-family:"Segoe UI",Calibri,sans-serif', "font-family:'Segoe UI',Calibri,sans-serif"),
        ("font:bold 12px/1.5 Arial", "font:bold 12px/1.5 Arial"),
        ("border-left:1px solid rgb(204,204,204)", "border-left:1px solid rgb(204,204,204)"),
        ("margin:0px 0px 0px 0.8ex", "margin:0px 0px 0px 0.8ex"),
        (
            "border:none;border-top:solid #E1E1E1 1.0pt",
            "border:none;border-top:solid #E1E1E1 1.0pt",
        ),
        (
            "width:100%;max-width:600px;display:inline-block",
            "width:100%;max-width:600px;display:inline-block",
        ),
        ("mso-line-height-rule:exactly;line-height:120%", "line-height:120%"),
        ("text-decoration:none;text-align:center", "text-decoration:none;text-align:center"),
    ],
)
def test_h3_harmless_declarations_survive_beside_bad_ones(style: str, kept: str):
    assert filter_style(style) == kept


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "color:red;display: NONE !important;mso-hide:all",
        "visibility:hidden",
        "opacity:0",
        "max-height:0px;overflow:hidden",
        "height:0;width:0;overflow:hidden",
    ],
)
def test_h3_what_hides_an_element_is_said_in_one_way(style: str):
    assert filter_style(style) == "display:none"


@pytest.mark.parametrize(
    "image",
    [
        "<img src=https://x.test/p.gif width=1 height=1>",
        "<img height='1' src='https://x.test/p.gif' width='1px' border=0>",
        "<img src=https://x.test/p.gif width=0 height=0>",
        "<img src=https://x.test/p.gif style='width:1px;height:1px'>",
        "<img src=https://x.test/p.gif style='border:0;height:1px !important;width:1px'>",
        "<img src=https://x.test/p.gif style='display:none'>",
        "<img src=https://x.test/p.gif hidden>",
        "<img src=https://x.test/p.gif width=1 style='height:0'>",
    ],
)
def test_h4_images_that_only_count_readers_are_dropped(image: str):
    assert harmless(f"<p>a{image}b</p>") == "<p>ab</p>"


@pytest.mark.parametrize(
    "image",
    [
        "<img src=https://x.test/p.gif width=600 height=1>",
        "<img src=https://x.test/p.gif width=1>",
        "<img src=https://x.test/p.gif width=10 height=11>",
        "<img src=https://x.test/p.gif style='width:100%;height:auto'>",
        "<img src=https://x.test/p.gif alt='width=1 height=1'>",
    ],
)
def test_h4_visible_remote_images_can_be_counted_and_asked_for(image: str):
    assert harmless(image * 3).count(' data-remote-src="https://x.test/p.gif"') == 3


def test_h5_a_small_image_of_the_mail_itself_stays():
    assert "cid:dot" in harmless("<img src=cid:dot width=1 height=1>")


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<body bgcolor='#112233' text=white>x", "background-color:#112233;color:white"),
        ("<body style='font-family:Arial;margin:0'>x", "font-family:Arial"),
        ("<BODY class=a dir=rtl>x", ' dir="rtl"'),
        ("<td background='https://x.test/p' bgcolor=red width=10>x", "x"),
        ("<center><font face=Arial size=2 color=navy>x</font></center>", '<font face="Arial"'),
        ("<table align=center border=1 cellpadding=5 width=600><tr><td>x", 'cellpadding="5"'),
        ("<h4 align=center>x</h4>", '<h4 align="center">'),
        ("<video><a href='https://x.test'>see it</a></video>", ">see it</a>"),
        ("<o:p>x</o:p><st1:place>y</st1:place>", "xy"),
        ("<fieldset><legend>x</legend><label>y</label></fieldset>", "xy"),
    ],
)
def test_h5_looks_of_old_and_new_mail_survive(html: str, kept: str):
    assert kept in harmless(html)


def test_h3_a_body_cannot_smuggle_styles_into_its_frame():
    shown = harmless(
        "<body bgcolor='red;position:fixed' text='x\">' style='top:0;background:url(x)'>x"
    )
    assert "position" not in shown
    assert "url" not in shown


@given(st.text(max_size=300))
def test_h3_any_style_is_harmless(style: str):
    escaped = style.replace("&", "&amp;").replace('"', "&quot;")
    assert not faults(sanitise(f'<p style="{escaped}">x</p>', DEFAULT)[0])
