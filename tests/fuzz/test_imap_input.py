"""Whatever a client sends, it is answered or refused: nothing else happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.imap.connection import REGISTRY
from mailstore.imap.responses import Refused
from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.imap.wire.framer import CommandLine, Framer, FramingError
from mailstore.model.limits import ImapLimits
from mailstore.store.memory import MemoryStore
from tests.engine import EngineServer
from tests.unit.imap.mail import plain, put

LIMITS = ImapLimits(bad_commands=10**9, failed_logins=10**9, search_keys=50, nesting=8)

NAMES = sorted(REGISTRY.commands)

tokens = st.one_of(
    st.sampled_from(
        b'( ) [ ] < > " \\ { } ~ + * % , : = & - . $ 0 1 2 9 1:* 4294967296 1:2,3 NIL "" "x" '
        b'"\\"" {0+}\r\n {1+}\r\nx {3}\r\n \\Seen \\Recent $label1 FLAGS +FLAGS.SILENT BODY[] '
        b"BODY.PEEK[HEADER.FIELDS (DATE)] BODY[1.2.MIME]<0.5> ENVELOPE ALL FAST MODSEQ UID "
        b"(CHANGEDSINCE 1) (UNCHANGEDSINCE 1) OR NOT SEEN SUBJECT HEADER TEXT BODY BEFORE "
        b'1-Jan-2026 "01-Jan-2026 00:00:00 +0000" CHARSET UTF-8 RETURN (MIN) INBOX Work '
        b"(MESSAGES UNSEEN) (CONDSTORE) USE CONDSTORE SET STATUS NONE selected personal "
        b"(MessageNew MessageExpunge) FlagChange /private/comment (DEPTH 1) METADATA".replace(
            b"\r\n ", b"\r\n \0"
        ).split(b" ")
    ).map(lambda token: token.replace(b"\0", b"")),
    st.sampled_from(sorted(REGISTRY.fetch_items)),
    st.sampled_from(sorted(REGISTRY.search_keys)),
    st.binary(max_size=6),
)
arguments = st.lists(
    st.tuples(st.sampled_from([b" ", b" ", b" ", b"", b"("]), tokens).map(b"".join), max_size=10
).map(b"".join)
commands = st.tuples(st.sampled_from(NAMES), arguments).map(b"".join)


def frames(octets: bytes) -> list[Frame]:
    framer = Framer(LIMITS)
    framer.logged_in = True
    framer.feed(octets)
    found = []
    while (event := framer.next_event()) is not None:
        if isinstance(event, CommandLine):
            found.append(event.frame)
        elif not isinstance(event, FramingError):
            break
    return found


@settings(max_examples=1500)
@given(commands)
def test_parsers_raise_bad_syntax_only_and_stay_within_the_text(text: bytes) -> None:
    for frame in frames(b"a " + text + b"\r\n"):
        cursor = Cursor(frame, LIMITS, REGISTRY)
        try:
            cursor.tag()
            cursor.space()
            name = cursor.keyword()
            if name == b"UID":
                cursor.space()
                name = b"UID " + cursor.keyword()
            command = REGISTRY.commands.get(name)
            if command is None:
                continue
            command.parse(cursor)
            cursor.end()
        except (BadSyntax, Refused):
            pass
        assert 0 <= cursor.position <= len(frame.text)


WORDS: list[Callable[[Cursor], object]] = [
    Cursor.tag,
    Cursor.atom,
    Cursor.keyword,
    Cursor.astring,
    Cursor.string,
    Cursor.nstring,
    Cursor.number,
    Cursor.number64,
    Cursor.nz_number,
    Cursor.literal8,
    Cursor.message,
    Cursor.space,
    Cursor.enter,
    Cursor.leave,
]


@given(st.binary(max_size=60), st.lists(st.sampled_from(WORDS), max_size=20))
def test_words_of_garbage_move_or_refuse(
    octets: bytes, words: list[Callable[[Cursor], object]]
) -> None:
    for frame in frames(octets + b"\r\n"):
        cursor = Cursor(frame, LIMITS)
        for word in words:
            before = cursor.position
            refused = None
            try:
                word(cursor)
            except BadSyntax as error:
                refused = error
            if refused is None:
                assert cursor.position > before
            else:
                assert 0 <= refused.position <= len(frame.text)
                assert str(refused).isascii()


def make_server() -> EngineServer:
    store = MemoryStore()
    store.create("Work")
    put(store, [plain(number) for number in range(4)])
    return EngineServer(store, LIMITS)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(commands, st.binary(max_size=40)), max_size=6))
def test_every_command_is_answered_and_the_session_goes_on(texts: list[bytes]) -> None:
    server = make_server()
    client = server.connect().log_in().select()
    for number, text in enumerate(texts):
        if client.peer.closed:
            break
        client.send(b"t%d %b\r\n" % (number, text))
        # Whatever is still expected (lines of IDLE, a literal) has come after this.
        client.send(b"x\r\n" + b"*" * 8 + b"\r\nDONE\r\n")
    if not client.peer.closed:
        client.taken()
        client.send(b"y" * 100 + b"\r\n" * 60 + b"end NOOP\r\n")
        answered = client.taken()
        assert b"end OK" in answered or client.peer.closed or b"\0" in b"".join(texts)
    server.end()


@pytest.mark.parametrize("octets", [b"(", b'"', b"{", b"\\", b"OR ", b"NOT ", b"1,", b"\0", b"\n"])
def test_much_of_one_thing_is_refused_soon(octets: bytes) -> None:
    server = make_server()
    client = server.connect().log_in().select()
    for name in (b"FETCH 1 ", b"SEARCH ", b"STORE 1 FLAGS ", b"LIST ", b""):
        client.send(b"t " + name + octets * (200_000 // len(octets)) + b"\r\n")
        assert client.engine.session.output is not None
        assert len(client.taken()) < 2000
    assert client.ask(b"end NOOP")[-1] == b"end OK NOOP completed"
    server.end()
