"""The engine of one connection: order, waiting, and every way in which it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, TypeVar

import pytest

from mailstore.account.lane import InPlaceLane
from mailstore.imap.output import FLUSH
from mailstore.model.errors import OverQuota, Unavailable
from mailstore.model.limits import ImapLimits
from mailstore.model.task import Waiter
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemorySpool
from tests.engine import EngineClient, EngineServer

T = TypeVar("T")


class HeldLane(InPlaceLane):
    """Long calls are answered when the test says so."""

    def __init__(self) -> None:
        self.held = False
        self._calls: list[Callable[[], None]] = []

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        if not self.held:
            return self.run(call)
        waiter: Waiter[Any] = Waiter()

        def answer() -> None:
            try:
                value = call()
            except Exception as error:
                waiter.fail(error)
            else:
                waiter.succeed(value)

        self._calls.append(answer)
        return waiter

    def answer(self, place: int = 0) -> None:
        self._calls.pop(place)()


class Fixture:
    def __init__(self, **limits: Any) -> None:
        self.store = MemoryStore()
        self.lane = HeldLane()
        self.server = EngineServer(self.store, ImapLimits(**limits), self.lane)

    def logged_in(self) -> EngineClient:
        return self.server.connect().log_in()

    def selected(self) -> EngineClient:
        return self.logged_in().select()

    @property
    def sessions(self) -> int:
        return self.server.accounts._sessions.get("alice", 0)


@pytest.fixture
def fixture() -> Fixture:
    return Fixture()


def test_answers_to_pipelined_commands_leave_in_one_write(fixture: Fixture) -> None:
    client = fixture.selected()
    client.send(b"a NOOP\r\nb NOOP\r\nc CHECK\r\n")
    assert client.peer.writes == [
        b"a OK NOOP completed\r\nb OK NOOP completed\r\nc OK CHECK completed\r\n"
    ]


def test_commands_wait_for_the_one_that_runs(fixture: Fixture) -> None:
    client = fixture.logged_in()
    fixture.lane.held = True
    assert client.ask(b"a SUBSCRIBE INBOX", b'b LSUB "" *') == []
    fixture.lane.answer()
    assert client.taken() == (
        b'a OK SUBSCRIBE completed\r\n* LSUB (\\HasNoChildren) "/" INBOX\r\nb OK LSUB completed\r\n'
    )


def test_input_is_paused_while_too_many_commands_wait() -> None:
    fixture = Fixture(pipeline=3)
    client = fixture.logged_in()
    fixture.lane.held = True
    client.ask(b"a CREATE Work")
    client.ask(b"b NOOP", b"c NOOP", b"d NOOP")
    assert not client.peer.paused
    client.ask(b"e NOOP")
    assert client.peer.paused
    fixture.lane.answer()
    assert not client.peer.paused
    assert client.taken().endswith(b"e OK NOOP completed\r\n")


def test_input_is_paused_while_too_many_octets_wait(fixture: Fixture) -> None:
    client = fixture.logged_in()
    fixture.lane.held = True
    client.ask(b"a CREATE Work")
    client.send(b"b CREATE " + b"x" * 70_000)
    assert client.peer.paused


def test_a_client_that_does_not_read_stops_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    # Others have their turn meanwhile, and when is not the question here.
    monkeypatch.setattr("mailstore.imap.output.TURN_S", inf)
    fixture = Fixture()
    for number in range(2000):
        fixture.store.create(f"{number:04d} " + "x" * 60)
    client = fixture.logged_in()
    client.peer.slow = True
    client.send(b'a LIST "" *\r\n')
    assert len(client.peer.writes) == 1
    assert len(client.peer.writes[0]) < 2 * FLUSH
    client.peer.slow = False
    client.peer.drain()
    assert client.taken().endswith(b"a OK LIST completed\r\n")


def test_a_lost_client_ends_a_command_that_waits_for_it(fixture: Fixture) -> None:
    for number in range(2000):
        fixture.store.create(f"{number:04d} " + "x" * 60)
    client = fixture.logged_in()
    client.peer.slow = True
    client.send(b'a LIST "" *\r\n')
    client.engine.connection_lost()
    assert fixture.sessions == 0


def test_a_lost_client_ends_idle(fixture: Fixture) -> None:
    client, other = fixture.selected(), fixture.selected()
    client.ask(b"a IDLE")
    client.engine.connection_lost()
    assert fixture.sessions == 1
    assert other.ask(b"a APPEND INBOX {2+}", b"hi")[-1].startswith(b"a OK")
    assert client.taken() == b""


def test_nothing_is_delivered_while_tls_begins(fixture: Fixture) -> None:
    client = fixture.server.connect("starttls")
    client.ask(b"a STARTTLS", b"b NOOP")
    assert client.peer.paused_for_tls
    assert not client.peer.paused


def test_a_line_that_came_while_the_store_was_busy_is_found(fixture: Fixture) -> None:
    client, other = fixture.selected(), fixture.logged_in()
    other.ask(b"a APPEND INBOX {2+}", b"hi")
    fixture.lane.held = True
    assert client.ask(b"a IDLE", b"DONE", b"b NOOP") == [b"+ idling", b"* 1 EXISTS"]
    fixture.lane.answer()
    assert client.taken() == (b"* 1 RECENT\r\na OK IDLE completed\r\nb OK NOOP completed\r\n")


def test_a_lost_client_ends_authentication(fixture: Fixture) -> None:
    client = fixture.server.connect()
    client.ask(b"a AUTHENTICATE PLAIN")
    client.engine.connection_lost()
    client.engine.connection_lost()
    assert fixture.sessions == 0


def test_what_the_store_has_begun_is_finished_without_the_client(fixture: Fixture) -> None:
    client = fixture.logged_in()
    fixture.lane.held = True
    client.ask(b"a APPEND INBOX {2+}", b"hi")
    client.engine.connection_lost()
    assert fixture.sessions == 1
    fixture.lane.answer()
    assert fixture.sessions == 0
    assert fixture.store.status("INBOX").messages == 1
    assert client.taken() == b""


class _WatchedStore(MemoryStore):
    """Knows the spools it gave, and can run out of room."""

    def __init__(self) -> None:
        super().__init__()
        self.spools: list[_WatchedSpool] = []
        self.room = 1 << 20

    def spool(self) -> MemorySpool:
        spool = _WatchedSpool(self)
        self.spools.append(spool)
        return spool


class _WatchedSpool(MemorySpool):
    def __init__(self, store: _WatchedStore) -> None:
        super().__init__()
        self._store = store
        self.discarded = False

    def write(self, octets: bytes) -> None:
        if self.size + len(octets) > self._store.room:
            self.discard()
            raise OverQuota("the disk is full")
        super().write(octets)

    def discard(self) -> None:
        super().discard()
        self.discarded = True


def test_a_message_that_does_not_arrive_whole_is_discarded() -> None:
    store = _WatchedStore()
    client = EngineServer(store).connect().log_in()
    client.send(b"a APPEND INBOX {10+}\r\nhello")
    client.engine.connection_lost()
    assert [spool.discarded for spool in store.spools] == [True]
    assert store.status("INBOX").messages == 0


def test_a_disk_that_fills_up_during_a_message_is_over_quota() -> None:
    store = _WatchedStore()
    store.room = 6
    client = EngineServer(store).connect().log_in()
    client.send(b"a APPEND INBOX {10+}\r\nhello")
    assert client.taken() == b""
    client.send(b"hello\r\nb NOOP\r\n")
    assert client.taken() == (b"a NO [OVERQUOTA] There is no room left\r\nb OK NOOP completed\r\n")
    assert [spool.discarded for spool in store.spools] == [True]


def test_a_second_message_that_is_refused_discards_the_first() -> None:
    store = _WatchedStore()
    client = EngineServer(store, ImapLimits(append_messages=1)).connect().log_in()
    answer = client.ask(b"a APPEND INBOX {2+}", b"hi {2+}", b"hi", b"b NOOP")
    assert answer == [
        b"a NO [LIMIT] too many messages in one command",
        b"b OK NOOP completed",
    ]
    assert [spool.discarded for spool in store.spools] == [True]


def test_a_framing_error_inside_an_append_discards_its_messages() -> None:
    store = _WatchedStore()
    client = EngineServer(store).connect().log_in()
    answer = client.ask(b"a APPEND INBOX {2+}", b"hi \0", b"b NOOP")
    assert answer[0].startswith(b"a BAD")
    assert answer[1] == b"b OK NOOP completed"
    assert [spool.discarded for spool in store.spools] == [True]


def test_an_unforeseen_error_is_logged_and_the_connection_goes_on(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fixture.logged_in()

    def broken(name: str) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr(fixture.store, "open", broken)
    answer = client.ask(b"a STATUS INBOX (MESSAGES)", b"b NOOP")
    assert answer == [
        b"a NO [SERVERBUG] Internal error, logged as incident",
        b"b OK NOOP completed",
    ]
    assert [type(error) for error in fixture.server.incidents] == [ZeroDivisionError]


def test_a_store_that_cannot_be_reached_is_unavailable(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fixture.selected()

    monkeypatch.setattr(fixture.store, "open", _unavailable)
    answer = client.ask(b"a STATUS INBOX (MESSAGES)")
    assert answer == [b"a NO [UNAVAILABLE] The mail cannot be reached at the moment"]


def test_updates_that_fail_are_told_by_the_next_command(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = fixture.selected(), fixture.logged_in()
    other.ask(b"a APPEND INBOX {2+}", b"hi")
    mailbox = fixture.store.open("INBOX")
    working = mailbox.changes
    failures = iter([Unavailable("busy")])

    def changes(mod_seq: int) -> object:
        for error in failures:
            raise error
        return working(mod_seq)

    monkeypatch.setattr(mailbox, "changes", changes)
    assert client.ask(b"a NOOP") == [b"a OK NOOP completed"]
    assert client.ask(b"b NOOP") == [b"* 1 EXISTS", b"* 1 RECENT", b"b OK NOOP completed"]


def test_a_change_during_an_update_of_idle_is_not_missed(fixture: Fixture) -> None:
    client, other = fixture.selected(), fixture.logged_in()
    client.ask(b"a IDLE")
    fixture.lane.held = True
    other.ask(b"a APPEND INBOX {2+}", b"hi")
    fixture.lane.answer()
    assert client.taken() == b""
    other.ask(b"b APPEND INBOX {2+}", b"hi")
    # The update of the first message still waits for claim_recent.
    fixture.lane.answer(place=1)
    fixture.lane.held = False
    fixture.lane.answer()
    assert client.taken() == b"* 1 EXISTS\r\n* 1 RECENT\r\n* 2 EXISTS\r\n* 2 RECENT\r\n"


def test_idle_goes_on_when_the_store_fails_for_a_moment(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = fixture.selected(), fixture.logged_in()
    client.ask(b"a IDLE")
    with monkeypatch.context() as patch:
        patch.setattr(fixture.store.open("INBOX"), "changes", _unavailable)
        other.ask(b"a APPEND INBOX {2+}", b"hi")
        assert client.taken() == b""
    other.ask(b"b APPEND INBOX {2+}", b"hi")
    assert client.taken() == b"* 2 EXISTS\r\n* 2 RECENT\r\n"
    assert client.ask(b"DONE") == [b"a OK IDLE completed"]


def _unavailable(*arguments: object) -> None:
    raise Unavailable("the disk does not answer")


def test_a_mailbox_that_cannot_be_described_is_not_selected(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = fixture.logged_in()
    monkeypatch.setattr(fixture.store.open("INBOX"), "keywords", _unavailable)
    answer = client.ask(b"a SELECT INBOX", b"b CLOSE")
    assert answer[0].startswith(b"a NO [UNAVAILABLE]")
    assert answer[1] == b"b BAD CLOSE is not allowed now"


@pytest.mark.parametrize("call", ["uids", "claim_recent", "keywords", "state"])
def test_what_a_failing_store_kept_back_is_told_later(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Wherever an update stops, the client's numbers stay right and no flags get lost."""
    client, other = fixture.selected(), fixture.selected()
    for _ in range(3):
        other.ask(b"a APPEND INBOX {2+}", b"hi")
    client.ask(b"a NOOP")
    other.ask(b"b STORE 1 +FLAGS.SILENT (\\Deleted)", b"c EXPUNGE")
    other.ask(b"d STORE 2 +FLAGS.SILENT ($new)", b"e APPEND INBOX {2+}", b"hi")
    with monkeypatch.context() as patch:
        patch.setattr(fixture.store.open("INBOX"), call, _unavailable)
        first = client.ask(b"f NOOP")
    second = client.ask(b"g NOOP")
    assert first[-1] == b"f OK NOOP completed"
    told = first + second
    assert told.count(b"* 1 EXPUNGE") == 1
    assert [line for line in told if line.endswith(b"EXISTS")] == [b"* 3 EXISTS"]
    assert b"* 2 FETCH (FLAGS ($new))" in told
    assert list(client.engine.session.view.uids) == [2, 3, 4]


