import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.charset import clean, codec_for, decode

BRAZILIAN = [
    "Não recebi o boleto.",
    "Cobrança em duplicidade",
    "Ação não concluída",
    "É urgente!",
    "coração",
    "Vocês já enviaram?",
    "Preço: R$ 10,00 à vista",
    "São João",
]


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ks_c_5601-1987", "cp949"),
        ("gb2312", "gb18030"),
        ("GB2312", "gb18030"),
        ("iso-8859-1", "cp1252"),
        ("ISO8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("ansi_x3.4-1968", "cp1252"),
        ("shift_jis", "cp932"),
        ("x-sjis", "cp932"),
        ("iso-8859-8-i", "iso8859-8"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("cp-850", "cp850"),
        ('"utf-8"', "utf-8"),
        ("UTF8", "utf-8"),
        ("windows-1252", "cp1252"),
        ("koi8-r", "koi8-r"),
        ("iso-8859-15", "iso8859-15"),
        ("euc-kr", "cp949"),
        ("big5", "big5hkscs"),
        ("windows1252", "cp1252"),
        ("win-1251", "cp1251"),
        ("x-cp1250", "cp1250"),
        ("ibm850", "cp850"),
        ("iso_8859-15:1998", "iso8859-15"),
        ("csISOLatin1", "cp1252"),
        ("x-iso-8859-2", "iso8859-2"),
        ("utf-8; format=flowed", "utf-8"),
        ("us-ascii (Plain text)", "cp1252"),
        ("'utf-8'", "utf-8"),
        ("x-windows-949", "cp949"),
        ("hz-gb-2312", "hz"),
        ("windows-31j", "cp932"),
        ("x-mac-ce", "mac-latin2"),
        ("x-mac-japanese", "cp932"),
    ],
)
def test_c1_labels_of_mail_name_the_codec_that_is_meant(label: str, codec: str):
    assert codec_for(label) == codec


@pytest.mark.parametrize(
    "label",
    [
        "rot13",
        "rot_13",
        "hex",
        "hex_codec",
        "zlib",
        "bz2",
        "base64",
        "uu",
        "quopri",
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
        "utf-8\x00",
        "nonsense",
        "cp037",
        "cp500",
        "string_escape",
    ],
)
def test_c2_codecs_that_are_no_charsets_are_refused(label: str):
    assert codec_for(label) is None
    assert decode("Olá".encode(), label) == ("Olá", "utf-8")


@pytest.mark.parametrize("text", BRAZILIAN)
@pytest.mark.parametrize("label", [None, "", "unknown-8bit", "x-unknown", "rot13"])
@pytest.mark.parametrize("written_in", ["utf-8", "cp1252"])
def test_c3_unlabelled_portuguese_comes_out_right(text: str, label: str, written_in: str):
    assert decode(text.encode(written_in), label)[0] == text


@pytest.mark.parametrize("text", BRAZILIAN)
def test_c3_cp1252_labelled_as_utf_8_comes_out_right(text: str):
    data = text.encode("cp1252")
    assert decode(data, "utf-8")[0].count("\ufffd") * 10 <= len(text)


@pytest.mark.parametrize("text", BRAZILIAN)
def test_c3_utf_8_labelled_as_latin_comes_out_right(text: str):
    assert decode(text.encode(), "iso-8859-1") == (text, "utf-8")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfol\xc3\xa1", "olá"),
        ("olá".encode("utf-16"), "olá"),
        (b"\xfe\xff" + "olá".encode("utf-16-be"), "olá"),
    ],
)
def test_c3_a_byte_order_mark_decides(data: bytes, text: str):
    assert decode(data, None)[0] == text


def test_c3_iso_2022_escapes_are_seen_without_a_label():
    assert decode("テスト".encode("iso2022_jp"), None)[0] == "テスト"
    assert decode("テスト".encode("iso2022_jp"), "us-ascii")[0] == "テスト"


def test_c4_utf_8_with_one_bad_byte_keeps_the_rest():
    data = "Ação de cobrança indevida".encode().replace(b"o de", b"o \xff de")
    assert decode(data, "utf-8")[0] == "Ação \ufffd de cobrança indevida".replace("Ação ", "Ação ")


