"""Several sessions on one mailbox: what each is told adds up to what is there.

Each client knows nothing but what the server sends it. It counts messages by EXISTS and
EXPUNGE, learns UIDs and flags from FETCH, and applies its own ``.SILENT`` changes to what it
knows. After NOOP its picture has to be the store's.

The last session uses QRESYNC: it hears of VANISHED by UID, and what it knew at any time, with
the mod-sequence that it was told then, is enough to come up to date by SELECT. And what any
of them hears of a search with UPDATE adds up to what it would find.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailstore.model.flags import encode_flags
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import Column
from tests.engine import EngineClient, EngineServer

SESSIONS = 3
FLAGS = [b"\\Seen", b"\\Deleted", b"\\Flagged", b"$one", b"$two"]

_VANISHED = re.compile(rb"\* VANISHED ([\d,:]+)")
_HIGHEST = re.compile(rb"\[HIGHESTMODSEQ (\d+)\]")
_RESULT = re.compile(rb'\* ESEARCH \(TAG "w(\w+)"\)( UID)?(.*)')
_CHANGE = re.compile(rb" (ALL|ADDTO|REMOVEFROM) \(?(?:0 )?([\d,:]+)\)?")
_UNTAGGED = re.compile(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?")
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_MOD_SEQ = re.compile(rb"MODSEQ \((\d+)\)")

CRITERIA = [b"SEEN", b"UNSEEN", b"DELETED", b"UNFLAGGED"]

flag_sets = st.sets(st.sampled_from(FLAGS), max_size=3)
sessions = st.integers(0, SESSIONS - 1)
modes = st.sampled_from([b"FLAGS", b"+FLAGS", b"-FLAGS"])


@dataclass
class Known:
    """What a client knows of one message."""

    uid: int | None = None
    flags: set[bytes] | None = None
    mod_seq: int = 0


class Point(NamedTuple):
    """Where a client may come back from: flags by UID."""

    mod_seq: int
    flags: dict[int, set[bytes]]


def numbers(sequence_set: bytes) -> list[int]:
    """All numbers in a set that is not large."""
    found: list[int] = []
    for each in sequence_set.split(b","):
        low, _, high = each.partition(b":")
        found += range(int(low), int(high or low) + 1)
    return found


@dataclass
class Client:
    """A client that believes what it is told."""

    client: EngineClient
    qresync: bool = False
    messages: list[Known] = field(default_factory=list)
    idle: bool = False
    may_expunge: bool = True
    points: list[Point] = field(default_factory=list)
    watched: dict[bytes, list[Known]] = field(default_factory=dict)
    watched_uids: dict[bytes, set[int]] = field(default_factory=dict)

    def ask(self, command: bytes, *more: bytes, may_expunge: bool = True) -> bytes:
        """Run a command; the tagged answer."""
        self.may_expunge = may_expunge
        lines = self.client.ask(b"t " + command, *more)
        for line in lines[:-1]:
            self.hear(line)
        assert lines[-1].startswith(b"t "), lines
        self._note_point(lines[-1])
        return lines[-1]

    def _note_point(self, line: bytes) -> None:
        """The client may come back with the mod-sequence that it is told, and what it knows."""
        told = _HIGHEST.search(line)
        if told and all(known.uid and known.flags is not None for known in self.messages):
            flags = {known.uid or 0: set(known.flags or ()) for known in self.messages}
            self.points.append(Point(int(told[1]), flags))

    def listen(self) -> None:
        """Take in what IDLE pushed."""
        for line in self.client.taken().split(b"\r\n")[:-1]:
            self.hear(line)

    def hear(self, line: bytes) -> None:
        if vanished := _VANISHED.fullmatch(line):
            self._vanished(numbers(vanished[1]))
            return
        if result := _RESULT.fullmatch(line):
            self._result(result[1], result[3], by_uid=bool(result[2]))
            return
        untagged = _UNTAGGED.fullmatch(line)
        if untagged is None:
            assert line.startswith((b"* OK", b"* FLAGS", b"+ ")) or b"RECENT" in line, line
            return
        number, what = int(untagged[1]), untagged[2]
        if what == b"EXISTS":
            assert number >= len(self.messages), "EXISTS never counts down"
            self.messages += [Known() for _ in range(number - len(self.messages))]
        elif what == b"EXPUNGE":
            assert self.may_expunge, "EXPUNGE while numbers are in use"
            assert not self.qresync
            del self.messages[number - 1]
        else:
            self._fetched(self.messages[number - 1], untagged[3])

    def _result(self, name: bytes, changes: bytes, *, by_uid: bool) -> None:
        """``changes`` are told in the message numbers of the moment, or in UIDs."""
        for change, numbered in _CHANGE.findall(changes):
            for number in numbers(numbered):
                if by_uid:
                    told, one = self.watched_uids[name], number
                    assert (one in told) is (change == b"REMOVEFROM")
                    told.symmetric_difference_update({one})
                    continue
                message, known = self.messages[number - 1], self.watched[name]
                places = [place for place, each in enumerate(known) if each is message]
                assert bool(places) is (change == b"REMOVEFROM")
                known[:] = [each for each in known if each is not message]
                if not places:
                    known.append(message)

    def _vanished(self, uids: list[int]) -> None:
        """A message whose UID was not heard lies between others, and is like its neighbours."""
        assert self.qresync
        assert self.may_expunge, "VANISHED while numbers are in use"
        for uid in uids:
            heard = [known.uid or uid for known in self.messages]
            known_uids = [known.uid for known in self.messages]
            if uid in known_uids:
                place = known_uids.index(uid)
            else:
                place = max((at for at, each in enumerate(heard) if each < uid), default=-1) + 1
                assert known_uids[place] is None
            del self.messages[place]

    def _fetched(self, known: Known, items: bytes) -> None:
        assert not self.qresync or b"UID " in items
        if uid := _UID.search(items):
            assert known.uid in (None, int(uid[1])), "a number means another message"
            known.uid = int(uid[1])
        if flags := _FLAGS.search(items):
            known.flags = set(flags[1].split()) - {b"\\Recent"}
        if mod_seq := _MOD_SEQ.search(items):
            assert int(mod_seq[1]) >= known.mod_seq, "mod-sequences only rise"
            known.mod_seq = int(mod_seq[1])


class Sessions(RuleBasedStateMachine):
    """Random commands in three sessions on INBOX."""

    @initialize(condstore=st.lists(st.booleans(), min_size=SESSIONS, max_size=SESSIONS))
    def connect(self, condstore: list[bool]) -> None:
        self.store = MemoryStore()
        self.points: list[Point] = []
        self.store.create("Other")
        self.server = EngineServer(self.store)
        self.clients = [Client(self.server.connect().log_in()) for _ in range(SESSIONS)]
        self.clients[-1].qresync = True
        assert self.clients[-1].client.ask(b"t ENABLE QRESYNC")[-1].startswith(b"t OK")
        self.highest_mod_seq = 0
        for client, enable in zip(self.clients, condstore, strict=True):
            self.select(client, b"SELECT INBOX (CONDSTORE)" if enable else b"SELECT INBOX")
        for _ in range(3):
            self.append(0, set())
        for session in range(SESSIONS):
            self.learn(session)

    def select(self, client: Client, command: bytes) -> None:
        client.messages.clear()
        client.watched.clear()
        client.watched_uids.clear()
        assert client.ask(command).startswith(b"t OK")

    def awake(self, session: int) -> Client:
        """The session's client, which leaves IDLE if it is there."""
        client = self.clients[session]
        if client.idle:
            client.idle = False
            lines = client.client.ask(b"DONE")
            for line in lines[:-1]:
                client.hear(line)
            assert lines[-1].startswith(b"i OK")
        return client

    @rule(session=sessions, flags=flag_sets)
    def append(self, session: int, flags: set[bytes]) -> None:
        command = b"APPEND INBOX (%s) {2+}" % b" ".join(sorted(flags))
        assert self.awake(session).ask(command, b"hi").startswith(b"t OK")

    @rule(session=sessions)
    def learn(self, session: int) -> None:
        client = self.awake(session)
        client.ask(b"NOOP")
        client.ask(b"FETCH 1:* (UID FLAGS)", may_expunge=False)

    @rule(
        session=sessions,
        mode=modes,
        flags=flag_sets,
        silent=st.booleans(),
        numbers=st.sets(st.integers(1, 4), min_size=1, max_size=3),
    )
    def store_flags(
        self, session: int, mode: bytes, flags: set[bytes], silent: bool, numbers: set[int]
    ) -> None:
        client = self.awake(session)
        chosen = sorted(number for number in numbers if number <= len(client.messages))
        if not chosen:
            return
        if silent:
            for number in chosen:
                _apply(client.messages[number - 1], mode, flags)
        command = b"STORE %s %s (%s)" % (
            b",".join(b"%d" % number for number in chosen),
            mode + b".SILENT" if silent else mode,
            b" ".join(sorted(flags)),
        )
        assert client.ask(command, may_expunge=False).startswith(b"t OK")

    @rule(session=sessions, mode=modes, flags=flag_sets, number=st.integers(1, 4))
    def store_flags_by_uid(self, session: int, mode: bytes, flags: set[bytes], number: int) -> None:
        client = self.awake(session)
        if number > len(client.messages) or (uid := client.messages[number - 1].uid) is None:
            return
        answer = client.ask(b"UID STORE %d %s (%s)" % (uid, mode, b" ".join(sorted(flags))))
        assert answer.startswith(b"t OK")

    @rule(session=sessions)
    def expunge(self, session: int) -> None:
        assert self.awake(session).ask(b"EXPUNGE").startswith(b"t OK")

    @rule(session=sessions, number=st.integers(1, 4), move=st.booleans())
    def take_away(self, session: int, number: int, move: bool) -> None:
        client = self.awake(session)
        if number <= len(client.messages):
            client.ask(b"%s %d Other" % (b"MOVE" if move else b"COPY", number))

    @rule(session=sessions, number=st.integers(1, 4))
    def copy_within(self, session: int, number: int) -> None:
        client = self.awake(session)
        if number <= len(client.messages):
            client.ask(b"COPY %d INBOX" % number)

    @rule(session=sessions, criterion=st.sampled_from(CRITERIA), by_uid=st.booleans())
    def watch(self, session: int, criterion: bytes, by_uid: bool) -> None:
        client = self.awake(session)
        # Whoever hears of VANISHED by UID does not always know which number that was.
        by_uid = by_uid or client.qresync
        if criterion in client.watched or criterion in client.watched_uids:
            return
        if by_uid:
            client.watched_uids[criterion] = set()
        else:
            client.watched[criterion] = []
        tag = b"w" + criterion
        search = b"UID SEARCH" if by_uid else b"SEARCH"
        command = b"%s %s RETURN (UPDATE ALL) %s" % (tag, search, criterion)
        client.may_expunge = by_uid
        for line in client.client.ask(command)[:-1]:
            client.hear(line)

    @rule(session=sessions)
    def idle(self, session: int) -> None:
        client = self.awake(session)
        client.idle = client.may_expunge = True
        client.client.send(b"i IDLE\r\n")
        client.listen()

    @rule(session=sessions, command=st.sampled_from([b"CLOSE", b"UNSELECT", b"NOOP"]))
    def select_again(self, session: int, command: bytes) -> None:
        client = self.awake(session)
        client.ask(command)
        self.select(client, b"SELECT INBOX")

    @rule(session=sessions)
    def noop(self, session: int) -> None:
        client = self.awake(session)
        assert client.ask(b"NOOP") == b"t OK NOOP completed"
        self.compare(client)

    @invariant()
    def idle_clients_are_up_to_date(self) -> None:
        for client in getattr(self, "clients", ()):
            if client.idle:
                client.listen()
                self.compare(client)

    @invariant()
    def the_highest_mod_seq_only_rises(self) -> None:
        if hasattr(self, "store"):
            highest = self.store.open("INBOX").state().highest_mod_seq
            assert highest >= self.highest_mod_seq
            self.highest_mod_seq = highest

    @invariant()
    def every_state_is_a_point_to_come_back_from(self) -> None:
        if hasattr(self, "store"):
            mod_seq = self.store.open("INBOX").state().highest_mod_seq
            if not self.points or self.points[-1].mod_seq != mod_seq:
                self.points.append(Point(mod_seq, self.flags()))

    @rule(place=st.integers(0, 30), some=st.sets(st.integers(1, 8), max_size=4))
    def come_back(self, place: int, some: set[int]) -> None:
        """With all that was known at some time, or with some of it."""
        points = self.points + self.clients[-1].points
        point = points[place % len(points)]
        self.resynchronise(point, None)
        if some:
            self.resynchronise(point, some)

    def resynchronise(self, point: Point, some: set[int] | None) -> None:
        client = self.server.connect().log_in()
        client.ask(b"e ENABLE QRESYNC")
        validity = self.store.open("INBOX").state().uid_validity
        known = b"" if some is None else b" " + b",".join(b"%d" % uid for uid in sorted(some))
        parameter = b"%d %d%b" % (validity, point.mod_seq, known)
        lines = client.ask(b"s EXAMINE INBOX (QRESYNC (%b))" % parameter)
        client.ask(b"l LOGOUT")
        after = brought_up_to_date(point.flags, lines)
        there = self.flags()
        if some is not None:
            after = {uid: flags for uid, flags in after.items() if uid in some}
            there = {uid: flags for uid, flags in there.items() if uid in some}
        assert after == there

    def flags(self) -> dict[int, set[bytes]]:
        """What is there."""
        columns = (Column.UID, Column.FLAGS, Column.KEYWORDS)
        rows = self.store.open("INBOX").rows(columns, [(1, MAX_UID)])
        return {
            uid: set(encode_flags(system, keywords)[1:-1].split()) for uid, system, keywords in rows
        }

    def compare(self, client: Client) -> None:
        there = self.flags()
        assert len(client.messages) == len(there)
        for known, (uid, flags) in zip(client.messages, there.items(), strict=True):
            assert known.uid in (None, uid)
            assert known.flags in (None, flags)
        for criterion, uids in client.watched_uids.items():
            assert uids == {uid for uid, flags in there.items() if matches(criterion, flags)}
        for criterion, messages in client.watched.items():
            told = [any(each is known for each in messages) for known in client.messages]
            assert told == [matches(criterion, flags) for flags in there.values()]
            assert len(messages) == sum(told)

    def teardown(self) -> None:
        if hasattr(self, "server"):
            for session in range(SESSIONS):
                self.noop(session)
            for point in self.points + self.clients[-1].points:
                self.resynchronise(point, None)
            self.server.end()