def test_idle_in_a_mailbox_that_is_deleted_ends_with_bye(fixture: Fixture) -> None:
    fixture.store.create("Work")
    client, other = fixture.logged_in().select(b"Work"), fixture.logged_in()
    client.ask(b"a IDLE")
    other.ask(b"a DELETE Work")
    assert client.taken().startswith(b"* BYE ")
    assert client.peer.closed
    assert fixture.sessions == 1


def test_shutting_down_lets_the_running_command_finish(fixture: Fixture) -> None:
    client = fixture.logged_in()
    fixture.lane.held = True
    client.ask(b"a SUBSCRIBE INBOX", b"b NOOP")
    client.engine.shutting_down()
    assert not client.peer.closed
    fixture.lane.answer()
    assert client.taken() == (
        b"a OK SUBSCRIBE completed\r\n* BYE [UNAVAILABLE] The server is shutting down\r\n"
    )
    assert client.peer.closed
    assert fixture.sessions == 0


def test_a_slow_store_is_no_reason_to_time_out(fixture: Fixture) -> None:
    client = fixture.logged_in()
    fixture.lane.held = True
    client.ask(b"a SUBSCRIBE INBOX")
    client.engine.timed_out()
    fixture.lane.answer()
    assert client.taken() == b"a OK SUBSCRIBE completed\r\n"


