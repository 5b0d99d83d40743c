"""Servers that break the rules: one bad answer must not stop a mailbox (I7-I11)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backend.mail.imap import (
    CommandRefused,
    ImapMailbox,
    ImapSettings,
    LoginFailed,
    MailServerError,
    ServerDropped,
    TlsFailed,
)
from backend.mail.imap_busy import is_busy, seconds_told
from backend.mail.tests.scripted import ImapTalk, Scripted, asked, content


def settings(server: Scripted, **changes) -> ImapSettings:
    usual = ImapSettings("127.0.0.1", server.port, "none", "u", "p", timeout=5.0)
    return replace(usual, **changes)


def fetched(talk: ImapTalk) -> dict[int, bytes | None]:
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        return {x.uid: x.raw for x in box.fetch(box.uids_above(0))}


def visit(box: ImapMailbox) -> None:
    """Do what the monitor does."""
    box.select("INBOX")
    list(box.fetch(box.uids_above(0)))
    box.idle(0.2)


def spoil(uid_spoilt: int, *lines: str):
    """Answer BODY.PEEK of one UID with these lines, and the others as usual."""

    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        if "BODY.PEEK" not in command:
            return talk.usual(tag, command)
        for uid in asked(command):
            if uid == uid_spoilt:
                for line in lines:
                    talk.say(line)
            else:
                talk.body(uid)
        return talk.done(tag)

    return ImapTalk({"UID FETCH": answer})


GOOD = {1: content(1), 2: content(2), 3: content(3)}


def test_a_server_that_keeps_the_rules_is_read():
    assert fetched(ImapTalk({})) == GOOD


@pytest.mark.parametrize(
    "lines",
    [
        ["* 2 FETCH (UID 2 BODY[] NIL)"],
        ["* 2 FETCH (UID 2)"],
        ["* 2 FETCH (UID 2 FLAGS (\\Seen))"],
        ["* 2 FETCH (FLAGS (\\Seen))"],
        [],
        ['* 2 FETCH (UID 2 BODY[] "")'],
        ["* 2 FETCH (UID 2 BODY[] {0}", ")"],
        ["* 2 FETCH (UID 2 BODY[] 12)"],
        ["* 2 FETCH (UID 2 BODY[] (a b))"],
        ["* 2 FETCH (UID 2 BODY[]"],
        ["* 2 FETCH UID 2"],
        ["* 2 FETCH (UID x BODY[] {1}", "y)"],
        ["* 2 FETCH ((((("],
        ["* 2 FETCH"],
    ],
)
def test_i7_a_mail_without_content_is_missed_and_the_others_go_on(lines: list[str]):
    assert fetched(spoil(2, *lines)) == GOOD | {2: None}


@pytest.mark.parametrize("words", ["[SERVERBUG] internal error", "[CORRUPTION] bad cache"])
def test_i7_a_mail_the_server_stumbles_over_is_missed_and_the_others_go_on(words: str):
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        if "BODY.PEEK" in command and 2 in asked(command):
            talk.say(f"{tag} NO {words}")
        else:
            talk.usual(tag, command)

    assert fetched(ImapTalk({"UID FETCH": answer})) == GOOD | {2: None}


def test_i7_extra_flags_do_not_hide_a_mail():
    talk = spoil(2, "* 2 FETCH (FLAGS (\\Seen))", "* 5 EXISTS", "* 2 FETCH (UID 2 FLAGS ())")
    assert fetched(talk) == GOOD | {2: None}


def test_i7_a_mail_nobody_asked_for_is_ignored():
    talk = spoil(2, "* 9 FETCH (UID 9 BODY[] {1}", "x)", "* 2 FETCH (UID 2 BODY[] {1}", "x)")
    assert fetched(talk) == GOOD | {2: b"x"}


@pytest.mark.parametrize(
    "line",
    ["* 2 FETCH (UID 2 BODY[] {5000}\r\nshort", "garbage", "* BYE too busy", "A999 OK wrong tag"],
)
def test_i7_an_answer_that_breaks_the_stream_is_a_dropped_connection(line: str):
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        if "BODY.PEEK" not in command:
            return talk.usual(tag, command)
        talk.say(line)
        return talk.hang_up()

    with pytest.raises(ServerDropped) as caught:
        fetched(ImapTalk({"UID FETCH": answer}))
    assert caught.value.step == "fetch_imap"
    assert caught.value.uids == (1, 2, 3)


@pytest.mark.parametrize(
    "verb", ["SELECT", "UID SEARCH", "UID FETCH", "CAPABILITY", "AUTHENTICATE"]
)
def test_i8_silence_is_a_timeout_and_not_for_ever(verb: str):
    talk = ImapTalk({verb: lambda talk, tag, command: None})
    with (
        Scripted(talk) as server,
        pytest.raises(ServerDropped) as caught,
        ImapMailbox(settings(server, timeout=0.3)) as box,
    ):
        visit(box)
    assert caught.value.code == "imap_timeout"


@pytest.mark.parametrize("verb", ["SELECT", "UID SEARCH", "UID FETCH", "IDLE"])
def test_i9_bye_is_a_dropped_connection(verb: str):
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* BYE server shutting down")
        talk.hang_up()

    with (
        Scripted(ImapTalk({verb: answer})) as server,
        pytest.raises(ServerDropped),
        ImapMailbox(settings(server)) as box,
    ):
        visit(box)


@pytest.mark.parametrize("verb", ["UID SEARCH", "UID FETCH"])
@pytest.mark.parametrize("word", ["NO", "BAD"])
def test_a_refusal_carries_the_server_s_words(verb: str, word: str):
    talk = ImapTalk({verb: lambda talk, tag, command: talk.say(f"{tag} {word} [X] not today")})
    with (
        Scripted(talk) as server,
        pytest.raises(CommandRefused) as caught,
        ImapMailbox(settings(server)) as box,
    ):
        visit(box)
    assert "not today" in caught.value.server_words


def test_i10_a_server_that_skips_starttls_by_being_logged_in_is_refused():
    talk = ImapTalk({}, greeting="* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome")
    with Scripted(talk) as server, pytest.raises(TlsFailed) as caught:
        ImapMailbox(settings(server, security="starttls")).connect()
    assert caught.value.code == "imap_starttls_missing"
    assert not [x for x in talk.commands if x.startswith(("AUTHENTICATE", "LOGIN"))]


@pytest.mark.parametrize("answer", ["NO", "BAD", None])
def test_i10_starttls_not_offered_or_refused_is_never_clear_text(answer: str | None):
    talk = ImapTalk(
        {"STARTTLS": lambda talk, tag, command: talk.say(f"{tag} {answer} no")},
        greeting="* OK ready",
        capability="STARTTLS" if answer else "",
    )
    with Scripted(talk) as server, pytest.raises(TlsFailed):
        ImapMailbox(settings(server, security="starttls")).connect()
    assert not [x for x in talk.commands if x.startswith(("AUTHENTICATE", "LOGIN"))]


def test_i10_a_broken_handshake_after_starttls_is_never_clear_text():
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.done(tag)
        talk.say("* this is no TLS, give me your password")
        talk.hang_up()

    talk = ImapTalk({"STARTTLS": answer}, greeting="* OK ready", capability="STARTTLS")
    with Scripted(talk) as server, pytest.raises(TlsFailed):
        ImapMailbox(settings(server, security="starttls")).connect()


def test_i11_capabilities_told_before_login_are_forgotten():
    talk = ImapTalk(
        {}, greeting="* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN MOVE] ready", capability="X"
    )
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        assert (box.has("MOVE"), box.has("X")) == (False, True)


@pytest.mark.parametrize(
    "words", ["[UNAVAILABLE] later", "[THROTTLED] x", "please try again later"]
)
def test_i16_a_login_refused_for_now_is_transient(words: str):
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("+ ")
        talk.reader.readline()
        talk.say(f"{tag} NO {words}")

    with (
        Scripted(ImapTalk({"AUTHENTICATE": answer})) as server,
        pytest.raises(LoginFailed) as caught,
        ImapMailbox(settings(server)),
    ):
        pass
    assert (caught.value.transient, caught.value.code) == (True, "imap_login_later")


def test_a_server_without_plain_gets_a_quoted_login():
    talk = ImapTalk({}, greeting="* OK ready")
    talk.capability = "IMAP4rev1"
    with Scripted(talk) as server:
        with ImapMailbox(settings(server, username='a "b" c', password='p"w')):
            pass
        assert 'LOGIN "a \\"b\\" c" "p\\"w"' in talk.commands


@pytest.mark.parametrize(
    "greeting", ["", "220 smtp.x.test ESMTP", "* BYE go away", "HTTP/1.1 400 Bad Request", "* OK"]
)
def test_a_greeting_that_is_no_imap_is_one_error(greeting: str):
    def talk(link, reader):
        link.sendall(greeting.encode() + b"\r\n")

    with Scripted(talk) as server, pytest.raises(MailServerError) as caught:
        ImapMailbox(settings(server)).connect()
    assert caught.value.step == "connect_imap"


def test_news_that_comes_before_idle_begins_is_not_lost():
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* 4 EXISTS")
        talk.say("+ idling")
        talk.reader.readline()
        talk.done(tag)

    with Scripted(ImapTalk({"IDLE": answer})) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.idle(1)


def test_news_in_the_same_packet_as_the_go_ahead_is_not_lost():
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("+ idling\r\n* 4 EXISTS")
        talk.reader.readline()
        talk.done(tag)

    with Scripted(ImapTalk({"IDLE": answer})) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.idle(30)


def test_a_server_without_idle_is_asked_with_noop():
    def answer(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* 4 EXISTS")
        talk.done(tag)

    talk = ImapTalk({"NOOP": answer})
    talk.capability = "IMAP4rev1 AUTH=PLAIN"
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.idle(0.1)
        assert "IDLE" not in talk.commands


def test_i5_without_move_and_uidplus_nothing_is_expunged():
    talk = ImapTalk({})
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        box.move([1, 2], "Done")
    assert [x for x in talk.commands if "EXPUNGE" in x or x.startswith("CLOSE")] == []
    assert 'UID COPY 1,2 "Done"' in talk.commands


def test_huge_folders_are_listed_in_spans():
    def select(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* 100000 EXISTS")
        talk.say("* OK [UIDNEXT 250001] ok")
        talk.done(tag)

    def search(talk: ImapTalk, tag: str, command: str) -> None:
        span = command.rpartition(" ")[2]
        talk.say(f"* SEARCH {span.partition(':')[0]}")
        talk.done(tag)

    talk = ImapTalk({"SELECT": select, "UID SEARCH": search})
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.uids_above(0) == [1, 80_001, 160_001, 240_001]


def test_i20_a_huge_folder_is_searched_by_date_in_spans():
    def select(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("* 200000 EXISTS")
        talk.say("* OK [UIDNEXT 200001] ok")
        talk.done(tag)

    def search(talk: ImapTalk, tag: str, command: str) -> None:
        # All 200,000 in one line would be more than imaplib reads.
        first, _, last = command.split(" ")[3].partition(":")
        wanted = range(int(first), 200_001 if last == "*" else int(last) + 1)
        talk.say("* SEARCH " + " ".join(str(uid) for uid in wanted))
        talk.done(tag)

    talk = ImapTalk({"SELECT": select, "UID SEARCH": search})
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.first_uid_since(datetime(2026, 1, 1, tzinfo=UTC)) == 1
    assert "UID SEARCH UID 1:80000 SINCE 31-Dec-2025" in talk.commands


def test_i8_a_go_ahead_that_comes_again_is_neither_news_nor_a_fault():
    told: list[str] = []

    def idle(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("+ idling")
        talk.say("+ still idling")
        for line in told:
            talk.say(line)
        talk.reader.readline()
        talk.say("+ and again")
        talk.done(tag)

    with Scripted(ImapTalk({"IDLE": idle})) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert not box.idle(0.1)
        told.append("* 4 EXISTS")
        assert box.idle(0.1)


def test_i8_news_that_arrive_in_halves_end_the_waiting():
    def idle(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say("+ idling")
        talk.link.sendall(b"* 4 EXI")
        assert talk.reader.readline() == b"DONE\r\n"
        talk.link.sendall(b"STS\r\n")
        talk.done(tag)

    with Scripted(ImapTalk({"IDLE": idle})) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        assert box.idle(30)


def test_only_numbers_and_fixed_words_are_ever_sent():
    talk = ImapTalk({})
    with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
        box.select("INBOX")
        list(box.fetch(box.uids_above(0)))
        box.mark_seen([1])
    sent = [x for x in talk.commands if x.startswith("UID")]
    assert sent == [
        "UID SEARCH UID 1:*",
        "UID FETCH 1,2,3 (RFC822.SIZE INTERNALDATE)",
        "UID FETCH 1,2,3 (BODY.PEEK[])",
        "UID STORE 1 +FLAGS.SILENT (\\Seen)",
    ]


def test_i15_who_we_are_is_said_where_it_is_asked_for_and_a_refusal_changes_nothing():
    def refuse(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"{tag} BAD who asked")

    for refused, offered in ((False, "IDLE"), (False, "ID IDLE"), (True, "ID IDLE")):
        talk = ImapTalk({"ID (": refuse} if refused else {}, capability=offered)
        with Scripted(talk) as server, ImapMailbox(settings(server)) as box:
            box.select("INBOX")
        said = [one for one in talk.commands if one.startswith("ID (")]
        assert bool(said) == (offered == "ID IDLE")
        assert all('"name" "send-emails-desk"' in one for one in said)


@pytest.mark.parametrize("verb", ["SELECT", "STATUS", "UID SEARCH", "UID FETCH", "IDLE"])
def test_i16_a_server_that_is_busy_says_so_at_any_command_and_how_long(verb: str):
    words = "[THROTTLED] Request is throttled. Suggested Backoff Time: 2500 milliseconds"

    def later(talk: ImapTalk, tag: str, command: str) -> None:
        talk.say(f"{tag} NO {words}")

    with Scripted(ImapTalk({verb: later})) as server, ImapMailbox(settings(server)) as box:
        with pytest.raises(CommandRefused) as caught:
            box.status("INBOX") if verb == "STATUS" else visit(box)
        assert (caught.value.code, is_busy(caught.value)) == ("imap_busy", True)
        assert seconds_told(caught.value.server_words) == 2.5


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("[UNAVAILABLE] try again in 5 minutes", 300.0),
        ("Please retry after 30s", 30.0),
        ("wait 10", 10.0),
        ("wait 9 hours", 1800.0),
        ("[INUSE] mailbox in use", None),
        ("Too many simultaneous connections. (Failure)", None),
        ("retry", None),
    ],
)
def test_i16_how_long_to_wait_is_read_from_the_server_s_words(words: str, seconds: float | None):
    assert seconds_told(words) == seconds
