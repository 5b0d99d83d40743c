"""The addresses of remote images are found in the order in which a browser meets them."""

from __future__ import annotations

from backend.mail.html import sanitise
from backend.mail.html_remote import remote_sources
from backend.mail.limits import DEFAULT


def sources(html: str) -> list[str]:
    return remote_sources(sanitise(html, DEFAULT)[0])


def test_h4_remote_sources_come_in_order_with_their_doubles():
    html = (
        '<img src="http://a.test/1"><p><img src="https://b.test/2"></p><img src="http://a.test/1">'
    )
    assert sources(html) == ["http://a.test/1", "https://b.test/2", "http://a.test/1"]


def test_h4_remote_sources_are_unescaped():
    assert sources('<img src="http://a.test/?x=1&amp;copy=2">') == ["http://a.test/?x=1&copy=2"]


def test_h4_images_of_the_mail_itself_are_no_remote_sources():
    assert sources('<img src="cid:logo@x"><img src="data:image/png;base64,AA"><img alt="x">') == []


def test_h4_a_source_after_a_text_with_signs_is_found():
    assert sources('<img alt="a > b < c" src="http://a.test/1">') == ["http://a.test/1"]


def test_h4_words_that_look_like_a_source_are_none():
    hostile = (
        "<p>data-remote-src=&quot;http://evil.test/&quot;</p>"
        "<p title='x data-remote-src=\"http://evil.test/\"'>x</p>"
        "<p title='<img data-remote-src='>&quot;http://evil.test/&quot;</p>"
        '<img src="http://a.test/1" alt=\' data-remote-src="http://evil.test/"\'>'
    )
    assert sources(hostile) == ["http://a.test/1"]


def test_h4_an_address_written_by_the_sender_under_our_name_is_no_source():
    assert sources('<img data-remote-src="http://evil.test/">') == []
