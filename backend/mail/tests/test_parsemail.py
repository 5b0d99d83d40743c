import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.mail.tests.mails import mail, multipart, part

KEYS = {
    "file",
    "message_id",
    "in_reply_to",
    "references",
    "subject",
    "from",
    "to",
    "cc",
    "reply_to",
    "date",
    "text",
    "html",
    "reply_text",
    "signature_stripped",
    "attachments",
    "auto",
    "bounce",
    "forwarded",
    "receipt",
    "complaint",
    "invite",
    "signed",
    "encrypted",
    "headers",
    "errors",
    "charset",
}


def run(*files: Path | str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("parsemail", *map(str, files), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def alone(*files: Path | str) -> subprocess.CompletedProcess[bytes]:
    """Run the command without any setting: starting Django would fail."""
    manage = Path(__file__).resolve().parents[2] / "manage.py"
    return subprocess.run(
        [sys.executable, str(manage), "parsemail", *map(str, files)],
        env={},
        capture_output=True,
        check=False,
    )


def test_the_command_starts_without_django(tmp_path: Path):
    file = tmp_path / "1.eml"
    file.write_bytes(mail("x"))
    done = alone(tmp_path / "missing", file)
    assert (done.returncode, len(done.stdout.splitlines())) == (2, 1)
    assert json.loads(done.stdout)["text"] == "x"
    assert done.stderr.decode().strip() == (
        f"parsemail: cannot read {tmp_path / 'missing'}: No such file or directory"
    )
    assert alone(file).returncode == 0


def test_each_file_is_one_json_object_on_its_own_line(tmp_path: Path):
    one, two = tmp_path / "1.eml", tmp_path / "2.eml"
    one.write_bytes(
        mail("Olá", Message_ID="<1@x>", In_Reply_To="<0@x>", Date="5 Jan 2026 00:00 GMT")
    )
    two.write_bytes(multipart("mixed", part("x"), part("y", "image/png")))
    first, second = run(one, two)
    assert set(first) >= KEYS
    assert (first["file"], first["message_id"], first["in_reply_to"]) == (str(one), "1@x", "0@x")
    assert first["from"] == {"name": "Ana", "address": "ana@customer.test"}
    assert first["date"] == "2026-01-05T00:00:00+00:00"
    assert (first["text"], first["html"], first["bounce"]) == ("Olá", "", None)
    assert set(second["attachments"][0]) >= {
        "filename",
        "content_type",
        "size",
        "sha256",
        "inline",
        "content_id",
    }


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 500, b"\x1f\x8b\x08", "ção".encode("cp1252")])
def test_garbage_is_no_error(tmp_path: Path, raw: bytes):
    file = tmp_path / "x"
    file.write_bytes(raw)
    assert set(run(file)[0]) >= KEYS


def test_a_file_that_cannot_be_read_is_one_line_and_exit_2_after_the_others(tmp_path: Path):
    good = tmp_path / "1.eml"
    good.write_bytes(mail("x"))
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("parsemail", str(tmp_path / "missing"), str(good), stdout=out)
    assert caught.value.returncode == 2
    assert "missing" in str(caught.value)
    assert len(out.getvalue().splitlines()) == 1


def test_what_a_mail_is_beside_its_text_is_printed(tmp_path: Path):
    event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Reunião\nDTSTART:20260105T130000Z\nEND:VEVENT\n"
    file = tmp_path / "1.eml"
    words = part("-----BEGIN PGP MESSAGE-----")
    file.write_bytes(multipart("mixed", words, part(event, "text/calendar; method=REQUEST")))
    (printed,) = run(file)
    assert (printed["signed"], printed["encrypted"]) == ("", "pgp")
    assert (printed["receipt"], printed["complaint"]) == (None, None)
    assert printed["invite"]["summary"] == "Reunião"
    assert printed["invite"]["start"] == "2026-01-05T13:00:00+00:00"
    assert printed["attachments"][0]["disguised"] is False
