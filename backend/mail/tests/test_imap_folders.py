"""Folders of a real Dovecot: what they are for, our own mails in them, and putting mails there."""

from uuid import uuid4

import pytest

from backend.mail.imap import Folder, FolderMissing, ImapMailbox, ImapSettings
from backend.mail.tests.scripted import ImapTalk, Scripted
from backend.mail.token import make_message_id
from desk_cli.servers.dovecot import Dovecot

PASSWORD = "segrédo com espaço"
OURS = make_message_id(uuid4(), "desk.test", b"k" * 32)
OTHER = make_message_id(uuid4(), "desk.test", b"k" * 32)


@pytest.fixture
def account(dovecot: Dovecot) -> ImapSettings:
    """An account of this test's own, reached without TLS."""
    name = f"{uuid4().hex}@desk.test"
    dovecot.add_user(name, PASSWORD)
    return ImapSettings("127.0.0.1", dovecot.port or 0, "none", name, PASSWORD)


def letter(message_id: str) -> bytes:
    return f"Message-ID: <{message_id}>\r\nSubject: x\r\n\r\nhello\r\n".encode()


def test_i17_folders_are_listed_with_what_they_are_for_and_their_names_in_any_script(account):
    with ImapMailbox(account) as box:
        for name in ("Reclamações & dúvidas", "日本", "123"):
            box.client.create_folder(name)
        assert box.folders() == [
            Folder("123", "", True),
            Folder("INBOX", "inbox", True),
            Folder("Reclamações & dúvidas", "", True),
            Folder("Sent", "sent", True),
            Folder("Trash", "trash", True),
            Folder("日本", "", True),
        ]


def test_i17_marks_in_a_plain_list_count_and_a_folder_that_holds_nothing_says_so():
    def listed(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say('* LIST (\\HasNoChildren) "/" "INBOX"')
        talk.say('* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"')
        talk.say('* LIST (\\All \\HasNoChildren) "/" "[Gmail]/Todos os e-mails"')
        talk.say('* LIST (\\SENT) "/" "[Gmail]/E-mails enviados"')
        talk.say('* LIST () "/" "Caf&AOk-"')
        talk.done(tag)

    with Scripted(ImapTalk({"LIST": listed})) as server:
        settings = ImapSettings("127.0.0.1", server.port, "none", "u", "p", timeout=5.0)
        with ImapMailbox(settings) as box:
            assert box.folders() == [
                Folder("Café", "", True),
                Folder("INBOX", "inbox", True),
                Folder("[Gmail]", "", False),
                Folder("[Gmail]/E-mails enviados", "sent", True),
                Folder("[Gmail]/Todos os e-mails", "all", True),
            ]


def test_s15_one_of_our_mails_is_found_by_its_id_and_can_be_removed(account):
    with ImapMailbox(account) as box:
        box.append("Enviados", letter(OURS))
        box.append("Enviados", letter(OTHER))
        assert box.has_message_id("Enviados", OURS)
        assert box.has_message_id("Enviados", f"<{OURS}>")
        assert not box.has_message_id("INBOX", OURS)
        box.remove(box.uids_of("Enviados", OURS))
        assert not box.has_message_id("Enviados", OURS)
        assert box.has_message_id("Enviados", OTHER)
        with pytest.raises(FolderMissing):
            box.has_message_id("Nowhere", OURS)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "someone@else.test",
        f'{OURS}"',
        f"{OURS}\r\na1 DELETE INBOX",
        f"{OURS} OR ALL",
        OURS.replace("desk.test", "desk{3}.test"),
        OURS.replace("@desk.test", "@"),
        "x" + OURS,
    ],
    ids=range(8),  # OURS is another one in each process
)
def test_row_37_only_ids_of_our_own_form_are_searched_for(value: str):
    talk = ImapTalk({})
    with Scripted(talk) as server:
        settings = ImapSettings("127.0.0.1", server.port, "none", "u", "p", timeout=5.0)
        with ImapMailbox(settings) as box, pytest.raises(ValueError, match="not a Message-ID"):
            box.has_message_id("INBOX", value)
    assert not [one for one in talk.commands if "SEARCH" in one or "DELETE" in one]


def test_i17_where_a_folder_stands_is_asked_without_opening_it(account, dovecot):
    with ImapMailbox(account) as box:
        box.append("Vendas", letter(OURS))
        opened = box.select("INBOX")
        uidvalidity, uidnext = box.status("Vendas")
        assert uidnext == 2
        assert box.select("Vendas") == (uidvalidity, 2)
        assert box.status("INBOX") == opened
        with pytest.raises(FolderMissing) as caught:
            box.status("Nowhere")
    assert caught.value.code == "imap_folder_missing"
