"""Two openings of one mailbox, each with a session that is told of changes, and a model.

The model is a dict. After every step the mailbox is what the model says, and a session
that was told of the changes since it last looked knows exactly that.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mailstore.model.flags import DELETED, FlagChange, FlagMode
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.implementations import OPENERS, check_store
from tests.contract.mail import append, counts, flags_of, numbers_in, octets_of, only, recount

SIDES = st.sampled_from([0, 1])
FLAGS = st.integers(0, 31)
KEYWORDS = st.lists(st.sampled_from([b"one", b"ONE", b"two", b"$Three", b"$three"]), max_size=3)
MODES = st.sampled_from(list(FlagMode))
PICKS = st.lists(st.integers(0, 11), max_size=5, unique=True)

Flags = tuple[int, set[bytes]]


@dataclass
class Session:
    """What one client was told."""

    store: UserStore
    mailbox: MailboxStore
    uid_next: int = 1
    mod_seq: int = 0
    known: dict[int, Flags] = field(default_factory=dict)


class TwoHandles(RuleBasedStateMachine):
    kind = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.opener = OPENERS[self.kind](Path(self.directory.name))
        self.sessions = [self.open_session(), self.open_session()]
        self.sessions[0].store.create("Other")
        self.flags: dict[int, Flags] = {}
        self.octets: dict[int, bytes] = {}
        self.spelling: dict[bytes, bytes] = {}
        self.other = 0
        self.uid_next = self.highest_mod_seq = 1

    def open_session(self) -> Session:
        store = self.opener()
        return Session(store, store.open("INBOX"))

    def spelt(self, keywords: list[bytes]) -> set[bytes]:
        return {self.spelling.setdefault(name.lower(), name) for name in keywords}

    def pick(self, places: list[int]) -> list[int]:
        uids = sorted(self.flags)
        return sorted({uids[place % len(uids)] for place in places}) if uids else []

    def forget(self, uids: list[int]) -> None:
        for uid in uids:
            del self.flags[uid], self.octets[uid]

    @rule(side=SIDES, body=st.binary(max_size=30), flags=FLAGS, keywords=KEYWORDS)
    def append(self, side: int, body: bytes, flags: int, keywords: list[bytes]) -> None:
        session = self.sessions[side]
        octets = b"A: b\r\n\r\n" + body.replace(b"\n", b"")
        uid = append(session.store, session.mailbox, octets, flags=flags, keywords=tuple(keywords))
        assert uid >= self.uid_next
        self.flags[uid] = flags, self.spelt(keywords)
        self.octets[uid] = octets

    @rule(side=SIDES, mode=MODES, flags=FLAGS, keywords=KEYWORDS, places=PICKS)
    def store(
        self, side: int, mode: FlagMode, flags: int, keywords: list[bytes], places: list[int]
    ) -> None:
        uids = self.pick(places)
        change = FlagChange(mode, flags, tuple(keywords))
        result = self.sessions[side].mailbox.store_flags(only(*uids), change)
        assert [row.uid for row in result.rows] == uids
        if mode is FlagMode.REMOVE:
            names = {self.spelling.get(name.lower(), name) for name in keywords}
        else:
            names = self.spelt(keywords) if uids else set()
        for row in result.rows:
            system, known = self.flags[row.uid]
            if mode is FlagMode.ADD:
                self.flags[row.uid] = system | flags, known | names
            elif mode is FlagMode.REMOVE:
                self.flags[row.uid] = system & ~flags, known - names
            else:
                self.flags[row.uid] = flags, set(names)
            assert (row.flags, set(row.keywords.split())) == self.flags[row.uid]

    @rule(side=SIDES, places=PICKS)
    def expunge_deleted(self, side: int, places: list[int]) -> None:
        uids = self.pick(places)
        wanted = [uid for uid in uids if self.flags[uid][0] & DELETED]
        assert self.sessions[side].mailbox.expunge(only(*uids)) == wanted
        self.forget(wanted)

    @rule(side=SIDES, places=PICKS)
    def expunge(self, side: int, places: list[int]) -> None:
        uids = self.pick(places)
        assert self.sessions[side].mailbox.expunge(only(*uids), only_deleted=False) == uids
        self.forget(uids)

    @rule(side=SIDES, places=PICKS)
    def copy(self, side: int, places: list[int]) -> None:
        uids = self.pick(places)
        copied = self.sessions[side].mailbox.copy(only(*uids), "INBOX")
        assert copied.sources == uids
        for source, uid in zip(uids, copied.uids, strict=True):
            system, keywords = self.flags[source]
            self.flags[uid] = system, set(keywords)
            self.octets[uid] = self.octets[source]

    @rule(side=SIDES, places=PICKS)
    def move(self, side: int, places: list[int]) -> None:
        uids = self.pick(places)
        assert self.sessions[side].mailbox.move(only(*uids), "Other").sources == uids
        self.forget(uids)
        self.other += len(uids)

    @rule(side=SIDES)
    def look(self, side: int) -> None:
        """The session is told what happened; then it knows what is there."""
        session = self.sessions[side]
        session.mailbox.sync()
        changes = session.mailbox.changes(session.mod_seq)
        expunged = numbers_in(changes.expunged)
        assert all(row.uid not in expunged for row in changes.changed)
        for uid in expunged:
            assert session.known.pop(uid, None) is not None or uid >= session.uid_next
        for row in changes.changed:
            session.known[row.uid] = row.flags, set(row.keywords.split())
        session.mod_seq, session.uid_next = changes.state.highest_mod_seq, changes.state.uid_next
        assert session.known == self.flags

    @rule(side=SIDES)
    def reopen(self, side: int) -> None:
        """The mail is closed and opened again; the session goes on from what it knew."""
        session = self.sessions[side]
        session.mailbox.close()
        if self.kind != "memory":
            session.store.close()
        opened = self.open_session()
        session.store, session.mailbox = opened.store, opened.mailbox

    @rule(side=SIDES, places=PICKS)
    def read(self, side: int, places: list[int]) -> None:
        for uid in self.pick(places):
            assert octets_of(self.sessions[side].mailbox, uid) == self.octets[uid]

    @invariant()
    def both_see_the_model(self) -> None:
        for session in self.sessions:
            state = session.mailbox.state()
            assert list(session.mailbox.uids()) == sorted(self.flags)
            assert flags_of(session.mailbox) == self.flags
            assert state.messages == len(self.flags)
            assert counts(session.mailbox.status()) == recount(session.mailbox)
            assert state.uid_next >= self.uid_next > 0
            assert state.highest_mod_seq >= self.highest_mod_seq
            self.uid_next, self.highest_mod_seq = state.uid_next, state.highest_mod_seq
        assert self.sessions[0].store.status("Other").messages == self.other

    def teardown(self) -> None:
        for session in self.sessions:
            check_store(session.store)
            session.mailbox.close()
            session.store.close()
        self.directory.cleanup()


@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_two_handles_agree_with_a_plain_model(kind: str) -> None:
    machine = type("TwoHandlesOn" + kind.title(), (TwoHandles,), {"kind": kind})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
