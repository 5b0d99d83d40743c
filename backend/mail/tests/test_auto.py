import pytest

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
