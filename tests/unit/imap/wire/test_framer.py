from __future__ import annotations

import pytest

from mailstore.imap.wire.frame import Frame, Message
from mailstore.imap.wire.framer import (
    CommandLine,
    Continuation,
    Event,
    Framer,
    FramingError,
    MessageLiteral,
    RawLine,
)
from mailstore.model.limits import ImapLimits

LIMITS = ImapLimits(
    line_before_login=40, line=80, literal_before_login=10, literals=30, literal_count=3
)


def framer(*, logged_in: bool = True, limits: ImapLimits = LIMITS) -> Framer:
    made = Framer(limits)
    made.logged_in = logged_in
    return made


def events(made: Framer, octets: bytes = b"") -> list[Event]:
    made.feed(octets)
    found = []
    while (event := made.next_event()) is not None:
        found.append(event)
    return found


def command(text: bytes, *literals: bytes | Message) -> CommandLine:
    return CommandLine(Frame(text, literals))


def test_a_line_is_a_command() -> None:
    assert events(framer(), b"a1 NOOP\r\n") == [command(b"a1 NOOP")]


def test_nothing_comes_before_the_end_of_the_line() -> None:
    made = framer()
    assert events(made, b"a1 NOOP\r") == []
    assert events(made, b"\n") == [command(b"a1 NOOP")]


def test_pipelined_commands_come_one_by_one() -> None:
    assert events(framer(), b"a NOOP\r\nb NOOP\r\n\r\n") == [
        command(b"a NOOP"),
        command(b"b NOOP"),
        command(b""),
    ]


def test_a_synchronising_literal_asks_for_a_continuation() -> None:
    made = framer()
    assert events(made, b"a LOGIN {3}\r\n") == [Continuation()]
    assert events(made, b"joe x\r\n") == [command(b"a LOGIN {3}\r\n x", b"joe")]


def test_a_non_synchronising_literal_does_not() -> None:
    assert events(framer(), b"a LOGIN {3+}\r\njoe {2+}\r\n\r\n\r\n") == [
        command(b"a LOGIN {3+}\r\n {2+}\r\n", b"joe", b"\r\n")
    ]


def test_a_literal8_is_framed_like_a_literal() -> None:
    assert events(framer(), b"a X ~{2+}\r\n\0\1\r\n") == [command(b"a X ~{2+}\r\n", b"\0\1")]


def test_an_empty_literal_is_a_literal() -> None:
    assert events(framer(), b"a X {0+}\r\n\r\n") == [command(b"a X {0+}\r\n", b"")]


@pytest.mark.parametrize(
    "ending", [b"{-1}", b"{}", b"{x}", b"{5_0}", b"{+5}", b"}", b"{5}}", b"5}"]
)
def test_what_is_no_announcement_ends_the_line(ending: bytes) -> None:
    assert events(framer(), b"a X " + ending + b"\r\n") == [command(b"a X " + ending)]


def test_a_lone_lf_makes_the_whole_line_bad() -> None:
    made = framer()
    assert events(made, b"a NOOP\nb LOGOUT\n") == [FramingError(b"a", b"Lines end with CRLF")]
    assert events(made, b"c LOGOUT\r\nd NOOP\r\n") == [command(b"d NOOP")]


@pytest.mark.parametrize("octet", [b"\r", b"\0"])
def test_a_lone_cr_or_a_nul_makes_the_line_bad(octet: bytes) -> None:
    assert events(framer(), b"a NO" + octet + b"OP\r\nb NOOP\r\n") == [
        FramingError(b"a", b"CR or NUL within a line"),
        command(b"b NOOP"),
    ]


def test_a_bad_line_takes_its_literals_along() -> None:
    assert events(framer(), b"a \0 {4+}\r\nx y\r {2+}\r\n\r\n!\r\nb NOOP\r\n") == [
        FramingError(b"a", b"CR or NUL within a line"),
        command(b"b NOOP"),
    ]


def test_a_line_of_exactly_the_limit_is_accepted() -> None:
    line = b"a " + b"x" * 78
    assert events(framer(), line + b"\r\n") == [command(line)]


