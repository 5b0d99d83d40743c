import pytest

from backend.mail.auto import answerable, classify, loops_of
from backend.mail.parse import parse
from backend.mail.tests.mails import mail, multipart, part


def kind(**headers: str) -> str:
    return parse(mail(**headers)).auto.kind


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("no", "none"),
        ("No", "none"),
        ("no (human)", "none"),
        ("auto-replied", "auto_reply"),
        ("Auto-Replied", "auto_reply"),
        ("auto-replied (vacation)", "auto_reply"),
        ("(comment) auto-replied; owner-email=a@b", "auto_reply"),
        ("\r\n auto-replied", "auto_reply"),
        ("auto-generated", "auto_generated"),
        ("auto-notified; x=y", "auto_generated"),
        ("auto-x-new", "auto_generated"),
        ("auto-forwarded", "none"),
        ("", "none"),
    ],
)
def test_b1_auto_submitted(value: str, expected: str):
    assert kind(Auto_Submitted=value) == expected


@pytest.mark.parametrize("name", ["X_Autoreply", "X_Autorespond", "X_Auto_Reply_From"])
@pytest.mark.parametrize(("value", "expected"), [("yes", "auto_reply"), ("no", "none")])
def test_b2_fields_of_autoresponders(name: str, value: str, expected: str):
    assert kind(**{name: value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("auto_reply", "auto_reply"),
        ("bulk", "auto_generated"),
        ("BULK", "auto_generated"),
        ("junk", "auto_generated"),
        ("list", "list"),
        ("first-class", "none"),
        ("urgent", "none"),
    ],
)
def test_b3_precedence(value: str, expected: str):
    assert kind(Precedence=value) == expected


def test_b3_any_of_several_precedence_fields_counts():
    assert parse(b"Precedence: normal\r\nPrecedence: bulk\r\n\r\n").auto.kind == "auto_generated"


def test_b4_a_wish_for_no_answers_does_not_make_a_mail_automatic():
    assert kind(X_Auto_Response_Suppress="All") == "none"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Boleto",
        "Resposta automática: Boleto",
        "=?utf-8?q?Resposta_autom=C3=A1tica=3A_Boleto?=",
        "RESPOSTA AUTOMATICA: x",
        "Respuesta automática: x",
        "Automatische Antwort: x",
        "Réponse automatique : x",
        "Out of office: x",
    ],
)
def test_b5_exchange_is_known_by_the_start_of_the_subject(subject: str):
    assert kind(Subject=subject) == "auto_reply"


@pytest.mark.parametrize("subject", ["Re: Automatic reply: x", "About automatic reply: x"])
def test_b5_elsewhere_in_the_subject_it_means_nothing(subject: str):
    assert kind(Subject=subject) == "none"


@pytest.mark.parametrize("name", ["List_Id", "List_Post", "List_Unsubscribe"])
def test_b11_list_mail_is_known(name: str):
    assert kind(**{name: "<x.test>"}) == "list"


def test_b9_a_complaint_is_known():
    raw = multipart("report; report-type=feedback-report", part("x"), part("y"))
    assert parse(raw).auto.kind == "complaint"


def test_b10_a_read_receipt_is_known():
    raw = multipart("report; report-type=disposition-notification", part("x"), part("y"))
    assert parse(raw).auto.kind == "read_receipt"


def test_a_mail_of_a_person_gives_no_reason():
    auto = parse(mail()).auto
    assert (auto.kind, auto.reason) == ("none", "")


def test_the_reason_names_the_header():
    assert parse(mail(Auto_Submitted="auto-replied")).auto.reason == "Auto-Submitted: auto-replied"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("auto-generated (rejected)", "auto_generated"),
        ("(outer (inner \\) still) outer) auto-replied", "auto_reply"),
        ("auto-replied ; owner-token=af08; x", "auto_reply"),
        ("AUTO-GENERATED", "auto_generated"),
        ("auto-replied(vacation)", "auto_reply"),
        ('auto-notified; owner-email="me@example.com"', "auto_generated"),
        ("yes", "auto_generated"),
        ("NO", "none"),
        (" no ; x=auto-replied", "none"),
        ("no (auto-replied)", "none"),
        ("Auto-Forwarded; x=y", "none"),
        ("(auto-replied", "none"),
    ],
)
def test_b1_auto_submitted_with_comments_and_parameters(value: str, expected: str):
    assert kind(Auto_Submitted=value) == expected


