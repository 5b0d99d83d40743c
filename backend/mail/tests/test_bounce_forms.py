"""Reports as many mail systems write them, in `bounces/`: one mail a file, written for this test.

Each says itself what has to be read from it, in fields that no mail system writes:
`X-Expect: recipient status action` for each recipient, `X-Expect-Id` for the id of our mail.
"""

from pathlib import Path

import pytest

from backend.mail.parse import parse

FORMS = sorted(Path(__file__).with_name("bounces").glob("*.eml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_b6_b7_reports_of_many_mail_systems_are_read(path: Path):
    mail = parse(path.read_bytes())
    assert mail.auto.kind == "bounce"
    told = [f"{x.recipient} {x.status} {x.action}" for x in mail.bounces]
    assert told == mail.headers["x-expect"]
    ids = {x.original_message_id for x in mail.bounces}
    assert ids == set(mail.headers.get("x-expect-id", [None]))
