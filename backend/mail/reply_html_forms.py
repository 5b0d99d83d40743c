"""Which elements mailers put quotes, introductions and signatures in (Q2, Q6).

A token is a whole class name, id, name, type or data-marker; "x_" before it is
Outlook's, which renames what it quotes.
"""

import re
from typing import Literal

# attribution: words above a quote. wrapper: a quote, or an attribution with quotes in it.
# hard: everything from here on is history. appended: hard when a quoted mail follows.
Kind = Literal["attribution", "wrapper", "hard", "appended", "signature"]

_TOKENS: dict[Kind, str] = {
    "attribution": "gmail_attr moz-cite-prefix reply-intro airmail_ext_on isforwardcontent_intro",
    "wrapper": """
        gmail_quote gmail_quote_container yahoo_quoted zmail_extra protonmail_quote tutanota_quote
        moz-forward-container ms-outlook-mobile-reference-message
        mail-editor-reference-message-container messageReplySection sh-quoted-content missive_quote
        front-quote quote quoted-text isReplyContent isForwardContent hey_quote
        originalmessage original-message mimestream_quote""",
    "hard": """
        divRplyFwdMsg OLK_SRC_BODY_SECTION stopSpelling OutlookMessageHeader zwchr
        __DIVIDER__ __HEADERS__ __QUOTED_TEXT__ forwardbody1""",
    "appended": "appendonsend",
    "signature": """
        gmail_signature gmail_signature_prefix Signature moz-signature ms-outlook-mobile-signature
        AppleMailSignature protonmail_signature_block composer_signature _rc_sig __SIG_PRE__
        __SIG_POST__ messageSignatureSection ymail_android_signature ymail_ios_signature
        tutanota_signature email-signature mimestream_signature""",
}
TOKENS: dict[str, Kind] = {
    token.lower(): kind for kind, tokens in _TOKENS.items() for token in tokens.split()
}
# elements that may carry a token; p, span and the like only where a known one comes first
TAG = re.compile(
    r"""(?P<comment><!--)|<(?:(?P<block>div|blockquote|hr|pre|section)\b[^<>]*
    |(?P<inline>p|span|table|td|a)\s+(?:id|class|name)=["']?
    (?=reply-intro|OLK_SRC|gmail_|Outlook|moz-|_rc_sig|stopSp)[^<>]*)>""",
    re.IGNORECASE | re.VERBOSE,
)
VALUE = re.compile(
    r"""\s(?:class|id|name|data-marker|data-smartmail)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""",
    re.IGNORECASE,
)
# ids with a number of their own: yahoo_quoted_0123456789, ydp4f3signature, Zm-_Id_-Sgn1
NUMBERED = re.compile(
    r"(?:(yahoo_quoted)_|yiv\w*|ydp\w*?(yahoo_quoted|signature)|zm-_id_-(sgn))", re.IGNORECASE
)
CITED = re.compile(
    r"""\stype\s*=\s*["']?cite\b
    |\b(?:class|id)\s*=\s*["']?[^"'<>]*(?:quote|cite|clean_bq|isReplyContent|\bqt\b)
    |border-left(?:-width|-style|-color)?\s*:(?!\s*(?:none|0))
    |border-(?:color|width)\s*:[^;"]*\s(?!0)""",
    re.IGNORECASE | re.VERBOSE,
)
# Gmail's "indent more" uses a quote element without a quote's looks (Q4)
INDENTED = re.compile(
    r"border\s*:\s*none|margin\s*:\s*0(?:px)?\s0(?:px)?\s0(?:px)?\s40px", re.IGNORECASE
)
BORDER_TOP = re.compile(
    r"border-top(?:-(?:color|style|width))?\s*:(?!\s*(?:none|0))", re.IGNORECASE
)
TAGS = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL)
STYLES = re.compile(r"<(style|title|script)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