def test_b1_any_of_several_fields_says_that_a_machine_wrote():
    raw = b"Auto-Submitted: no\r\nAUTO-SUBMITTED:\r\n (a\r\n b)\r\n auto-generated\r\n\r\n"
    assert parse(raw).auto.kind == "auto_generated"
    raw = b"Auto-Submitted: auto-generated\r\nauto-submitted: auto-replied\r\n\r\n"
    assert parse(raw).auto.kind == "auto_reply"


def test_b1_a_long_run_of_open_comments_costs_nothing_and_says_nothing():
    assert kind(Auto_Submitted="(" * 60_000 + "auto-replied") == "none"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X_Autorespond": "Re: Boleto"}, "auto_reply"),
        ({"X_Mail_Autoreply": "yes"}, "auto_reply"),
        ({"X_Apple_Action": "Vacation"}, "auto_reply"),
        ({"Delivered_To": "Autoresponder"}, "auto_reply"),
        ({"Delivered_To": "ana@x.test"}, "none"),
        ({"X_Autoreply": "NO"}, "none"),
        ({"X_Cron_Env": "<SHELL=/bin/sh>"}, "auto_generated"),
        ({"Precedence": "Auto_Reply (vacation)"}, "auto_reply"),
        ({"Precedence": "bulk", "X_Autoreply": "yes"}, "auto_reply"),
        ({"Precedence": "junk", "Subject": "Resposta automática: x"}, "auto_reply"),
    ],
)
def test_b2_other_fields_of_responders(headers: dict[str, str], expected: str):
    assert kind(**headers) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Junk (really)", "auto_generated"),
        ("\r\n\tbulk", "auto_generated"),
        ("List", "list"),
        ("bulky", "none"),
        ("first-class; bulk", "none"),
        ("", "none"),
    ],
)
def test_b3_only_the_three_words_count(value: str, expected: str):
    assert kind(Precedence=value) == expected


def test_b3_bulk_mail_of_a_list_is_list_mail():
    assert kind(Precedence="bulk", List_Unsubscribe="<https://x.test/u>") == "list"


@pytest.mark.parametrize("value", ["OOF", "DR, RN, NRN, OOF, AutoReply", "All"])
def test_b4_no_value_of_the_wish_makes_a_mail_automatic(value: str):
    assert kind(X_Auto_Response_Suppress=value) == "none"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: x",
        "RESPOSTA AUTOMÁTICA: x",
        "Ausência temporária: x",
        "Fora do escritório: x",
        "Respuesta automática: x",
        "Automatische Antwort: x",
        "Abwesenheitsnotiz: x",
        "Réponse automatique : x",
        "Risposta automatica: x",
        "Automatisch antwoord: x",
        "Automatiskt svar: x",
        "Automatisk svar: x",
        "Autosvar: x",
        "Automaattinen vastaus: x",
        "Automatyczna odpowiedź: x",
        "Odpowiedź automatyczna: x",
        "Automatická odpověď: x",
        "Автоматический ответ: x",
        "自動返信: x",
        "自動応答:x",
        "自动答复: x",
        "自動回覆：x",
        "Out of Office AutoReply: x",
        "Autoreply: x",
        "AUTO: Ana Lima is out of the office (returning 03/03/2026)",
    ],
)
def test_b5_the_prefix_is_known_in_many_languages(subject: str):
    assert kind(Subject=subject) == "auto_reply"


@pytest.mark.parametrize(
    "subject",
    [
        "RES: Resposta automática: x",
        "Fwd: Automatic reply: x",
        "[EXTERNO] Resposta automática: x",
        "Resposta automática do site não funciona",
        "Automatic reply is broken",
        "Out of office next week: who answers?",
        "Auto: para-choque do carro",
        "Automação: proposta",
        "Autoatendimento: dúvida",
        "Respostas automáticas",
    ],
)
def test_b5_people_who_write_about_automatic_answers_stay_people(subject: str):
    assert kind(Subject=subject) == "none"


