"""A search finds what a plain reading of its program finds, message by message."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.model.flags import FLAGGED, SEEN
from mailstore.store.memory import MemoryStore
from tests.engine import EngineClient
from tests.unit.imap.mail import client_of, put

COUNT = 16


class Program(NamedTuple):
    text: bytes
    matches: Callable[[int], bool]


def flags_of(uid: int) -> int:
    return (SEEN if uid % 2 else 0) | (FLAGGED if uid % 3 == 0 else 0)


def body_of(uid: int) -> bytes:
    return b"odd" if uid % 2 else b"even"


leaves = st.one_of(
    st.just(Program(b"ALL", lambda uid: True)),
    st.just(Program(b"SEEN", lambda uid: bool(flags_of(uid) & SEEN))),
    st.just(Program(b"UNFLAGGED", lambda uid: not flags_of(uid) & FLAGGED)),
    st.just(Program(b"BODY odd", lambda uid: body_of(uid) == b"odd")),
    st.integers(1, COUNT).map(
        lambda n: Program(b"SUBJECT <%d>" % n, lambda uid: uid == n),
    ),
    st.integers(1, COUNT).map(
        lambda n: Program(b"HEADER X-Number <%d>" % n, lambda uid: uid == n),
    ),
    st.tuples(st.integers(1, COUNT), st.integers(1, COUNT)).map(
        lambda ends: Program(b"%d:%d" % ends, lambda uid: min(ends) <= uid <= max(ends))
    ),
    st.integers(1, COUNT).map(lambda n: Program(b"UID %d:*" % n, lambda uid: uid >= n)),
)


def inner(programs: st.SearchStrategy[Program]) -> st.SearchStrategy[Program]:
    return st.one_of(
        programs.map(lambda one: Program(b"NOT " + one.text, lambda uid: not one.matches(uid))),
        st.tuples(programs, programs).map(
            lambda two: Program(
                b"OR %b %b" % (two[0].text, two[1].text),
                lambda uid: two[0].matches(uid) or two[1].matches(uid),
            )
        ),
        st.lists(programs, min_size=1, max_size=3).map(
            lambda many: Program(
                b"(%b)" % b" ".join(each.text for each in many),
                lambda uid: all(each.matches(uid) for each in many),
            )
        ),
    )


def make_client() -> EngineClient:
    store = MemoryStore()
    for uid in range(1, COUNT + 1):
        header = b"Subject: <%d>\r\nX-Number: <%d>\r\n\r\n" % (uid, uid)
        put(store, [header + body_of(uid)], flags=flags_of(uid))
    return client_of([], store=store)


CLIENT = make_client()


@settings(max_examples=300)
@given(st.recursive(leaves, inner, max_leaves=12))
def test_programs_mean_what_they_say(program: Program) -> None:
    expected = [uid for uid in range(1, COUNT + 1) if program.matches(uid)]
    line = CLIENT.ask(b"a UID SEARCH " + program.text)[0]
    assert [int(word) for word in line.split()[2:]] == expected
