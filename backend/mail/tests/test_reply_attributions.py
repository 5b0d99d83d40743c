"""How history is introduced in many languages and broken in many ways (Q3), and what only
looks like it (Q4)."""

import pytest

from backend.mail.reply import strip

ANSWER = "It works now."
ADDRESS = "<help@desk.test>"
# language or program, the introduction
INTRODUCTIONS = [
    ("pt without name", f"Em seg, 2 de mar de 2026 10:00, {ADDRESS} escreveu:"),
    ("pt Proton", f"segunda-feira, 2 de março de 2026, às 10:00, Loja {ADDRESS} escreveu:"),
    ("pt Roundcube", "Em 2026-03-02 10:00, Loja Andorinha escreveu:"),
    ("pt Zoho", f"---- Em seg., 02 mar. 2026 10:00:00 -0300 Loja {ADDRESS} escreveu ----"),
    ("pt brackets", f"Em 2 de março de 2026 10:00, Loja Ltda. [Suporte, SP]\n{ADDRESS} escreveu:"),
    ("en narrow blank", f"On Mon, Mar 2, 2026 at 10:00\u202fAM Help {ADDRESS} wrote:"),
    ("en no blank", f"On Mon, Mar 2, 2026 at 10:00 AM, Help {ADDRESS}wrote:"),
    ("en three lines", f"On Dec 16, 2011, at 12:47 PM, Help\n{ADDRESS}\nwrote:"),
    ("en bracket alone", "On Nov 30, 2011, at 12:47 PM, Help <\n416ff+x@desk.test\n> wrote:"),
    ("en four lines", "On Mon, Mar 2, 2026\nat 10:00 AM Help\nDesk <\nhelp@desk.test> wrote:"),
    ("en apostrophe", f'On 2 Mar 2026, at 10:00, "O\'Neil, Ann (Sales)" {ADDRESS} wrote:'),
    ("en Yahoo of old", f"--- On Mon, 3/2/26, Help {ADDRESS} wrote:"),
    ("en ruled", "------On 12/29/1987 17:32 PM, Julius Caesar wrote-----"),
    ("en Notes", f"Help {ADDRESS} wrote on 03/02/2026 10:00:00 AM:"),
    ("en atmail", "On Mon 02/03/26 10:00 , Help help@desk.test sent:"),
    ("en ISO", f"2014-10-17 11:28 GMT+03:00 Help {ADDRESS}:"),
    ("es", f"El lun, 2 mar 2026 a las 10:00, Help ({ADDRESS[1:-1]}) escribió:"),
    ("de name first", f"Help {ADDRESS} schrieb am Mo., 2. März 2026, 10:00:"),
    ("de three lines", f"Am So., 1. Jan. 2023 um 17:22 Uhr\nschrieb Help <\n{ADDRESS[1:]}:"),
    ("fr", f"Le lun. 2 mars 2026 à 10:00, Help {ADDRESS} a écrit\xa0:"),
    ("it", f"Il giorno lun 2 mar 2026 alle ore 10:00 Help {ADDRESS}\nha scritto:"),
    ("nl", f"Op 17-feb.-2015, om 13:18 heeft Help {ADDRESS} het volgende geschreven:"),
    ("pl", f"pon., 2 mar 2026 o 10:00 Help {ADDRESS} napisał(a):"),
    ("pl o2", f"Dnia 6 maja 2013 12:00 Help {ADDRESS} napisał(a):"),
    ("ru", f"пн, 2 мар. 2026 г. в 10:00, Help {ADDRESS}:"),
    ("ru Yandex", f'13.08.2013, 14:41, "Help" {ADDRESS}:'),
    ("ru mail.ru", f"Пятница, 12 апреля 2013, 15:16 +04:00 от Help {ADDRESS}:"),
    ("sv", f"Den mån 2 mars 2026 kl 10:00 skrev Help {ADDRESS}:"),
    ("sv no blank", f"Den fre 28 feb. 2025 10:15Help {ADDRESS} skrev:"),
    ("da", f"Den man. 2. mar. 2026 kl. 10.00 skrev Help {ADDRESS}:"),
    ("no", f"man. 2. mars 2026 kl. 10:00 skrev Help {ADDRESS}:"),
    ("fi", "ma 2. maalisk. 2026 klo 10.00 Help (help@desk.test) kirjoitti:"),
    ("cs", f"po 2. 3. 2026 v 10:00 odesílatel Help {ADDRESS} napsal:"),
    ("ja", f"2026年3月2日(月) 10:00 Help {ADDRESS}:"),
    ("ja Apple", f"2026/03/02 10:00、Help {ADDRESS}のメール:"),
    ("zh", f"Help {ADDRESS} 于2026年3月2日周一 10:00写道："),
    ("zh Taiwan", f"Help {ADDRESS} 於 2026年3月2日 週一 上午10:00寫道："),
    ("ko", f"2026년 3월 2일 (월) 오전 10:00, Help {ADDRESS}님이 작성:"),
    ("vi", f"Vào 10:00 2 tháng 3, 2026, Help {ADDRESS} đã viết:"),
    ("tr", f"Help {ADDRESS}, 2 Mar 2026 Pzt, 10:00 tarihinde şunu yazdı:"),
    ("hu", f"Help {ADDRESS} ezt írta (időpont: 2026. márc. 2., H, 10:00):"),
]


