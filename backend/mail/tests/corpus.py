"""Where the third-party mails lie that second opinions are taken from; never copied in here."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "mail-corpus"


def corpus(*parts: str) -> Path:
    """Return the folder or file of the mail corpus named by `parts`.

    The corpus lies in DESK_MAIL_CORPUS, else in shared/mail-corpus beside the
    repository. The running test is skipped when it is absent.
    """
    told = os.environ.get("DESK_MAIL_CORPUS")
    path = Path(told) if told else _BESIDE
    path = path.joinpath(*parts)
    if not path.exists():
        pytest.skip("no mail corpus beside this checkout")
    return path