@pytest.mark.parametrize(
    "data", ["ﾃｽﾄ".encode("iso2022_jp_ext"), "テスト".encode("iso2022_jp")[:-3]]
)
def test_c5_half_width_kana_and_unclosed_escapes_decode(data: bytes):
    text = decode(data, "iso-2022-jp")[0]
    assert "\x1b" not in text
    assert text.strip()


def test_c6_backslashes_stay_as_typed():
    assert decode(rb"C:\temp\novo.txt \u00e9", "unicode_escape")[0] == r"C:\temp\novo.txt \u00e9"


def test_c7_utf_7_is_decoded_only_when_labelled():
    assert decode(b"1 +- 1 +AOk-", None)[0] == "1 +- 1 +AOk-"
    assert decode(b"+AOk-", "utf-7")[0] == "é"


def test_c8_nul_and_surrogates_are_taken_out():
    assert decode(b"a\x00b", None)[0] == "ab"
    assert decode(b"+2AA-x", "utf-7")[0].strip("\ufffd+2A-") == "x"


def test_c9_text_is_composed():
    assert decode("a\u0303".encode(), "utf-8")[0] == "ã"


@given(st.binary(), st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["utf-7", "hz"])))
def test_any_bytes_and_any_label_give_storable_text(data: bytes, label: str):
    text, charset = decode(data, label)
    assert "\x00" not in text
    assert charset
    json.dumps(text).encode()
    text.encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_utf_8_round_trips(text: str):
    import unicodedata

    wanted = unicodedata.normalize("NFC", text).removeprefix("\ufeff")
    assert decode(text.encode(), "utf-8")[0] == wanted


LONG = {
    "Здравствуйте, я не получил счёт за прошлый месяц.": ["cp1251", "koi8-r", "cp866"],
    "Добрий день, я не отримав рахунок за минулий місяць.": ["cp1251", "koi8-u"],
    "先日の請求書がまだ届いておりません。ご確認をお願いします。": ["euc_jp", "cp932", "iso2022_jp"],
    "您好，我还没有收到上个月的账单，请您再发送一次，谢谢。": ["gb18030"],
    "您好，我還沒有收到上個月的帳單，請您再寄送一次，謝謝。": ["big5"],
    "안녕하세요, 지난달 청구서를 아직 받지 못했습니다.": ["cp949"],
    "Καλημέρα, δεν έλαβα τον λογαριασμό του μήνα": ["cp1253"],
    "שלום, לא קיבלתי את החשבון של החודש שעבר": ["cp1255"],
}


@pytest.mark.parametrize(("text", "codecs"), LONG.items())
@pytest.mark.parametrize("label", [None, "us-ascii", "unknown-8bit"])
def test_c3_long_text_that_is_not_latin_is_known_by_its_look(
    text: str, codecs: list[str], label: str
):
    for codec in codecs:
        assert decode(text.encode(codec), label)[0] == text


@pytest.mark.parametrize(
    "text",
    ["ÁÉÍÓÚ ÃÕ ÇÊÔ ÀÂ ÜÏ ÁÉÍÓÚ ÃÕ ÇÊÔ ÀÂ", "Übergrößenträger für Öfen", "été à où ça être là"],
)
def test_c3_latin_text_is_never_taken_for_another_script(text: str):
    assert decode(text.encode("cp1252"), None) == (text, "cp1252")


def test_c3_japanese_without_escapes_under_an_iso_2022_label_is_read():
    text = "先日の請求書がまだ届いておりません。ご確認をお願いします。"
    assert decode(text.encode("euc_jp"), "iso-2022-jp")[0] == text


def test_c3_plain_bytes_under_a_wide_label_are_read():
    assert decode("Olá".encode(), "utf-16")[0] == "Olá"
    assert decode("Olá".encode("utf-16-le"), "utf-16le")[0] == "Olá"


def test_c9_m22_endless_accents_are_parted_and_a_few_stay_together():
    accents = "\u0301\u0323"
    text = clean("a" + accents * 200)
    assert max(map(len, text.split("\u034f"))) < 70
    assert text.replace("\u034f", "").count("\u0323") == 199  # one became a letter
    assert "\u034f" not in clean(f"a{accents * 10}")
