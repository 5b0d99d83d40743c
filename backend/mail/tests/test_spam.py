import pytest

from backend.mail.parse import parse
from backend.mail.spam import SpamVerdict, spam_verdict
from backend.mail.tests.mails import mail


def verdict(name: str, value: str) -> SpamVerdict:
    return spam_verdict(parse(mail(**{name.replace("-", "_"): value})).headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Spam-Flag", "YES"),
        ("X-Spam-Flag", "yes (really)"),
        ("X-Spam-Status", "Yes, score=15.1 required=5.0\r\n tests=BAYES_99"),
        ("X-MS-Exchange-Organization-SCL", "5"),
        ("X-MS-Exchange-Organization-SCL", "9"),
        ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;CTRY:BR;SCL:6;SRV:;IPV:NLI;CAT:NONE;"),
        ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SFV:SPM;SFS:(1);"),
        ("X-Forefront-Antispam-Report", "SFV:SKB"),
        ("X-Gm-Spam", "1"),
        ("X-Rspamd-Action", "add header"),
        ("X-Rspamd-Action", "Reject"),
        ("X-Spam", "Yes"),
        ("X-Spamd-Result", "default: True [18.20 / 15.00]"),
        ("X-Ovh-Spam-Reason", "vr: SPAM (high); dkim: disabled; spf: disabled"),
        ("X-VR-SPAMSTATE", "SPAM"),
        ("X-Bogosity", "Spam, tests=bogofilter"),
        ("X-Barracuda-Spam-Flag", "YES"),
    ],
)
def test_b16_a_filter_that_decided_for_spam_is_believed(name: str, value: str):
    found = verdict(name, value)
    assert found.is_spam
    assert found.reason.startswith(name.lower())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Spam-Flag", "NO"),
        ("X-Spam-Status", "No, score=4.9 required=5.0 tests=SPAM_YES"),
        ("X-Spam-Level", "**********"),
        ("X-Spam-Score", "99"),
        ("X-MS-Exchange-Organization-SCL", "-1"),
        ("X-MS-Exchange-Organization-SCL", "4"),
        ("X-MS-Exchange-Organization-SCL", "yes"),
        ("X-Forefront-Antispam-Report", "CIP:192.0.2.1;SCL:1;SFV:NSPM;SFS:(5)(9);"),
        ("X-Forefront-Antispam-Report", "SCL:-1;SFV:SKN;DIR:INB"),
        ("X-Gm-Spam", "0"),
        ("X-Rspamd-Action", "no action"),
        ("X-Rspamd-Action", "greylist"),
        ("X-Spam", "Not detected"),
        ("X-Spamd-Result", "default: False [-2.60 / 15.00]"),
        ("X-Ovh-Spam-Reason", "vr: OK; dkim: disabled; spf: disabled"),
        ("X-Spam-Flag", ""),
        ("Subject", "***SPAM*** x"),
    ],
)
def test_b16_scores_and_other_words_are_no_verdict(name: str, value: str):
    assert verdict(name, value) == SpamVerdict(False, "")


def test_b16_one_of_several_fields_is_enough():
    raw = b"X-Spam-Flag: NO\r\nX-Spam-Flag: YES\r\n\r\n"
    assert spam_verdict(parse(raw).headers).is_spam


def test_b16_the_reason_is_one_short_line():
    assert len(verdict("X-Spam-Status", "Yes, " + "x" * 9_000).reason) < 120
