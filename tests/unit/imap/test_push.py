"""Clients that are told of changes while no command runs."""

from __future__ import annotations

from typing import Any

import pytest

from mailstore.account.journal import KEPT
from mailstore.model.errors import Unavailable
from mailstore.model.limits import ImapLimits
from mailstore.model.mailbox import MailboxStatus
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox
from tests.engine import EngineClient, EngineServer
from tests.unit.imap.test_imap_connection import HeldLane

SELECTED = b"n NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))"
ALL = b"n NOTIFY SET (personal (MessageNew MessageExpunge FlagChange MailboxName))"


class Fixture:
    def __init__(self, *mailboxes: str, **limits: Any) -> None:
        self.store = MemoryStore()
        for name in mailboxes:
            self.store.create(name)
        self.lane = HeldLane()
        self.server = EngineServer(self.store, ImapLimits(**limits), self.lane)
        self.other = self.server.connect().log_in()

    def listening(self, notify: bytes, *, selected: bool = True) -> EngineClient:
        client = self.server.connect().log_in()
        if selected:
            client.select()
        answer = client.ask(notify)
        assert answer[-1] == b"n OK NOTIFY completed", answer
        return client

    def append(self, mailbox: bytes = b"INBOX", times: int = 1) -> None:
        for _ in range(times):
            answer = self.other.ask(b"a APPEND %b {2+}" % mailbox, b"hi")
            assert answer[-1].startswith(b"a OK"), answer


def test_a_push_leaves_without_a_command() -> None:
    fixture = Fixture()
    client = fixture.listening(SELECTED)
    fixture.append()
    assert client.taken() == b"* 1 EXISTS\r\n* 1 RECENT\r\n"


def test_nothing_is_pushed_to_clients_that_did_not_ask() -> None:
    fixture = Fixture()
    client = fixture.server.connect().log_in().select()
    fixture.append()
    assert client.taken() == b""


def test_what_happens_while_a_client_does_not_read_is_told_at_once_when_it_does() -> None:
    fixture = Fixture("Lists")
    client = fixture.listening(SELECTED + b" " + ALL.partition(b"SET ")[2])
    client.peer.slow = True
    fixture.append(times=500)
    fixture.append(b"Lists", times=500)
    assert client.peer.writes == []
    client.peer.slow = False
    client.peer.drain()
    lines = client.taken().split(b"\r\n")
    assert sorted(lines[:-1]) == [
        b"* 500 EXISTS",
        b"* 500 RECENT",
        b"* STATUS Lists (MESSAGES 500 UIDNEXT 501 UNSEEN 500 UIDVALIDITY %d HIGHESTMODSEQ %d)"
        % fixture.store.status("Lists")[::2][:2],
    ]


def test_a_command_waits_for_a_push_to_end_and_comes_before_the_next() -> None:
    fixture = Fixture()
    client = fixture.listening(SELECTED)
    client.peer.slow = True
    fixture.append()
    client.send(b"a NOOP\r\n")
    fixture.append()
    assert client.taken() == b""
    client.peer.slow = False
    client.peer.drain()
    assert client.taken() == b"* 2 EXISTS\r\n* 2 RECENT\r\na OK NOOP completed\r\n"


def test_a_push_waits_for_a_command_to_end() -> None:
    fixture = Fixture()
    client = fixture.listening(SELECTED)
    fixture.lane.held = True
    client.send(b"a CREATE Work\r\n")
    fixture.lane.held = False
    fixture.append()
    assert client.taken() == b""
    fixture.lane.answer()
    # What the command's own end tells need not be pushed.
    assert client.taken() == b"* 1 EXISTS\r\n* 1 RECENT\r\na OK CREATE completed\r\n"


def test_a_client_that_is_lost_while_it_does_not_read_leaves_nothing_behind() -> None:
    fixture = Fixture("Lists")
    client = fixture.listening(ALL)
    client.peer.slow = True
    fixture.append(b"Lists")
    client.engine.connection_lost()
    fixture.append(b"Lists")
    fixture.other.engine.connection_lost()
    assert fixture.server.accounts._sessions == {}


def test_a_client_that_never_reads_is_given_up() -> None:
    fixture = Fixture()
    client = fixture.listening(SELECTED)
    client.peer.slow = True
    fixture.append()
    client.engine.timed_out()
    assert client.peer.closed


def test_a_listening_client_hears_that_the_server_stops() -> None:
    fixture = Fixture()
    client = fixture.listening(SELECTED)
    client.peer.slow = True
    fixture.append()
    client.engine.shutting_down()
    assert client.taken() == b""
    client.peer.slow = False
    client.peer.drain()
    assert client.taken().endswith(b"* BYE [UNAVAILABLE] The server is shutting down\r\n")


