"""Sets, mailboxes, flags, dates and names, which many commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.grammar.dates import parse_date, parse_date_time
from mailstore.imap.grammar.flags import Flags, parse_bare_flags, parse_flag_list
from mailstore.imap.grammar.mailbox import (
    parse_list_mailbox,
    parse_list_patterns,
    parse_mailbox,
)
from mailstore.imap.grammar.names import parse_id_params, parse_names
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.model.flags import DELETED, SEEN
from mailstore.model.limits import ImapLimits
from mailstore.model.sequence_set import STAR, SequenceSet, encode_ranges

T = TypeVar("T")


def read(parse: Callable[[Cursor], T], text: bytes, *literals: bytes, utf8: bool = False) -> T:
    enabled = frozenset((b"UTF8=ACCEPT",) if utf8 else ())
    cursor = Cursor(Frame(text, literals), enabled=enabled)
    value = parse(cursor)
    cursor.end()
    return value


# sequence-set


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        (b"1", ((1, 1),)),
        (b"*", ((STAR, STAR),)),
        (b"2,4:7,9,12:*", ((2, 2), (4, 7), (9, 9), (12, STAR))),
        (b"*:4", ((STAR, 4),)),
        (b"1:4294967295", ((1, 4294967295),)),
        (b"007", ((7, 7),)),
    ],
)
def test_sets_stay_ranges(text: bytes, ranges: tuple[tuple[int, int], ...]) -> None:
    assert read(parse_sequence_set, text) == SequenceSet(ranges)


def test_a_dollar_is_what_was_saved() -> None:
    assert read(parse_sequence_set, b"$") == SequenceSet((), saved=True)
    assert read(parse_sequence_set, b"2:*,7,$") == SequenceSet(((2, STAR), (7, 7)), saved=True)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"0",
        b"$,1",
        b"$$",
        b"1:$",
        b"1:0",
        b"4294967296",
        b"1,",
        b",1",
        b"1:",
        b"1::2",
        b"1:2:3",
        b"a",
        b"9" * 30,
    ],
)
def test_malformed_sets_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(parse_sequence_set, text)


def test_a_set_has_only_so_many_ranges() -> None:
    cursor = Cursor(Frame(b"1,3,5"), ImapLimits(sequence_ranges=2))
    with pytest.raises(BadSyntax, match="too many ranges"):
        parse_sequence_set(cursor)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1))
def test_sets_come_back(ranges: list[tuple[int, int]]) -> None:
    assert read(parse_sequence_set, encode_ranges(ranges)) == SequenceSet(tuple(ranges))


# mailbox


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"inbox", "INBOX"),
        (b'"inBox"', "INBOX"),
        (b"Inbox/sub", "INBOX/sub"),
        (b"Entw&APw-rfe", "Entwürfe"),
        (b'"A &- B"', "A & B"),
        (b'""', ""),
    ],
)
def test_mailbox_names_become_canonical_unicode(text: bytes, name: str) -> None:
    assert read(parse_mailbox, text) == name


def test_a_mailbox_name_may_be_a_literal() -> None:
    assert read(parse_mailbox, b"{5}\r\n", b"Inbox") == "INBOX"


def test_names_with_high_octets_are_utf8() -> None:
    assert read(parse_mailbox, '"Entwürfe & so"'.encode()) == "Entwürfe & so"
    with pytest.raises(BadSyntax, match="modified UTF-7"):
        read(parse_mailbox, b'"\xe4"')


def test_an_ampersand_is_itself_once_utf8_was_enabled() -> None:
    assert read(parse_mailbox, b'"A & B"', utf8=True) == "A & B"
    with pytest.raises(BadSyntax, match="expected a mailbox name in modified UTF-7 at octet 1"):
        read(parse_mailbox, b'"A & B"')


def test_patterns_may_hold_bare_wildcards() -> None:
    assert read(parse_list_mailbox, b"*") == "*"
    assert read(parse_list_mailbox, b"Archive/%") == "Archive/%"
    assert read(parse_list_mailbox, b'"INBOX*"') == "INBOX*"
    assert read(parse_list_patterns, b'(INBOX "a b" Entw&APw-*)') == ("INBOX", "a b", "Entwü*")
    assert read(parse_list_patterns, b"%") == ("%",)


def test_names_and_patterns_are_read_in_one_form_of_unicode() -> None:
    assert read(parse_mailbox, b"Cafe&AwE-") == "Caf\u00e9"
    assert read(parse_list_mailbox, b"Cafe&AwE-*") == "Caf\u00e9*"


# flag-list


def test_flags_are_known_in_any_case() -> None:
    flags = Flags(SEEN | DELETED, (b"$label1", b"NonJunk"))
    assert read(parse_flag_list, b"(\\SEEN \\deleted $label1 NonJunk)") == flags
    assert read(parse_bare_flags, b"\\Seen $label1 \\Deleted NonJunk") == flags


def test_a_flag_list_may_be_empty() -> None:
    assert read(parse_flag_list, b"()") == Flags(0, ())


def test_a_keyword_named_twice_is_one() -> None:
    assert read(parse_flag_list, b"(a A b a)") == Flags(0, (b"a", b"b"))


def test_recent_is_left_out() -> None:
    assert read(parse_flag_list, b"(\\Recent \\Seen)") == Flags(SEEN, ())


@pytest.mark.parametrize("text", [b"(\\Foo)", b"(\\*)", b"(\\)", b"(a  b)", b"(a", b"a)", b"(a )"])
def test_malformed_flags_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(parse_flag_list, text)


# date, date-time


@pytest.mark.parametrize("text", [b"1-Feb-2025", b"01-feb-2025", b'"1-FEB-2025"'])
def test_search_dates(text: bytes) -> None:
    assert read(parse_date, text) == date(2025, 2, 1)


@pytest.mark.parametrize(
    "text",
    [b"31-Feb-2025", b"0-Feb-2025", b"1-Foo-2025", b"1-Feb-25", b'"1-Feb-2025', b"1-Feb-0000"],
)
def test_impossible_dates_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax, match=r"expected a date .* at octet 1"):
        read(parse_date, text)


@pytest.mark.parametrize("day", [b" 1", b"01", b"1"])
def test_append_dates_have_a_zone(day: bytes) -> None:
    text = b'"' + day + b'-Feb-2025 12:30:15 +0130"'
    assert read(parse_date_time, text) == 1738407615
    assert read(parse_date_time, text.replace(b"+", b"-")) == 1738407615 + 2 * 5400


def test_append_dates_are_clamped() -> None:
    assert read(parse_date_time, b'"01-Jan-1900 00:00:00 +0000"') == 0
    assert read(parse_date_time, b'"01-Jan-2999 00:00:00 +0000"') == 0xFFFFFFFF
    assert read(parse_date_time, b'"31-Dec-9999 23:59:60 -2359"') == 0xFFFFFFFF


@pytest.mark.parametrize(
    "text",
    [
        b'"01-Feb-2025 25:00:00 +0000"',
        b'"01-Feb-2025 12:00:00 +9900"',
        b'"01-Feb-2025 12:00:00"',
        b'"30-Feb-2025 12:00:00 +0000"',
        b"01-Feb-2025",
    ],
)
def test_impossible_times_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(parse_date_time, text)


# names, ID


def test_words_are_read_in_any_case() -> None:
    assert read(parse_names, b"(messages UIDNEXT)") == [b"MESSAGES", b"UIDNEXT"]
    with pytest.raises(BadSyntax):
        read(parse_names, b"()")


def test_id_parameters() -> None:
    assert read(parse_id_params, b"nil") == ()
    assert read(parse_id_params, b"()") == ()
    assert read(parse_id_params, b'("name" "Mail" "os" NIL vendor "x")') == (
        (b"name", b"Mail"),
        (b"os", None),
        (b"vendor", b"x"),
    )
    with pytest.raises(BadSyntax):
        read(parse_id_params, b'("name")')