def test_b5_an_absence_note_that_exchange_calls_generated_is_an_answer():
    headers = {"Auto_Submitted": "auto-generated", "Subject": "Automatic reply: x"}
    assert kind(**headers) == "auto_reply"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # a code host: list fields, no Auto-Submitted
        ({"List_ID": "desk/desk <desk.desk.example>", "Precedence": "list"}, "list"),
        # an issue tracker
        ({"Auto_Submitted": "auto-generated", "Precedence": "bulk"}, "auto_generated"),
        ({"Precedence": "bulk", "Auto_Submitted": "auto-generated", "List_Id": "<x>"}, None),
        # a newsletter
        ({"List_Unsubscribe": "<mailto:u@x.test>", "Feedback_ID": "1:2:x"}, "list"),
        ({"Mailing_List": "contact x-help@lists.test; run by ezmlm"}, "list"),
        # a shop that says nothing: only its headers count
        ({"From": "Loja <noreply@loja.test>", "Subject": "Pedido 55 enviado"}, "none"),
        # a wish to be told of the reading is a person's
        ({"Disposition_Notification_To": "ana@x.test", "Return_Receipt_To": "ana@x.test"}, "none"),
        ({"List_Id": " "}, "none"),
    ],
)
def test_b11_notifications_are_what_their_headers_say(
    headers: dict[str, str], expected: str | None
):
    assert kind(**headers) == (expected or "auto_generated")


def test_b14_the_ids_in_loop_headers_are_read():
    raw = (
        b"X-Send-Emails-Desk-Loop: aa11\r\nx-send-emails-desk-loop: bb22\r\n"
        b"X-Send-Emails-Desk-Loop: aa11\r\n\r\n"
    )
    mail_of_desks = parse(raw)
    assert loops_of(mail_of_desks.headers) == ("aa11", "bb22")
    assert mail_of_desks.auto.kind == "none"
    assert loops_of(parse(mail()).headers) == ()


def test_b14_a_mail_with_our_own_id_is_a_loop():
    headers = {"x-send-emails-desk-loop": ["aa11"]}
    assert classify(headers, "x", "", (), instance="aa11").kind == "loop"
    assert classify(headers, "x", "", (), instance="bb22").kind == "none"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),
        ({"Return_Path": "<ana@customer.test>"}, None),
        ({"Return_Path": "<>"}, "null_return_path"),
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"Auto_Submitted": "auto-generated"}, "auto_generated"),
        ({"Precedence": "bulk"}, "precedence"),
        ({"Precedence": "list"}, "list"),
        ({"List_Id": "<x.test>"}, "list"),
        ({"X_Auto_Response_Suppress": "All"}, "suppressed"),
        ({"X_Auto_Response_Suppress": "DR, oof"}, "suppressed"),
        ({"X_Auto_Response_Suppress": "DR, RN, NRN"}, None),
        ({"X_Auto_Response_Suppress": "None"}, None),
        ({"From": "x"}, "no_sender"),
    ],
)
def test_b4_b11_b15_who_gets_no_automatic_answer(headers: dict[str, str], code: str | None):
    assert answerable(parse(mail(**headers))) == code


@pytest.mark.parametrize(
    "address",
    [
        "noreply@x.test",
        "No-Reply@x.test",
        "nao-responda@x.test",
        "naoresponda@x.test",
        "não-responder@x.test",
        "do-not-reply@x.test",
        "no_responder@x.test",
        "mailer-daemon@x.test",
        "MAILER-DAEMON@x.test",
        "postmaster@x.test",
        "bounces+12-ana=y.test@x.test",
        "list-request@x.test",
        "owner-list@x.test",
        "notificacoes-noreply@x.test",
    ],
)
def test_b15_addresses_that_nobody_reads_get_no_answer(address: str):
    assert answerable(parse(mail(From=address))) == "no_reply_address"
    assert answerable(parse(mail(Return_Path=f"<{address}>"))) == "no_reply_address"


@pytest.mark.parametrize("address", ["ana@x.test", "nora.reply@x.test", "noel@x.test", "dna@x"])
def test_b15_people_with_similar_names_do_get_one(address: str):
    assert answerable(parse(mail(From=address))) is None
