"""Several sessions on one mailbox: what each is told adds up to what is there.

Each client knows nothing but what the server sends it. It counts messages by EXISTS and
EXPUNGE, learns UIDs and flags from FETCH, and applies its own ``.SILENT`` changes to what it
knows. After NOOP its picture has to be the store's; in IDLE, and after NOTIFY, it always has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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

_UNTAGGED = re.compile(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?")
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_MOD_SEQ = re.compile(rb"MODSEQ \((\d+)\)")

flag_sets = st.sets(st.sampled_from(FLAGS), max_size=3)
sessions = st.integers(0, SESSIONS - 1)
EVENTS = b"(MessageNew%s MessageExpunge FlagChange)"
LISTEN = {
    "selected": b"SET (selected %s)" % (EVENTS % b""),
    "with items": b"SET (selected %s) (personal %s)" % (EVENTS % b" (UID FLAGS)", EVENTS % b""),
    "delayed": b"SET (selected-delayed %s)" % (EVENTS % b""),
    "nothing": b"NONE",
}

modes = st.sampled_from([b"FLAGS", b"+FLAGS", b"-FLAGS"])


@dataclass
class Known:
    """What a client knows of one message."""

    uid: int | None = None
    flags: set[bytes] | None = None
    mod_seq: int = 0


@dataclass
class Client:
    """A client that believes what it is told."""

    client: EngineClient
    messages: list[Known] = field(default_factory=list)
    idle: bool = False
    may_expunge: bool = True
    notify: str = ""

    def ask(self, command: bytes, *more: bytes, may_expunge: bool = True) -> bytes:
        """Run a command; the tagged answer."""
        self.may_expunge = may_expunge
        lines = self.client.ask(b"t " + command, *more)
        for line in lines[:-1]:
            self.hear(line)
        assert lines[-1].startswith(b"t "), lines
        return lines[-1]

    def listen(self) -> None:
        """Take in what was pushed."""
        for line in self.client.taken().split(b"\r\n")[:-1]:
            self.hear(line)

    def hear(self, line: bytes) -> None:
        untagged = _UNTAGGED.fullmatch(line)
        if untagged is None:
            others = (b"* OK", b"* FLAGS", b"+ ", b"* STATUS ")
            assert line.startswith(others) or b"RECENT" in line, line
            return
        number, what = int(untagged[1]), untagged[2]
        if what == b"EXISTS":
            assert number >= len(self.messages), "EXISTS never counts down"
            self.messages += [Known() for _ in range(number - len(self.messages))]
        elif what == b"EXPUNGE":
            assert self.may_expunge, "EXPUNGE while numbers are in use"
            del self.messages[number - 1]
        else:
            self._fetched(self.messages[number - 1], untagged[3])

    def _fetched(self, known: Known, items: bytes) -> None:
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
        self.store.create("Other")
        self.server = EngineServer(self.store)
        self.clients = [Client(self.server.connect().log_in()) for _ in range(SESSIONS)]
        self.highest_mod_seq = 0
        for client, enable in zip(self.clients, condstore, strict=True):
            self.select(client, b"SELECT INBOX (CONDSTORE)" if enable else b"SELECT INBOX")
        for _ in range(3):
            self.append(0, set())
        for session in range(SESSIONS):
            self.learn(session)

    def select(self, client: Client, command: bytes) -> None:
        client.messages.clear()
        assert client.ask(command).startswith(b"t OK")

    def awake(self, session: int) -> Client:
        """The session's client, which leaves IDLE if it is there."""
        client = self.clients[session]
        client.may_expunge = client.idle or client.notify in ("selected", "with items")
        client.listen()
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

    @rule(session=sessions, how=st.sampled_from(sorted(LISTEN)))
    def notify(self, session: int, how: str) -> None:
        client = self.awake(session)
        assert client.ask(b"NOTIFY " + LISTEN[how]) == b"t OK NOTIFY completed"
        client.notify = how

    @rule(session=sessions)
    def noop(self, session: int) -> None:
        if self.clients[session].notify == "nothing":
            self.notify(session, "delayed")
        client = self.awake(session)
        assert client.ask(b"NOOP") == b"t OK NOOP completed"
        self.compare(client)

    @invariant()
    def clients_that_listen_are_up_to_date(self) -> None:
        for client in getattr(self, "clients", ()):
            if client.notify == "nothing":
                continue
            if client.idle or client.notify in ("selected", "with items"):
                client.may_expunge = True
                client.listen()
                self.compare(client)

    @invariant()
    def the_highest_mod_seq_only_rises(self) -> None:
        if hasattr(self, "store"):
            highest = self.store.open("INBOX").state().highest_mod_seq
            assert highest >= self.highest_mod_seq
            self.highest_mod_seq = highest

    def compare(self, client: Client) -> None:
        columns = (Column.UID, Column.FLAGS, Column.KEYWORDS)
        rows = self.store.open("INBOX").rows(columns, [(1, MAX_UID)])
        assert len(client.messages) == len(rows)
        for known, (uid, system, keywords) in zip(client.messages, rows, strict=True):
            assert known.uid in (None, uid)
            flags = set(encode_flags(system, keywords)[1:-1].split())
            assert known.flags in (None, flags)

    def teardown(self) -> None:
        if hasattr(self, "server"):
            for session in range(SESSIONS):
                self.noop(session)
            self.server.end()


def _apply(known: Known, mode: bytes, flags: set[bytes]) -> None:
    """What a client makes of its own silent change."""
    if mode == b"FLAGS":
        known.flags = set(flags)
    elif known.flags is not None:
        known.flags = known.flags | flags if mode == b"+FLAGS" else known.flags - flags


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
