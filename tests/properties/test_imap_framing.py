"""How input is cut into packets makes no difference to what is framed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.wire.framer import Event, Framer, MessageLiteral
from mailstore.model.limits import ImapLimits

LIMITS = ImapLimits(
    line_before_login=60, line=90, literal_before_login=12, literals=40, literal_count=3
)

STREAM = (
    b"a1 NOOP\r\na2 LOGIN {3}\r\njoe {4+}\r\npass\r\n"
    b"a3 APPEND x (\\Seen) {9}\r\nSubject: \r\n"
    b"a4 append {2+}\r\nxx {6+}\r\n\r\n\r\n\r\n {3+}\r\nabc\r\n"
    b"a5 \0 {5+}\r\n\r\n\r\nx rest\r\n"
    b"a6 bad\na6 LOGOUT\r\n"
    b"a7 " + b"x" * 200 + b" {7+}\r\n1234567 more\r\n"
    b"a8 X {50}\r\na9 X {60+}\r\n" + b"y" * 60 + b" {1+}\r\nz\r\n"
    b"b1 X {0+}\r\n {0+}\r\n {0+}\r\n {0+}\r\n\r\n"
    b"b2 NOOP\r\n\r\n{}\r\nb3 X {99999999999}\r\nb4 NOOP\r\n"
)

words = st.sampled_from(
    (
        *(b"a ", b"APPEND ", b"x ", b"abc", b"y" * 100, b"{", b"}", b"+", b"\r\na NOOP\r\n"),
        *(b"{3}\r\n", b"{3+}\r\n", b"~{2+}\r\n", b"{50+}\r\n", b"{50}\r\n"),
        *(b"\r\n", b"\n", b"\r", b"\0"),
    )
)
streams = st.one_of(st.just(STREAM), st.lists(words, max_size=30).map(b"".join), st.binary())


def events(pieces: list[bytes], *, logged_in: bool) -> tuple[list[Event], bytes]:
    """What comes of them, and the octets of all messages; every other one is refused."""
    framer = Framer(LIMITS)
    framer.logged_in = logged_in
    found: list[Event] = []
    messages: list[bytes] = []
    announced = 0
    for piece in pieces:
        framer.feed(piece)
        while (event := framer.next_event()) is not None:
            found.append(event)
            if isinstance(event, MessageLiteral):
                announced += 1
                if announced % 2:
                    framer.accept(messages.append)
                else:
                    framer.refuse()
    return found, b"".join(messages)


@given(streams, st.data(), st.booleans())
def test_packet_boundaries_do_not_matter(
    stream: bytes, data: st.DataObject, logged_in: bool
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stream))).map(sorted))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    whole = events([stream], logged_in=logged_in)
    assert events(pieces, logged_in=logged_in) == whole
    assert events([bytes((octet,)) for octet in stream], logged_in=logged_in) == whole


@given(streams, st.booleans())
def test_no_more_is_kept_than_the_limits_say(stream: bytes, logged_in: bool) -> None:
    framer = Framer(LIMITS)
    framer.logged_in = logged_in
    for octet in stream * 3:
        framer.feed(bytes((octet,)))
        while (event := framer.next_event()) is not None:
            if isinstance(event, MessageLiteral):
                framer.accept(lambda octets: None)
        assert framer.buffered <= LIMITS.line + 2


@given(st.binary(max_size=50))
def test_after_clear_nothing_is_left(stream: bytes) -> None:
    framer = Framer(LIMITS)
    framer.feed(stream)
    framer.next_event()
    framer.clear()
    assert framer.buffered == 0
    framer.feed(b"a NOOP\r\n")
    event = framer.next_event()
    assert event is not None
    assert event == events([b"a NOOP\r\n"], logged_in=False)[0][0]