def matches(criterion: bytes, flags: set[bytes]) -> bool:
    return (b"\\" + criterion.removeprefix(b"UN").title() in flags) is (criterion[:2] != b"UN")


def brought_up_to_date(known: dict[int, set[bytes]], lines: list[bytes]) -> dict[int, set[bytes]]:
    """What a client knows once it has heard the answer to SELECT with QRESYNC."""
    after = dict(known)
    fetched = False
    for line in lines:
        if line.startswith(b"* VANISHED (EARLIER) "):
            assert not fetched, "VANISHED comes before FETCH"
            for uid in numbers(line.split()[3]):
                after.pop(uid, None)
        elif (items := _UNTAGGED.fullmatch(line)) and items[2] == b"FETCH":
            found, flags = _UID.search(items[3]), _FLAGS.search(items[3])
            assert found
            assert flags
            assert _MOD_SEQ.search(items[3])
            after[int(found[1])] = set(flags[1].split()) - {b"\\Recent"}
            fetched = True
    return after


def _apply(known: Known, mode: bytes, flags: set[bytes]) -> None:
    """What a client makes of its own silent change."""
    if mode == b"FLAGS":
        known.flags = set(flags)
    elif known.flags is not None:
        known.flags = known.flags | flags if mode == b"+FLAGS" else known.flags - flags


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