@pytest.mark.parametrize(
    "introduction", [x for _, x in INTRODUCTIONS], ids=[x for x, _ in INTRODUCTIONS]
)
@pytest.mark.parametrize("old", ["> old\n> words", "old\nwords"], ids=["marked", "unmarked"])
def test_q3_introductions_of_many_languages_are_known(introduction: str, old: str):
    assert strip(f"{ANSWER}\n\n{introduction}\n\n{old}").text == ANSWER


@pytest.mark.parametrize(
    "introduction",
    [
        f"Quoting Help {ADDRESS}:",
        f"Zitat von Help {ADDRESS}:",
        f"Citando Help {ADDRESS}:",
        "---- Help wrote ----",
        f"2011/4/7 Help 🐶 {ADDRESS}",
        "Help Desk wrote:",
        "> Date: Tue, 10 Apr 2012\n> From: help@desk.test\n>",
    ],
)
def test_q3_weak_introductions_count_above_marked_lines(introduction: str):
    assert strip(f"{ANSWER}\n\n{introduction}\n> old\n> words").text == ANSWER


@pytest.mark.parametrize("between", [" ", " --- ", " -- "])
def test_q3_an_introduction_on_the_line_of_the_answer_is_cut(between: str):
    text = f"{ANSWER}{between}On Wed, Apr 4, 2012 at 3:59 PM, help@desk.test wrote:\n> old"
    assert strip(text).text == ANSWER


BLOCKS = [
    ("double rule", "________________________________\n From: a <a@x.test>\nTo: b\nSent: Monday"),
    (
        "wrapped bold",
        "*From:* a [mailto:\n  a@x.test]\n*Sent:* Friday 9:54 AM\n*To:* b\n*Subject:* c",
    ),
    ("two bold marks", "**From:** a <a@x.test>\n**Sent:** Monday\n**To:** b\n**Subject:** c"),
    ("from and date", "From: a@x.test\nDate: Wed, 16 May 2012 00:15:02 -0600"),
    ("date and to", "Date: Wed, 16 May 2012 00:15:02 -0600\nTo: a@x.test"),
    ("date first", "Date: Fri, 28 Sep 2012 10:55:48 +0000\nFrom: a@x.test\nTo: b\nSubject: c"),
    ("reply-to", "From: a <a@x.test>\nReply-To: a@x.test\nDate: Monday\nTo: b\nSubject: c"),
    ("double spaced", "From: a <a@x.test>\n\nSent: Monday\n\nTo: b\n\nSubject: c"),
    ("on one line", "From: a <a@x.test> Sent: Monday To: b@x.test Subject: Re: c"),
    ("Samsung, on one line", "-------- Original message --------From: a <a@x.test> Date: 3/2/26"),
    ("no dashes equal", "----- Original Message -----\n\nFrom: a"),
    ("bold", "*-----Original Message-----*\n*From:* a"),
    ("it", "Da: a <a@x.test>\nInviato: lunedì 2 marzo 2026\nA: b\nOggetto: c"),
    ("nl", "Van: a <a@x.test>\nVerzonden: maandag 2 maart 2026\nAan: b\nOnderwerp: c"),
    ("pl", "Od: a <a@x.test>\nWysłano: 2 marca 2026\nDo: b\nTemat: c"),
    ("ru", "От: a <a@x.test>\nОтправлено: 2 марта 2026 г.\nКому: b\nТема: c"),
    ("sv", "Från: a <a@x.test>\nSkickat: den 2 mars 2026\nTill: b\nÄmne: c"),
    ("da", "Fra: a <a@x.test>\nSendt: 2. marts 2026\nTil: b\nEmne: c"),
    ("fi", "Lähettäjä: a <a@x.test>\nLähetetty: 2. maaliskuuta\nVastaanottaja: b\nAihe: c"),
    ("cs", "Od: a <a@x.test>\nOdesláno: 2. března 2026\nKomu: b\nPředmět: c"),
    ("ja", "差出人: a <a@x.test>\n送信日時: 2026年3月2日\n宛先: b\n件名: c"),
    ("zh", "发件人：a <a@x.test>\n发送时间：2026年3月2日\n收件人：b\n主题：c"),
    ("ko", "보낸 사람: a <a@x.test>\n보낸 날짜: 2026년 3월 2일\n받는 사람: b\n제목: c"),
    ("above", "##- Please type your reply above this line -##"),
    ("above pt", "--- Por favor, responda acima desta linha ---"),
]


