"""Trying an IMAP account step by step, for a person to see."""

from collections.abc import Callable, Sequence

from backend.mail.imap import ImapMailbox, ImapSettings
from backend.mail.imap_folders import Folder
from backend.mail.server import ProbeStep, run_probe


def probe(
    settings: ImapSettings, folders: Sequence[str] = ("INBOX",)
) -> tuple[list[ProbeStep], list[Folder]]:
    """The steps up to the first that fails, opening `folders` last, and the account's folders.

    Never raises for what a server does, changes nothing; without a list no folder is returned.
    """
    mailbox = ImapMailbox(settings)
    found: list[Folder] = []

    def listed() -> str:
        found.extend(mailbox.folders())
        return str(len(found))

    def selected() -> str:
        opened = [mailbox.select(folder, readonly=True)[0] for folder in folders]
        return f"UIDVALIDITY {opened[0]}"

    actions: list[tuple[str, Callable[[], str]]] = [("connect_imap", mailbox.connect)]
    if settings.security != "none":
        actions.append(("tls_imap", mailbox.tls_version))
    actions += [
        ("login_imap", mailbox.login),
        ("list_folders", listed),
        ("select_inbox", selected),
    ]
    try:
        return run_probe(actions), found
    finally:
        mailbox.close()