def test_a_longer_line_is_refused_before_its_end() -> None:
    made = framer()
    assert events(made, b"a " + b"x" * 80) == [FramingError(b"a", b"Command line too long")]
    assert events(made, b"y" * 1000) == []
    assert made.buffered <= 32
    assert events(made, b"z {3+}\r\nabc and more\r\nb NOOP\r\n") == [command(b"b NOOP")]


def test_a_longer_line_in_one_packet_is_refused() -> None:
    assert events(framer(), b"a " + b"x" * 79 + b"\r\nb NOOP\r\n") == [
        FramingError(b"a", b"Command line too long"),
        command(b"b NOOP"),
    ]


def test_lines_are_shorter_before_login() -> None:
    assert events(framer(logged_in=False), b"a " + b"x" * 39 + b"\r\n") == [
        FramingError(b"a", b"Command line too long")
    ]


def test_text_between_many_literals_is_bounded() -> None:
    made = framer(limits=ImapLimits(line=80))
    line = b"y" * 70 + b"{0+}\r\n"
    found = events(made, b"a " + line * 10)
    assert found == [FramingError(b"a", b"Command line too long")]


def test_a_refused_synchronising_literal_ends_the_command() -> None:
    assert events(framer(), b"a X {31}\r\nb NOOP\r\n") == [
        FramingError(b"a", b"Too many or too large literals", b"TOOBIG"),
        command(b"b NOOP"),
    ]


def test_a_refused_non_synchronising_literal_is_dropped_with_its_command() -> None:
    made = framer()
    assert events(made, b"a X {1000+}\r\n") == [
        FramingError(b"a", b"Too many or too large literals", b"TOOBIG")
    ]
    for _ in range(10):
        assert events(made, b"x" * 100) == []
        assert made.buffered == 0
    assert events(made, b" {2}\r\nb NOOP\r\n") == [command(b"b NOOP")]


def test_the_sum_of_literals_is_bounded() -> None:
    made = framer()
    assert events(made, b"a X {20+}\r\n" + b"x" * 20 + b" {11}\r\n") == [
        FramingError(b"a", b"Too many or too large literals", b"TOOBIG")
    ]


def test_the_count_of_literals_is_bounded() -> None:
    assert events(framer(), b"a X" + b" {0+}\r\n" * 4 + b"\r\nb NOOP\r\n") == [
        FramingError(b"a", b"Too many or too large literals", b"TOOBIG"),
        command(b"b NOOP"),
    ]


def test_the_limit_of_literals_counts_for_each_command() -> None:
    one = b"a X {30+}\r\n" + b"x" * 30 + b"\r\n"
    assert len(events(framer(), one * 3)) == 3


def test_a_large_literal_that_comes_anyway_before_login_is_fatal() -> None:
    made = framer(logged_in=False)
    assert events(made, b"a LOGIN {11+}\r\n") == [
        FramingError(b"a", b"Literal too large before login", None, fatal=True)
    ]
    assert events(made, b"b NOOP\r\n") == []
    assert made.buffered == 0


def test_a_large_synchronising_literal_before_login_is_refused() -> None:
    made = framer(logged_in=False)
    assert events(made, b"a LOGIN {11}\r\nb NOOP\r\n") == [
        FramingError(b"a", b"Too many or too large literals", b"TOOBIG"),
        command(b"b NOOP"),
    ]


@pytest.mark.parametrize("digits", [b"4294967296", b"9" * 11, b"9" * 60])
def test_sizes_beyond_32_bits_are_never_waited_for(digits: bytes) -> None:
    refused = FramingError(b"a", b"Literal too large", b"TOOBIG")
    assert events(framer(), b"a X {" + digits + b"}\r\n") == [refused]
    broken = FramingError(b"a", b"Literal too large", None, fatal=True)
    assert events(framer(), b"a X {" + digits + b"+}\r\n") == [broken]


def test_a_command_without_a_tag_is_answered_untagged() -> None:
    assert events(framer(), b"\0\r\n") == [FramingError(None, b"CR or NUL within a line")]


# Raw lines


def test_a_raw_line_is_not_taken_apart() -> None:
    made = framer()
    assert events(made, b"a IDLE\r\n") == [command(b"a IDLE")]
    made.expect_line()
    assert events(made, b"DO") == []
    assert events(made, b"NE {5}\r\nb NOOP\r\n") == [RawLine(b"DONE {5}"), command(b"b NOOP")]