@pytest.mark.parametrize("block", [x for _, x in BLOCKS], ids=[x for x, _ in BLOCKS])
def test_q3_header_blocks_of_many_programs_are_known(block: str):
    assert strip(f"{ANSWER}\n\n{block}\n\nold words").text == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "Visit us\n>>> >>>  http://www.x.test <<<\nVisit our site",
        "Nome: João\nE-mail: j@x.test\nAssunto: Ajuda\nMensagem: não abre",
        "Quero remarcar:\nDe: São Paulo\nPara: Recife\nData: 10/03/2026\nQuanto custa?",
        "Log:\n2026-03-02 10:00 error from a@x.test:\n  timeout\nPlease help",
        "A conta de Ana <ana@x.test>, criada em 02/03/2026, não abre:\nerro 500",
        "Rui (rui@x.test) escreveu em 02/03/2026 às 10:00:\nvolte amanhã"[:3]
        + " disse: volte amanhã",
        "Em tempo, no dia 2 de março:\nfaltou a nota.",
        "On your remote host you can run:\n\n    telnet 127.0.0.1 52698\n\nThis should connect.",
        "Use the flag -- like this -- or not.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Date: 10/03/2026\nPlace: Recife",
        "Total:\n> 1.250,00\n> 3%\nConfere?",
        "From: what I see, nothing changed.\nTo: be honest, I am lost.",
    ],
)
def test_q4_what_only_looks_like_history_stays(text: str):
    assert strip(text).text == text


def test_q5_words_above_and_below_one_quote_are_both_kept():
    text = f"{ANSWER}\n\n{INTRODUCTIONS[0][1]}\n> old\n\nCall me later."
    assert strip(text).text == f"{ANSWER}\n\nCall me later."


def test_q5_an_unanswered_older_quote_below_an_answered_one_is_left_out():
    text = f"On 3/2/2026 10:00, A wrote:\n> q\n\n{ANSWER}\n\nOn 3/1/2026 9:00, B wrote:\nolder"
    assert strip(text).text == ANSWER


def test_q5_the_rest_of_a_quote_between_answer_and_signature_is_left_out():
    text = f"On 3/2/2026 10:00, A wrote:\n> q1\n{ANSWER}\n> q2\n\n-- \nBob"
    assert strip(text).text == f"> q1\n{ANSWER}"


def test_q1_a_header_block_on_top_hides_nothing_but_what_is_quoted_below():
    block = "Od: Jan <jan@x.test>\nWysłano: 1 marca 2023 12:00\nTemat: Test"
    text = f"{block}\n\n{ANSWER}\n\nDnia 28 lutego 2023 14:00 Anna <a@x.test> napisał(a):\n> old"
    assert strip(text).text == f"{block}\n\n{ANSWER}"


@pytest.mark.parametrize(
    "unit",
    [
        *("On On On ", "> x\n", "From: \n", "De: a\nPara: b\n", "-----\n", "wrote: ", "a@x:\n"),
        *(
            "2026 a@x\n> q\n",
            "a@" * 240 + ":\n",
            "<a@" * 160 + ">:\n",
            " On 3 " * 70 + "2026 wrote:\n",
        ),
        *("On 3 Mar 2026\nAna\nMaria\nda\nSilva:\n", "Subject: a\nFrom: b\n", "\ufeff\n", "：\n"),
        *("-----Original Message\n", "---------- Forwarded message", "To: " + "a@b, " * 380 + "\n"),
    ],
)
def test_q7_a_mebibyte_that_almost_introduces_history_is_read(unit: str):
    text = unit * ((1 << 20) // len(unit))
    assert strip(text).text
