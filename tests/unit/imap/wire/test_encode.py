from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.grammar.dates import parse_date_time
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import (
    encode_astring,
    encode_date_time,
    encode_mailbox,
    encode_nstring,
    encode_string,
)
from mailstore.imap.wire.frame import Frame
from mailstore.imap.wire.framer import CommandLine, Framer
from mailstore.model.limits import ImapLimits
from mailstore.model.mailbox import canonical_name


def read_back(encoded: bytes) -> Cursor:
    """What another end makes of it: our framer takes what our encoder writes."""
    framer = Framer(ImapLimits())
    framer.logged_in = True
    framer.feed(encoded + b"\r\n")
    while not isinstance(event := framer.next_event(), CommandLine):
        assert event is not None
    return Cursor(event.frame)


@pytest.mark.parametrize(
    ("octets", "encoded"),
    [
        (b"", b'""'),
        (b"plain words", b'"plain words"'),
        (rb'a"b\c', rb'"a\"b\\c"'),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"\xe4", b"{1}\r\n\xe4"),
        (b"\0x", b"{2}\r\n\x80x"),
        (b"x" * 1001, b"{1001}\r\n" + b"x" * 1001),
    ],
)
def test_a_string_is_quoted_where_it_can_be(octets: bytes, encoded: bytes) -> None:
    assert encode_string(octets) == encoded


def test_nothing_is_nil_and_the_word_is_quoted() -> None:
    assert encode_nstring(None) == b"NIL"
    assert encode_nstring(b"NIL") == b'"NIL"'
    assert encode_astring(b"nil") == b'"nil"'


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("INBOX", b"INBOX"),
        ("Archive/2026", b"Archive/2026"),
        ("Sent Items", b'"Sent Items"'),
        ("NIL", b'"NIL"'),
        ("100%", b'"100%"'),
        ("Entwürfe", b'"Entw&APw-rfe"'),
        ('say "hi"', b'"say \\"hi\\""'),
        ("a\r\n* BYE", b'"a&AA0ACg-* BYE"'),
    ],
)
def test_mailbox_names_are_modified_utf7(name: str, encoded: bytes) -> None:
    assert encode_mailbox(name) == encoded


def test_mailbox_names_are_utf8_for_clients_that_enabled_it() -> None:
    assert encode_mailbox("Entwürfe & mehr", utf8=True) == '"Entwürfe & mehr"'.encode()
    assert encode_mailbox("a\r\n* BYE", utf8=True) == b"{8}\r\na\r\n* BYE"


@given(st.binary(max_size=1100))
def test_strings_come_back(octets: bytes) -> None:
    assert read_back(encode_string(octets)).string() == octets.replace(b"\0", b"\x80")
    assert read_back(encode_astring(octets)).astring() == octets.replace(b"\0", b"\x80")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_mailbox_names_come_back(name: str) -> None:
    assert parse_mailbox(read_back(encode_mailbox(name))) == canonical_name(name)


def test_dates_are_written_in_utc() -> None:
    assert encode_date_time(837571465) == b'"17-Jul-1996 02:44:25 +0000"'
    assert encode_date_time(0) == b'"01-Jan-1970 00:00:00 +0000"'


def test_impossible_dates_are_written_as_the_nearest() -> None:
    assert encode_date_time(-5) == b'"01-Jan-1970 00:00:00 +0000"'
    assert encode_date_time(10**15) == b'"31-Dec-9999 23:59:59 +0000"'


@given(st.integers(0, 0xFFFFFFFF))
def test_dates_come_back(epoch: int) -> None:
    assert parse_date_time(Cursor(Frame(encode_date_time(epoch)))) == epoch