def test_a_selected_mailbox_that_is_deleted_ends_the_session_at_once() -> None:
    fixture = Fixture("Work")
    client = fixture.server.connect().log_in().select(b"Work")
    client.ask(SELECTED)
    fixture.other.ask(b"a DELETE Work")
    assert client.taken().startswith(b"* BYE ")
    assert client.peer.closed


def test_more_events_than_are_kept_end_notify() -> None:
    fixture = Fixture()
    client = fixture.listening(b"n NOTIFY SET (personal (SubscriptionChange))", selected=False)
    client.peer.slow = True
    for _ in range(KEPT // 2 + 1):
        fixture.other.ask(b"a SUBSCRIBE INBOX", b"b UNSUBSCRIBE INBOX")
    client.peer.slow = False
    client.peer.drain()
    assert client.taken() == b"* OK [NOTIFICATIONOVERFLOW] This is too much to watch\r\n"
    fixture.other.ask(b"a SUBSCRIBE INBOX")
    assert client.taken() == b""
    assert client.ask(b"b NOOP") == [b"b OK NOOP completed"]


def test_many_events_of_one_name_are_told_once() -> None:
    fixture = Fixture()
    client = fixture.listening(b"n NOTIFY SET (personal (MailboxName))", selected=False)
    client.peer.slow = True
    for _ in range(100):
        fixture.other.ask(b"a CREATE Work", b"b DELETE Work")
    client.peer.slow = False
    client.peer.drain()
    assert client.taken() == b'* LIST (\\NonExistent) "/" Work\r\n'


def test_counts_that_could_not_be_asked_for_are_told_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixture = Fixture("Lists")
    client = fixture.listening(ALL, selected=False)

    def fail(self: MemoryMailbox) -> MailboxStatus:
        raise Unavailable("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryMailbox, "status", fail)
        fixture.append(b"Lists")
        assert client.taken() == b""
    answer = client.ask(b"a NOOP")
    assert answer[0].startswith(b"* STATUS Lists (MESSAGES 1 ")
    assert answer[1:] == [b"a OK NOOP completed"]


def test_a_mailbox_that_cannot_be_read_is_not_in_the_way_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixture = Fixture("Broken", "Lists")
    status = MemoryMailbox.status

    def fail(self: MemoryMailbox) -> MailboxStatus:
        if self.name == "Broken":
            raise Unavailable("the disk is away")
        return status(self)

    monkeypatch.setattr(MemoryMailbox, "status", fail)
    client = fixture.listening(ALL.replace(b"SET", b"SET STATUS"), selected=False)
    client.peer.slow = True
    fixture.append(b"Broken")
    fixture.append(b"Lists")
    client.peer.slow = False
    client.peer.drain()
    assert client.taken().startswith(b"* STATUS Lists (MESSAGES 1 ")


def test_a_mailbox_made_anew_under_its_name_is_watched_again() -> None:
    fixture = Fixture("Lists")
    client = fixture.listening(ALL, selected=False)
    fixture.append(b"Lists")
    client.taken()
    fixture.other.ask(b"a DELETE Lists", b"b CREATE Lists")
    client.taken()
    fixture.append(b"Lists")
    assert client.taken().startswith(b"* STATUS Lists (MESSAGES 1 UIDNEXT 2 ")


def test_a_notify_that_is_refused_leaves_the_one_before() -> None:
    fixture = Fixture("Lists", watched=2)
    client = fixture.listening(ALL, selected=False)
    fixture.store.create("One more")
    assert client.ask(ALL) == [b"n NO [LIMIT] Too many mailboxes to watch"]
    fixture.append(b"Lists")
    assert client.taken().startswith(b"* STATUS Lists (")


def test_own_messages_are_told_once_others_came_too() -> None:
    fixture = Fixture("Lists")
    client = fixture.listening(ALL, selected=False)
    fixture.lane.held = True
    client.send(b"a APPEND Lists {2+}\r\nhi\r\n")
    fixture.lane.held = False
    fixture.append(b"Lists")
    fixture.lane.answer()
    assert client.taken().startswith(b"* STATUS Lists (MESSAGES 2 UIDNEXT 3 ")


def test_flags_that_were_stored_unheard_take_no_room() -> None:
    fixture = Fixture()
    fixture.append()
    client = fixture.listening(b"n NOTIFY NONE")
    for _ in range(50):
        client.ask(b"a UID STORE 1 +FLAGS.SILENT (\\Seen)", b"b UID STORE 1 -FLAGS.SILENT (\\Seen)")
    view = client.engine.session.view
    assert len(view.own) == 1


def test_what_is_fetched_of_new_messages_does_not_make_them_seen() -> None:
    fixture = Fixture()
    client = fixture.listening(b"n NOTIFY SET (selected (MessageNew (BODY[]) MessageExpunge))")
    fixture.append()
    assert client.taken().endswith(b"* 1 FETCH (BODY[] {2}\r\nhi)\r\n")
    assert fixture.store.status("INBOX").unseen == 1