def test_a_raw_line_is_bounded() -> None:
    made = framer()
    made.expect_line()
    assert events(made, b"x" * 100) == [FramingError(None, b"Line too long")]
    assert events(made, b"x" * 100 + b"\r\nb NOOP\r\n") == [command(b"b NOOP")]


@pytest.mark.parametrize("line", [b"x\nyy\r\n", b"x\0\r\n", b"x\ry\r\n"])
def test_a_raw_line_ends_with_crlf_and_holds_no_nul(line: bytes) -> None:
    made = framer()
    made.expect_line()
    assert events(made, line + b"b NOOP\r\n") == [
        FramingError(None, b"Lines end with CRLF and hold no NUL"),
        command(b"b NOOP"),
    ]


def test_clear_forgets_everything_behind_a_command() -> None:
    made = framer()
    made.feed(b"a STARTTLS\r\nb LOGIN x y\r\nc LOG")
    assert made.next_event() == command(b"a STARTTLS")
    made.clear()
    assert events(made, b"d NOOP\r\n") == [command(b"d NOOP")]


def test_clear_forgets_half_a_command() -> None:
    made = framer()
    assert events(made, b"a LOGIN {3}\r\njo") == [Continuation()]
    made.clear()
    assert events(made, b"d NOOP\r\n") == [command(b"d NOOP")]


# Messages of APPEND


def test_a_message_is_announced_with_the_command_so_far() -> None:
    made = framer()
    assert events(made, b"a append INBOX (\\Seen) {300}\r\n") == [
        MessageLiteral(
            Frame(b"a append INBOX (\\Seen) {300}\r\n", (Message(300, False),)),
            Message(300, False),
            synchronising=True,
        )
    ]


def test_an_accepted_message_goes_to_its_sink_in_pieces() -> None:
    made, pieces = framer(), list[bytes]()
    assert len(events(made, b"a APPEND x {6+}\r\nab")) == 1
    made.accept(pieces.append)
    assert events(made) == []
    assert events(made, b"cd") == []
    assert events(made, b"ef\r\nb NOOP\r\n") == [
        command(b"a APPEND x {6+}\r\n", Message(6, False)),
        command(b"b NOOP"),
    ]
    assert pieces == [b"ab", b"cd", b"ef"]


def test_an_empty_message_is_a_message() -> None:
    made, pieces = framer(), list[bytes]()
    assert len(events(made, b"a APPEND x {0+}\r\n\r\n")) == 1
    made.accept(pieces.append)
    assert events(made) == [command(b"a APPEND x {0+}\r\n", Message(0, False))]
    assert pieces == []


def test_one_append_may_hold_several_messages() -> None:
    made, pieces = framer(), list[bytes]()
    assert len(events(made, b"a APPEND x {1+}\r\nA (\\Seen) ~{1+}\r\nB\r\n")) == 1
    made.accept(pieces.append)
    (second,) = events(made)
    assert isinstance(second, MessageLiteral)
    assert second.frame.literals == (Message(1, False), Message(1, True))
    made.accept(pieces.append)
    assert len(events(made)) == 1
    assert pieces == [b"A", b"B"]


def test_a_mailbox_name_as_a_literal_is_no_message() -> None:
    made = framer()
    assert events(made, b"a APPEND {5}\r\n") == [Continuation()]
    (event,) = events(made, b"Drafts"[:5] + b" {2}\r\n")
    assert isinstance(event, MessageLiteral)
    assert event.frame.literals == (b"Draft", Message(2, False))


def test_a_refused_synchronising_message_never_comes() -> None:
    made = framer()
    assert len(events(made, b"a APPEND x {9}\r\n")) == 1
    made.refuse()
    assert events(made, b"b NOOP\r\n") == [command(b"b NOOP")]


def test_a_refused_non_synchronising_message_is_dropped_with_its_command() -> None:
    made = framer()
    assert len(events(made, b"a APPEND x {900+}\r\n")) == 1
    made.refuse()
    for _ in range(9):
        assert events(made, b"y" * 100) == []
        assert made.buffered == 0
    assert events(made, b" {2+}\r\nzz\r\nb NOOP\r\n") == [command(b"b NOOP")]