def test_a_client_that_never_reads_is_dropped() -> None:
    fixture = Fixture()
    for number in range(2000):
        fixture.store.create(f"{number:04d} " + "x" * 60)
    client = fixture.logged_in()
    client.peer.slow = True
    client.send(b'a LIST "" *\r\n')
    client.engine.timed_out()
    assert client.peer.closed


def test_login_time_counts_from_connect_and_idle_time_from_login() -> None:
    fixture = Fixture(login_timeout_s=7.0, idle_timeout_s=70.0, idle_keep_alive_s=0.0)
    client = fixture.server.connect()
    assert client.peer.timeouts == [7.0]
    client.log_in()
    assert client.peer.timeouts == [7.0, 70.0]


def test_a_large_literal_before_login_ends_the_connection(fixture: Fixture) -> None:
    client = fixture.server.connect()
    client.taken()
    answer = client.ask(b"a LOGIN alice {5000+}")
    assert answer == [b"* BYE Literal too large before login"]
    assert client.peer.closed


def test_lines_too_long_for_an_exchange_end_it(fixture: Fixture) -> None:
    client = fixture.server.connect()
    client.taken()
    answer = client.ask(b"a AUTHENTICATE PLAIN", b"x" * 10_000, b"b NOOP")
    assert answer == [b"+ ", b"a BAD Line too long", b"b OK NOOP completed"]


def test_nothing_is_answered_once_the_client_was_told_bye(fixture: Fixture) -> None:
    client = fixture.logged_in()
    client.ask(b"a LOGOUT")
    client.send(b"b NOOP\r\n")
    client.engine.timed_out()
    client.engine.shutting_down()
    client.engine.connection_lost()
    assert client.taken() == b""


def test_commands_are_counted_for_the_log(fixture: Fixture) -> None:
    client = fixture.logged_in()
    client.ask(b"a NOOP", b"b NONSENSE")
    assert client.engine.counts == {"commands": 3}


def test_a_selected_mailbox_is_shared_between_sessions(fixture: Fixture) -> None:
    """Sessions at the same point hold one array of UIDs, however many they are."""
    client, other = fixture.selected(), fixture.selected()
    other.ask(b"a APPEND INBOX {2+}", b"hi")
    client.ask(b"a NOOP")
    views = [each.engine.session.view for each in (client, other)]
    assert views[0].uids is views[1].uids
