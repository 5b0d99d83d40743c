"""Which charset long non-Latin text without a label is in (C3); Latin text is never guessed."""

import codecs
import re

_SAMPLE = 4_096
_ENOUGH = 24  # bytes above ASCII that make a text long
_ABOVE_ASCII = bytes(range(128, 256))
# the commonest letters: of Russian, Bulgarian and Ukrainian alike; of Greek; of Hebrew
_CYRILLIC = frozenset("оеаинтсрвлкмдпуя")
_GREEK = frozenset("αοιετσνηυρπκλμςόάίέή")
_HEBREW = frozenset("אבגדהוזחטיכלמנסעפצקרשתםןךףץ")
_ALPHABETS = {
    "cp1251": _CYRILLIC,
    "koi8-u": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1253": _GREEK,
    "cp1255": _HEBREW,
}
_LETTER_SHARE = 0.6
# what a wrong codec makes of the bytes is rare in real text
_SCRIPTS = {
    "euc_jp": re.compile("[\u3040-\u30ff\u3001\u3002]"),
    "cp932": re.compile("[\u3040-\u30ff\u3001\u3002]"),
    "cp949": re.compile("[\uac00-\ud7a3]"),
}
_KANA_SHARE, _HANGUL_SHARE, _LEVEL_1_SHARE = 0.25, 0.7, 0.75
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")


def guess(data: bytes) -> str | None:
    """Return the codec of bytes that are not UTF-8, None when they may be Western.

    Linear; looks at the first 4 kB. Says something only when a third of the text lies
    above ASCII, which no Latin language does.
    """
    sample = data[:_SAMPLE]
    high = len(sample) - len(sample.translate(None, _ABOVE_ASCII))
    if high < _ENOUGH or high * 3 < len(sample.translate(None, b" \t\r\n")):
        return None
    for codec, share in (
        ("euc_jp", _KANA_SHARE),
        ("cp932", _KANA_SHARE),
        ("cp949", _HANGUL_SHARE),
    ):
        text = _read(sample, codec)
        wide = [x for x in text if x > "\u2e7f"]
        if wide and len(_SCRIPTS[codec].findall("".join(wide))) >= share * len(wide):
            return codec
    shares = {codec: _share(_read(sample, codec), x) for codec, x in _ALPHABETS.items()}
    best = max(shares, key=lambda codec: shares[codec])
    if shares[best] >= _LETTER_SHARE:
        return best
    return _chinese(sample)


def _read(sample: bytes, codec: str) -> str:
    """Return the sample as text, "" when the codec can't read it; its end may be cut anywhere."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return ""


def _share(text: str, letters: frozenset[str]) -> float:
    """Return how much of the text above ASCII are these letters."""
    above = [x for x in text if x > "\x7f"]
    return sum(x in letters for x in above) / len(above) if above else 0.0


def _chinese(sample: bytes) -> str | None:
    """Tell GBK from Big5 by where their common characters lie (rows of level 1)."""
    pairs = _PAIR.findall(sample)
    shares = {
        "gb18030": sum(0xB0 <= x[0] <= 0xD7 and x[1] >= 0xA1 for x in pairs),
        "big5hkscs": sum(0xA4 <= x[0] <= 0xC6 for x in pairs),
    }
    for codec, count in sorted(shares.items(), key=lambda x: -x[1]):
        if pairs and count >= _LEVEL_1_SHARE * len(pairs) and _read(sample, codec):
            return codec
    return None
