"""The standard library's imaplib: what most scripts use."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, stored
from tests.clients.messages import number_of, numbered, with_attachment
from tests.clients.target import Target


@pytest.fixture
def session(target: Target) -> Iterator[imaplib.IMAP4_SSL]:
    opened = dump.connect(target)
    yield opened
    if opened.state != "LOGOUT":
        opened.logout()


def ok(answer: tuple[str, Any]) -> Any:
    """The data of a command that has to succeed."""
    status, data = answer
    assert status == "OK", data
    return data


def appended(session: imaplib.IMAP4_SSL, *wanted: int, mailbox: str = "INBOX") -> None:
    for number in wanted:
        date = imaplib.Time2Internaldate(1_767_225_600 + number)
        ok(session.append(mailbox, "", date, numbered(number)))


def test_login_over_starttls(target: Target) -> None:
    with imaplib.IMAP4(target.host, target.imap, timeout=60) as session:
        assert "STARTTLS" in session.capabilities
        ok(session.starttls(target.tls()))
        assert "STARTTLS" not in session.capabilities
        ok(session.login(target.user, target.password))
        ok(session.select())


def test_authenticate_plain(target: Target) -> None:
    with imaplib.IMAP4_SSL(target.host, target.imaps, ssl_context=target.tls()) as session:
        token = f"\0{target.user}\0{target.password}".encode()
        ok(session.authenticate("PLAIN", lambda challenge: b"" if challenge else token))
        ok(session.select())


def test_wrong_passwords_leave_the_connection_usable(target: Target) -> None:
    with imaplib.IMAP4_SSL(target.host, target.imaps, ssl_context=target.tls()) as session:
        for _ in range(3):
            with pytest.raises(imaplib.IMAP4.error):
                session.login(target.user, "wrong")
        ok(session.login(target.user, target.password))


def test_delivered_message_is_fetched_whole(target: Target, session: imaplib.IMAP4_SSL) -> None:
    deliver(target.maildir, with_attachment(7))
    assert ok(session.select()) == [b"1"]
    data = ok(session.fetch("1", "(RFC822)"))
    assert isinstance(data[0], tuple)
    assert data[0][1] == with_attachment(7)
    assert b"\\Seen" in ok(session.fetch("1", "(FLAGS)"))[0]


def test_append_keeps_octets_flags_and_date(target: Target, session: imaplib.IMAP4_SSL) -> None:
    date = '"17-Jul-1996 02:44:25 -0700"'
    answer = ok(session.append("INBOX", r"(\Seen $Forwarded)", date, numbered(3)))
    assert b"[APPENDUID " in answer[0]
    ok(session.select(readonly=True))
    items = ok(session.fetch("1", "(FLAGS INTERNALDATE BODY.PEEK[])"))
    assert isinstance(items[0], tuple)
    head, octets = items[0]
    assert octets == numbered(3)
    assert b"\\Seen" in head
    assert b"$Forwarded" in head
    shown = imaplib.Internaldate2tuple(head)
    assert shown is not None
    assert time.mktime(shown) == 837_596_665
    assert stored(target.maildir)[3].octets == numbered(3)


def test_search_finds_by_subject_size_and_utf8_text(session: imaplib.IMAP4_SSL) -> None:
    appended(session, *range(1, 6))
    ok(session.select())
    assert ok(session.search(None, "SUBJECT", '"Message 4"')) == [b"4"]
    assert ok(session.search(None, "LARGER", "50000")) == [b"2"]
    literal: Any = "Gr\u00fc\u00dfe".encode()
    session.literal = literal
    assert ok(session.search("UTF-8", "BODY")) == [b"1"]
    assert ok(session.search(None, "SUBJECT", "nowhere")) == [b""]


def test_store_copy_and_expunge(target: Target, session: imaplib.IMAP4_SSL) -> None:
    appended(session, *range(5))
    ok(session.create('"Old mail"'))
    ok(session.subscribe('"Old mail"'))
    ok(session.select())
    ok(session.store("2:3", "+FLAGS", r"(\Flagged custom)"))
    assert b"custom" in ok(session.fetch("2", "(FLAGS)"))[0]
    assert b"[COPYUID " in ok(session.copy("2:3", '"Old mail"'))[0]
    ok(session.store("2:3", "+FLAGS", r"(\Deleted)"))
    assert ok(session.expunge()) in ([b"2", b"2"], [b"3", b"2"])
    assert ok(session.search(None, "ALL")) == [b"1 2 3"]
    ok(session.close())
    assert numbers(target.maildir) == [0, 3, 4]
    moved = dump.mailbox(target, "Old mail")
    assert moved.flags() == dict.fromkeys((1, 2), ("\\Flagged", "custom"))


def test_mailboxes_are_created_renamed_and_deleted(session: imaplib.IMAP4_SSL) -> None:
    ok(session.create("Work"))
    ok(session.subscribe("Work"))
    appended(session, 1, mailbox="Work")
    ok(session.rename("Work", "Play"))
    assert b"MESSAGES 1" in ok(session.status("Play", "(MESSAGES UIDNEXT UNSEEN)"))[0]
    listed = b"\n".join(line for line in ok(session.list()) if line)
    assert b"Play" in listed
    assert b"Work" not in listed
    ok(session.delete("Play"))
    status, _ = session.select("Play")
    assert status == "NO"


def test_idle_session_hears_of_another_sessions_message(target: Target) -> None:
    # imaplib has no IDLE before Python 3.14: this writes the command by itself.
    with dump.connect(target) as session, dump.connect(target) as other:
        ok(session.select())
        session.send(b"idle1 IDLE\r\n")
        assert session.readline().startswith(b"+")
        appended(other, 1)
        assert _line_with(session, b"EXISTS") == b"* 1 EXISTS\r\n"
        ok(other.select())
        ok(other.store("1", "+FLAGS", r"(\Seen)"))
        assert b"\\Seen" in _line_with(session, b"FETCH")
        ok(other.store("1", "+FLAGS", r"(\Deleted)"))
        ok(other.expunge())
        assert _line_with(session, b"EXPUNGE") == b"* 1 EXPUNGE\r\n"
        session.send(b"DONE\r\n")
        assert _line_with(session, b"idle1").startswith(b"idle1 OK")


def _line_with(session: imaplib.IMAP4_SSL, word: bytes) -> bytes:
    for _ in range(20):
        line = session.readline()
        if word in line:
            return line
    raise AssertionError(f"{word!r} did not come")


def test_enable_namespace_noop_check_unselect(session: imaplib.IMAP4_SSL) -> None:
    ok(session.enable("CONDSTORE"))
    assert ok(session.namespace())[0].startswith(b'(("" ')
    ok(session.select())
    ok(session.noop())
    ok(session.check())
    ok(session.unselect())
    assert session.state == "AUTH"


def test_fetch_of_every_message_gives_the_octets_that_were_appended(
    session: imaplib.IMAP4_SSL,
) -> None:
    appended(session, *range(10))
    ok(session.select())
    data = ok(session.fetch("1:*", "(BODY.PEEK[])"))
    bodies = [item[1] for item in data if isinstance(item, tuple)]
    assert [number_of(body) for body in bodies] == list(range(10))
    assert bodies == [numbered(number) for number in range(10)]
