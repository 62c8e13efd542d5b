"""IMAPClient, the library under many Python programs: its usual operations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import imapclient
import pytest
from imapclient import imapclient as folders
from imapclient.exceptions import IMAPClientError

from tests.clients import dump
from tests.clients.maildir import deliver, numbers
from tests.clients.messages import ATTACHMENT, attached, number_of, numbered, with_attachment
from tests.clients.target import Target


def connect(target: Target) -> imapclient.IMAPClient:
    session = imapclient.IMAPClient(
        target.host, port=target.imaps, ssl_context=target.tls(), timeout=60
    )
    session.login(target.user, target.password)
    return session


@pytest.fixture
def session(target: Target) -> Iterator[imapclient.IMAPClient]:
    with connect(target) as opened:
        yield opened


def uids(session: imapclient.IMAPClient, mailbox: str, *wanted: int) -> list[int]:
    """Append these messages, select the mailbox, and return their UIDs."""
    for number in wanted:
        assert b"[APPENDUID " in session.append(mailbox, numbered(number))
    session.select_folder(mailbox)
    return list(session.search("ALL"))


def test_starttls_and_sasl_plain(target: Target) -> None:
    with imapclient.IMAPClient(target.host, port=target.imap, ssl=False, timeout=60) as session:
        session.starttls(target.tls())
        session.plain_login(target.user, target.password)
        assert session.select_folder("INBOX")[b"EXISTS"] == 0


def test_select_tells_the_state_of_the_mailbox(session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", 1, 2)
    state = session.select_folder("INBOX", readonly=True)
    assert state[b"EXISTS"] == 2
    assert state[b"UIDNEXT"] == 3
    assert state[b"UIDVALIDITY"] > 0
    assert b"\\*" in session.select_folder("INBOX")[b"PERMANENTFLAGS"]


def test_status_agrees_with_select(session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", 1, 2)
    session.add_flags([1], [imapclient.SEEN])
    status = session.folder_status("INBOX")
    assert status[b"MESSAGES"] == 2
    assert status[b"UNSEEN"] == 1
    assert status[b"UIDNEXT"] == 3


def test_envelope_and_body_structure_are_parsed(session: imapclient.IMAPClient) -> None:
    session.append("INBOX", with_attachment(9, subject="Report"))
    session.select_folder("INBOX")
    items = session.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE", "INTERNALDATE"])[1]
    envelope = items[b"ENVELOPE"]
    assert envelope.subject == b"Report"
    assert envelope.message_id == b"<number-9@example.org>"
    assert envelope.from_[0].mailbox == b"sender2"
    assert envelope.to[0].host == b"example.org"
    assert items[b"RFC822.SIZE"] == len(with_attachment(9, subject="Report"))
    structure = items[b"BODYSTRUCTURE"]
    assert structure.is_multipart
    parts, kind = structure[0], structure[1]
    assert kind.lower() == b"mixed"
    assert [part[0].lower() for part in parts] == [b"text", b"application"]


def test_part_is_fetched_in_slices(session: imapclient.IMAPClient) -> None:
    session.append("INBOX", with_attachment(1))
    session.select_folder("INBOX")
    step = 16_384
    slices: list[bytes] = []
    for offset in range(0, 200_000, step):
        items = session.fetch([1], [f"BODY.PEEK[2]<{offset}.{step}>"])[1]
        slices.append(items[f"BODY[2]<{offset}>".encode()])
    encoded = attached(1).split(b".bin\r\n\r\n")[1].split(b"--edge--")[0]
    assert b"".join(slices).rstrip() == encoded.rstrip()
    assert len(encoded) > len(ATTACHMENT)
    assert slices[-1] == b""


def test_header_fields_are_fetched(session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", 4)
    key = "BODY.PEEK[HEADER.FIELDS (SUBJECT X-NUMBER)]"
    items = session.fetch([1], [key])[1]
    [fields] = [value for name, value in items.items() if name.startswith(b"BODY[HEADER.FIELDS")]
    assert fields == b"Subject: Message 4\r\nX-Number: 4\r\n\r\n"


def test_flags_are_set_added_and_removed(session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", 1)
    assert set(session.add_flags([1], [imapclient.FLAGGED, b"work"])[1]) >= {b"\\Flagged", b"work"}
    assert b"work" not in session.remove_flags([1], [b"work"])[1]
    session.set_flags([1], [imapclient.SEEN, b"$label1"], silent=True)
    assert set(session.get_flags([1])[1]) - {b"\\Recent"} == {b"\\Seen", b"$label1"}


def test_search_criteria(session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", *range(1, 7))
    session.add_flags([2, 3], [imapclient.FLAGGED, b"work"])
    assert session.search(["FLAGGED"]) == [2, 3]
    assert session.search(["KEYWORD", "work", "NOT", "UID", "3"]) == [2]
    assert session.search(["FROM", "sender4@example.org"]) == [4]
    assert session.search(["HEADER", "X-Number", "5"]) == [5]
    assert session.search(["TEXT", "\u4f60\u597d"], "UTF-8") == [1, 6]
    assert session.search(["SENTBEFORE", date(2026, 1, 1)]) == []
    assert session.search(["OR", "UID", "1", "SUBJECT", "Message 6"]) == [1, 6]
    assert session.search(["MODSEQ", "1"]) == [1, 2, 3, 4, 5, 6]


def test_sort_and_thread(session: imapclient.IMAPClient) -> None:
    if not session.has_capability("SORT"):
        pytest.skip("SORT is not announced")
    uids(session, "INBOX", 3, 1, 2)
    assert session.sort("DATE") == [2, 3, 1]
    assert session.sort(["REVERSE", "SUBJECT"]) == [1, 3, 2]
    assert session.thread("REFERENCES") == ((2,), (3,), (1,))


def test_move_and_copy(target: Target, session: imapclient.IMAPClient) -> None:
    uids(session, "INBOX", *range(4))
    session.create_folder("Kept")
    session.copy([1, 2], "Kept")
    session.move([2, 4], "Kept")
    assert session.search("ALL") == [1, 3]
    assert numbers(target.maildir) == [0, 2]
    kept = dump.mailbox(target, "Kept")
    assert [message.number for message in kept.messages.values()] == [0, 1, 1, 3]


def test_uid_expunge_removes_those_named_only(
    target: Target, session: imapclient.IMAPClient
) -> None:
    uids(session, "INBOX", *range(4))
    session.delete_messages([1, 2])
    session.uid_expunge([1, 3])
    assert session.search("ALL") == [2, 3, 4]
    session.expunge()
    assert numbers(target.maildir) == [2, 3]


def test_append_at_a_date_with_flags(target: Target, session: imapclient.IMAPClient) -> None:
    moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    session.append("INBOX", numbered(8), [imapclient.SEEN, b"kw"], moment)
    [message] = dump.mailbox(target).messages.values()
    assert message.internal_date == moment
    assert message.flags == ("\\Seen", "kw")


def test_several_messages_in_one_append(target: Target, session: imapclient.IMAPClient) -> None:
    messages = [{"msg": numbered(n), "flags": [imapclient.SEEN]} for n in range(3)]
    assert session.has_capability("MULTIAPPEND")
    session.multiappend("INBOX", messages)
    assert dump.mailbox(target).flags() == dict.fromkeys(range(3), ("\\Seen",))


def test_mailboxes_with_names_of_all_kinds(session: imapclient.IMAPClient) -> None:
    delimiter = session.namespace().personal[0][1]
    names = [
        "Entw\u00fcrfe",
        "\u65e5\u672c\u8a9e",
        "A & B",
        'Say "hello"',
        f"Top{delimiter}Below",
        "a*b%",
    ]
    for name in names:
        session.create_folder(name)
        session.subscribe_folder(name)
        session.append(name, numbered(1))
        assert session.folder_status(name, ["MESSAGES"])[b"MESSAGES"] == 1
    assert {name for _, _, name in session.list_folders()} >= set(names)
    assert {name for _, _, name in session.list_sub_folders()} >= set(names)
    session.rename_folder(names[0], "Fertig")
    session.unsubscribe_folder(names[0])
    for name in ["Fertig", *names[1:]]:
        session.delete_folder(name)
    assert not {name for _, _, name in session.list_folders()} & {"Fertig", *names}


def test_special_use_is_listed(session: imapclient.IMAPClient) -> None:
    for role, name in (
        (folders.SENT, "Sent"),
        (folders.DRAFTS, "Drafts"),
        (folders.TRASH, "Trash"),
        (folders.JUNK, "Junk"),
        (folders.ARCHIVE, "Archive"),
    ):
        assert session.find_special_folder(role) == name


def test_idle_tells_what_other_sessions_and_programs_do(target: Target) -> None:
    with connect(target) as session, connect(target) as other:
        session.select_folder("INBOX")
        session.idle()
        other.append("INBOX", numbered(1))
        assert (1, b"EXISTS") in _idle_until(session, (1, b"EXISTS"))
        deliver(target.maildir, numbered(2))
        assert (2, b"EXISTS") in _idle_until(session, (2, b"EXISTS"))
        other.select_folder("INBOX")
        other.delete_messages([1])
        other.expunge()
        assert (1, b"EXPUNGE") in _idle_until(session, (1, b"EXPUNGE"))
        session.idle_done()
        assert session.search("ALL") == [2]


def _idle_until(session: imapclient.IMAPClient, wanted: tuple[int, bytes]) -> list[object]:
    heard: list[object] = []
    for _ in range(10):
        heard += session.idle_check(timeout=30)
        if wanted in heard:
            break
    return heard


def test_changes_since_a_mod_sequence(target: Target) -> None:
    with connect(target) as session, connect(target) as other:
        session.enable("CONDSTORE")
        known = uids(session, "INBOX", 1, 2, 3)
        before = session.folder_status("INBOX", ["HIGHESTMODSEQ"])[b"HIGHESTMODSEQ"]
        other.select_folder("INBOX")
        other.add_flags([2], [imapclient.FLAGGED])
        changed = session.fetch(known, ["FLAGS"], [f"CHANGEDSINCE {before}"])
        assert list(changed) == [2]
        assert changed[2][b"MODSEQ"][0] > before


def test_id_and_capabilities(session: imapclient.IMAPClient) -> None:
    for capability in ("IMAP4REV1", "IDLE", "UIDPLUS", "MOVE", "NAMESPACE", "CONDSTORE"):
        assert session.has_capability(capability)
    assert session.id_({"name": "IMAPClient"}) is not None


def test_errors_do_not_break_the_connection(session: imapclient.IMAPClient) -> None:
    with pytest.raises(IMAPClientError):
        session.select_folder("No such mailbox")
    with pytest.raises(IMAPClientError):
        session.append("No such mailbox", numbered(1))
    session.create_folder("Twice")
    with pytest.raises(IMAPClientError):
        session.create_folder("Twice")
    session.append("INBOX", numbered(1))
    session.select_folder("INBOX")
    assert number_of(session.fetch([1], ["BODY[]"])[1][b"BODY[]"]) == 1
