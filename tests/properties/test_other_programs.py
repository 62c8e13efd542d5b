"""A Maildir that the server shares with other programs, and whose index is lost at times.

Two openings of the mail, a model, and programs that deliver, flag, move and remove files. Once
the server has looked, the mailbox is what the files say; what it told a session at any
earlier moment and what it tells now add up to that, also when the index was deleted.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mailstore.model.flags import DELETED, SEEN, FlagChange, FlagMode
from mailstore.store import open_user
from mailstore.store.maildir import filename
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.implementations import check_store
from tests.contract.mail import ALL, append, counts, flags_of, numbers_in, octets_of, only, recount

SIDES = st.sampled_from([0, 1])
LETTERS = st.sets(st.sampled_from(b"DFPRST")).map(lambda octets: bytes(sorted(octets)))
KEYWORDS = st.lists(st.sampled_from([b"one", b"two", b"three"]), max_size=2, unique=True)
PLACES = st.integers(0, 11)

_times = itertools.count(1)


@dataclass
class Message:
    number: int
    octets: bytes
    system: int = 0
    keywords: set[bytes] = field(default_factory=set)


@dataclass
class Session:
    store: UserStore
    mailbox: MailboxStore
    mod_seq: int = 0
    known: dict[int, tuple[int, set[bytes]]] = field(default_factory=dict)


class OtherPrograms(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.root = Path(self.directory.name, "Maildir")
        self.index = Path(self.directory.name, "index", "ada")
        self.sessions = [self.open_session(), self.open_session()]
        self.numbers = itertools.count(1)
        self.messages: dict[int, Message] = {}
        state = self.sessions[0].mailbox.state()
        self.uid_validity, self.uid_next = state.uid_validity, state.uid_next
        self.highest_mod_seq = state.highest_mod_seq

    def open_session(self) -> Session:
        store = open_user(self.root, index=self.index)
        return Session(store, store.open("INBOX"))

    def pick(self, place: int) -> int | None:
        uids = sorted(self.messages)
        return uids[place % len(uids)] if uids else None

    def file_of(self, uid: int) -> Path:
        """The file of a message, found by what is in it."""
        needle = b"Number: %d\n" % self.messages[uid].number
        [path] = [
            path
            for part in ("new", "cur")
            for path in (self.root / part).iterdir()
            if needle in path.read_bytes().replace(b"\r\n", b"\n")
        ]
        return path

    def touched(self, *parts: str) -> None:
        """Give directories times of their own, as if the clock were a fine one."""
        for part in parts:
            status = (self.root / part).stat()
            later = status.st_mtime_ns + 10_000_000 + next(_times)
            os.utime(self.root / part, ns=(later, later))

    def look_at_the_disk(self, side: int) -> None:
        self.sessions[side].mailbox.sync()

    def body(self, number: int) -> bytes:
        return b"Number: %d\n\nbody\n" % number

    @rule(side=SIDES, flags=st.integers(0, 31), keywords=KEYWORDS)
    def append(self, side: int, flags: int, keywords: list[bytes]) -> None:
        session, number = self.sessions[side], next(self.numbers)
        octets = self.body(number).replace(b"\n", b"\r\n")
        uid = append(session.store, session.mailbox, octets, flags=flags, keywords=(*keywords,))
        self.messages[uid] = Message(number, octets, flags, set(keywords))

    @rule(side=SIDES, place=PLACES, mode=st.sampled_from(FlagMode), keywords=KEYWORDS)
    def store(self, side: int, place: int, mode: FlagMode, keywords: list[bytes]) -> None:
        uid = self.pick(place)
        if uid is None:
            return
        message = self.messages[uid]
        change = FlagChange(mode, SEEN | DELETED, tuple(keywords))
        self.sessions[side].mailbox.store_flags(only(uid), change)
        if mode is FlagMode.REPLACE:
            message.system, message.keywords = SEEN | DELETED, set(keywords)
        elif mode is FlagMode.ADD:
            message.system |= SEEN | DELETED
            message.keywords |= set(keywords)
        else:
            message.system &= ~(SEEN | DELETED)
            message.keywords -= set(keywords)

    @rule(side=SIDES)
    def expunge(self, side: int) -> None:
        gone = [uid for uid, message in self.messages.items() if message.system & DELETED]
        assert self.sessions[side].mailbox.expunge(ALL) == sorted(gone)
        for uid in gone:
            del self.messages[uid]

    @rule(side=SIDES)
    def claim_recent(self, side: int) -> None:
        self.sessions[side].mailbox.claim_recent()

    @rule(side=SIDES, count=st.integers(1, 3))
    def others_deliver(self, side: int, count: int) -> None:
        numbers = [next(self.numbers) for _ in range(count)]
        for number in numbers:
            name = f"{1_700_000_000 + number}.M{number}.other"
            (self.root / "tmp" / name).write_bytes(self.body(number))
            os.rename(self.root / "tmp" / name, self.root / "new" / name)
        self.touched("new")
        self.look_at_the_disk(side)
        uids = list(self.sessions[side].mailbox.uids())[-count:]
        for uid, number in zip(uids, numbers, strict=True):
            assert uid not in self.messages
            self.messages[uid] = Message(number, self.body(number).replace(b"\n", b"\r\n"))

    @rule(side=SIDES, place=PLACES, letters=LETTERS)
    def others_set_flags(self, side: int, place: int, letters: bytes) -> None:
        uid = self.pick(place)
        if uid is None:
            return
        path = self.file_of(uid)
        parsed = filename.parse(os.fsencode(path.name))
        kept = filename.parse_letters(parsed.letters).keywords
        name = os.fsdecode(filename.build(parsed.base, letters + kept))
        os.rename(path, self.root / "cur" / name)
        self.touched("cur", "new")
        self.look_at_the_disk(side)
        self.messages[uid].system = filename.parse_letters(letters).system

    @rule(side=SIDES, place=PLACES)
    def others_remove(self, side: int, place: int) -> None:
        uid = self.pick(place)
        if uid is None:
            return
        self.file_of(uid).unlink()
        self.touched("cur", "new")
        self.look_at_the_disk(side)
        del self.messages[uid]

    @rule(side=SIDES, place=PLACES)
    def others_remove_and_put_back(self, side: int, place: int) -> None:
        """What comes back has a new UID."""
        uid = self.pick(place)
        if uid is None:
            return
        path, away = self.file_of(uid), Path(self.directory.name, "away")
        os.rename(path, away)
        self.touched("cur", "new")
        self.look_at_the_disk(side)
        message = self.messages.pop(uid)
        assert uid not in self.sessions[side].mailbox.uids()
        os.rename(away, path)
        self.touched("cur", "new")
        self.look_at_the_disk(side)
        new = self.sessions[side].mailbox.uids()[-1]
        assert new >= self.uid_next
        self.messages[new] = message

    @rule()
    def the_index_is_lost(self) -> None:
        for session in self.sessions:
            session.mailbox.close()
            session.store.close()
        for path in self.index.parent.iterdir():
            if path.name.startswith(self.index.name):
                path.unlink()
        for session in self.sessions:
            opened = self.open_session()
            session.store, session.mailbox = opened.store, opened.mailbox
            session.mailbox.sync()

    @rule(side=SIDES)
    def tell(self, side: int) -> None:
        """A session that was told something before is told the rest."""
        session = self.sessions[side]
        changes = session.mailbox.changes(session.mod_seq)
        for uid in numbers_in(changes.expunged):
            session.known.pop(uid, None)
        for row in changes.changed:
            session.known[row.uid] = row.flags, set(row.keywords.split())
        session.mod_seq = changes.state.highest_mod_seq
        assert session.known == flags_of(session.mailbox)

    @rule(side=SIDES, place=PLACES)
    def read(self, side: int, place: int) -> None:
        uid = self.pick(place)
        if uid is not None:
            assert octets_of(self.sessions[side].mailbox, uid) == self.messages[uid].octets

    @invariant()
    def the_mailbox_is_what_the_files_say(self) -> None:
        wanted = {uid: (m.system, m.keywords) for uid, m in sorted(self.messages.items())}
        for session in self.sessions:
            state = session.mailbox.state()
            assert flags_of(session.mailbox) == wanted
            assert counts(session.mailbox.status()) == recount(session.mailbox)
            assert state.uid_validity == self.uid_validity
            assert state.uid_next >= self.uid_next
            assert state.highest_mod_seq >= self.highest_mod_seq
            self.uid_next, self.highest_mod_seq = state.uid_next, state.highest_mod_seq

    def teardown(self) -> None:
        for session in self.sessions:
            check_store(session.store)
            session.mailbox.close()
            session.store.close()
        self.directory.cleanup()


def test_the_mailbox_follows_the_files_and_survives_its_index() -> None:
    run_state_machine_as_test(
        OtherPrograms,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
