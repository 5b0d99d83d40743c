"""The third-party mails beside this checkout, when there are any."""

from __future__ import annotations

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "mail-corpus"
# expectations, licences, and folders that hold something else than whole mails
_NO_MAILS = frozenset({".json", ".md", ".dat", ".test", ".tnef"})
_NO_MAIL_FOLDERS = ("reply-", "html-", "tnef-")


def folder() -> Path | None:
    """Where they lie: DESK_MAIL_CORPUS, else shared/mail-corpus beside the repository."""
    told = os.environ.get("DESK_MAIL_CORPUS")
    path = Path(told) if told else _BESIDE
    return path if path.is_dir() else None


def mails_in(path: Path) -> list[bytes]:
    """The raw mails of all folders below, in the order of their names."""
    return [file.read_bytes() for file in sorted(path.rglob("*")) if _is_mail(file)]


def _is_mail(file: Path) -> bool:
    return (
        file.is_file()
        and file.suffix not in _NO_MAILS
        and "LICENSE" not in file.name
        and not file.parent.name.startswith(_NO_MAIL_FOLDERS)
    )