def test_a_message_may_be_refused_on_its_way() -> None:
    def sink(octets: bytes) -> None:
        raise OSError("disk full")

    made = framer()
    assert len(events(made, b"a APPEND x {9}\r\n")) == 1
    made.accept(sink)
    made.feed(b"abc")
    with pytest.raises(OSError, match="disk full"):
        made.next_event()
    made.refuse()
    assert events(made, b"defghi\r\nb NOOP\r\n") == [command(b"b NOOP")]


def test_a_sink_that_fails_on_the_last_octet_can_be_refused() -> None:
    def sink(octets: bytes) -> None:
        raise OSError("disk full")

    made = framer()
    assert len(events(made, b"a APPEND x {3}\r\n")) == 1
    made.accept(sink)
    made.feed(b"abc\r\nb NOOP\r\n")
    with pytest.raises(OSError, match="disk full"):
        made.next_event()
    made.refuse()
    assert events(made) == [command(b"b NOOP")]


def test_nothing_is_framed_while_a_message_waits_for_a_decision() -> None:
    made = framer()
    assert len(events(made, b"a APPEND x {3+}\r\nabc\r\nb NOOP\r\n")) == 1
    assert events(made) == []


def test_before_login_there_are_no_messages() -> None:
    assert events(framer(logged_in=False), b"a APPEND x {9}\r\n") == [Continuation()]


def test_only_an_announced_message_can_be_accepted_or_refused() -> None:
    with pytest.raises(RuntimeError):
        framer().accept(lambda octets: None)
    with pytest.raises(RuntimeError):
        framer().refuse()


# Time


class _Counting(bytearray):
    """Counts the octets that searches look at."""

    looked_at = 0

    def find(self, sub: bytes, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(sub, start)
        self.looked_at += (len(self) if found < 0 else found + 1) - start
        return found


def test_no_octet_is_searched_twice() -> None:
    made = framer(limits=ImapLimits())
    buffer = made._buffer = _Counting()
    stream = b"a X " + b"y" * 5000 + b" {3000+}\r\n" + b"\n" * 3000 + b" z\r\n"
    found = []
    for octet in stream:
        found += events(made, bytes((octet,)))
    assert len(found) == 1
    assert buffer.looked_at <= len(stream)


def test_dropping_a_long_line_searches_no_octet_twice() -> None:
    made = framer()
    buffer = made._buffer = _Counting()
    for _ in range(5000):
        events(made, b"x")
    assert buffer.looked_at <= 5000


@pytest.mark.parametrize("command", [b"REPLACE 3", b"uid replace *"])
def test_replace_has_a_message_too(command: bytes) -> None:
    (event,) = events(framer(), b"a " + command + b" Drafts (\\Draft) {300}\r\n")
    assert isinstance(event, MessageLiteral)
    made = framer()
    assert events(made, b"a " + command + b" {5}\r\n") == [Continuation()]
    (event,) = events(made, b"Draft {2+}\r\n")
    assert isinstance(event, MessageLiteral)


@pytest.mark.parametrize("command", [b"REPLACE 1:2", b"REPLACE", b"XREPLACE 1", b"UID APPEND"])
def test_other_commands_have_none(command: bytes) -> None:
    assert events(framer(), b"a " + command + b" Drafts {3}\r\n") == [Continuation()]


def test_a_url_among_the_parts_of_a_message_is_no_message() -> None:
    made, pieces = framer(), list[bytes]()
    begun = (
        b"a APPEND x CATENATE (TEXT {1+}\r\nA url {3+}\r\n/x; URL {2+}\r\n/y TEXT {1+}\r\nB)\r\n"
    )
    assert len(events(made, begun)) == 1
    made.accept(pieces.append)
    (second,) = events(made)
    assert isinstance(second, MessageLiteral)
    assert second.frame.literals == (Message(1, False), b"/x;", b"/y", Message(1, False))
    made.accept(pieces.append)
    assert len(events(made)) == 1
    assert pieces == [b"A", b"B"]


def test_a_mailbox_of_that_name_is_one() -> None:
    (event,) = events(framer(), b"a APPEND URL {300}\r\n")
    assert isinstance(event, MessageLiteral)
    (event,) = events(framer(), b"a APPEND CATENATE {300}\r\n")
    assert isinstance(event, MessageLiteral)
