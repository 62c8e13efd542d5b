from __future__ import annotations

import re

import pytest

from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame, Message
from mailstore.model.limits import ImapLimits


def cursor(text: bytes, *literals: bytes | Message, limits: ImapLimits | None = None) -> Cursor:
    return Cursor(Frame(text, literals), limits)


def test_words_come_one_after_another() -> None:
    read = cursor(b'a1 Login joe "pass word"')
    assert read.tag() == b"a1"
    read.space()
    assert read.keyword() == b"LOGIN"
    read.space()
    assert read.astring() == b"joe"
    read.space()
    assert read.astring() == b"pass word"
    read.end()


def test_literals_are_found_by_their_announcements() -> None:
    read = cursor(b"{3}\r\n {0+}\r\n {4}\r\n", b"a\r\n", b"", b"more")
    assert read.astring() == b"a\r\n"
    read.space()
    assert read.string() == b""
    read.space()
    assert read.nstring() == b"more"
    read.end()


def test_a_quoted_string_undoes_its_escapes() -> None:
    assert cursor(rb'"a\"b\\c"').string() == b'a"b\\c'
    assert cursor(b'""').string() == b""
    assert cursor('"ä"'.encode()).string() == "ä".encode()


@pytest.mark.parametrize("text", [b'"a', b'"', rb'"a\"', rb'"a\b"', b'"a{1}\r\n"'])
def test_a_quoted_string_ends_and_escapes_only_specials(text: bytes) -> None:
    with pytest.raises(BadSyntax, match="quoted string"):
        cursor(text, b"x").string()


def test_nil_is_no_string_in_any_case() -> None:
    assert cursor(b"NIL").nstring() is None
    assert cursor(b"nil").nstring() is None
    with pytest.raises(BadSyntax):
        cursor(b"NILS").nstring()


def test_an_astring_may_have_a_bracket_and_an_atom_may_not() -> None:
    assert cursor(b"a]b").astring() == b"a]b"
    assert cursor(b"a]b").atom() == b"a"


def test_numbers_have_bounds() -> None:
    assert cursor(b"4294967295").number() == 4294967295
    assert cursor(b"0").number() == 0
    assert cursor(b"9223372036854775807").number64() == 9223372036854775807
    for text in (b"4294967296", b"9" * 5000, b"-1", b"+5", b"", b" 5", b"x"):
        with pytest.raises(BadSyntax):
            cursor(text).number()
    with pytest.raises(BadSyntax):
        cursor(b"9223372036854775808").number64()
    with pytest.raises(BadSyntax):
        cursor(b"0").nz_number()


def test_digits_are_ascii_only() -> None:
    with pytest.raises(BadSyntax):
        cursor("٣".encode()).number()


def test_a_number_stops_at_what_is_no_digit() -> None:
    read = cursor(b"5_0")
    assert read.number() == 5
    assert read.position == 1


def test_take_ignores_case_and_moves_only_if_it_matches() -> None:
    read = cursor(b"body.Peek[")
    assert not read.take(b"BODY[")
    assert read.take(b"BODY.PEEK[")
    assert read.at_end()


def test_peek_does_not_move() -> None:
    read = cursor(b"nil")
    assert read.peek(5) == b"NIL"
    assert read.position == 0


def test_match_uses_the_callers_pattern() -> None:
    read = cursor(b"<0.5>x")
    found = read.match(re.compile(rb"<(\d+)\.(\d+)>"))
    assert found is not None
    assert found.groups() == (b"0", b"5")
    assert read.match(re.compile(rb"y")) is None
    assert read.position == 5


def test_errors_tell_what_was_expected_and_where() -> None:
    read = cursor(b"abc def")
    read.atom()
    with pytest.raises(BadSyntax) as caught:
        read.expect(b"(")
    assert str(caught.value) == "expected ( at octet 4"
    assert caught.value.position == 3
    with pytest.raises(BadSyntax, match="expected the end of the command at octet 4"):
        read.end()


def test_errors_never_quote_the_client() -> None:
    for ask in (Cursor.atom, Cursor.string, Cursor.number, Cursor.space, Cursor.end, Cursor.tag):
        with pytest.raises(BadSyntax) as caught:
            ask(cursor(b"\x01secret"))
        assert "secret" not in str(caught.value)


def test_parentheses_nest_only_so_deep() -> None:
    read = cursor(b"(((", limits=ImapLimits(nesting=2))
    read.enter()
    read.enter()
    with pytest.raises(BadSyntax, match="levels"):
        read.enter()


def test_levels_that_were_left_do_not_count() -> None:
    read = cursor(b"()()()", limits=ImapLimits(nesting=1))
    for _ in range(3):
        read.enter()
        read.leave()
    read.end()


def test_arguments_are_counted() -> None:
    read = cursor(b"a b c", limits=ImapLimits(tokens=1))
    read.atom()
    read.space()
    read.atom()
    with pytest.raises(BadSyntax, match="too many arguments"):
        read.space()


def test_one_space_is_one_space() -> None:
    read = cursor(b"  x")
    read.space()
    with pytest.raises(BadSyntax):
        read.atom()


def test_a_message_of_append_is_no_string() -> None:
    announced = Message(300, False)
    assert cursor(b"{300}\r\n", announced).message() == announced
    assert cursor(b"~{300}\r\n", announced).message() == announced
    with pytest.raises(BadSyntax):
        cursor(b"{300}\r\n", announced).string()
    with pytest.raises(BadSyntax):
        cursor(b"{3}\r\n", b"abc").message()


def test_a_literal8_is_taken_only_where_it_may_stand() -> None:
    assert cursor(b"~{2}\r\n", b"\0\1").literal8() == b"\0\1"
    with pytest.raises(BadSyntax):
        cursor(b"~{2}\r\n", b"\0\1").string()


def test_a_command_does_not_end_within_parentheses() -> None:
    read = cursor(b"(")
    read.enter()
    with pytest.raises(BadSyntax, match=r"expected \) at octet 2"):
        read.end()


@pytest.mark.parametrize("name", [b"UTF8=ACCEPT", b"IMAP4rev2"])
def test_a_quoted_string_is_utf8_once_that_was_enabled(name: bytes) -> None:
    """RFC 9755, section 3."""
    latin1 = Frame(b'"caf\xe9"')
    assert Cursor(latin1, enabled={b"CONDSTORE"}).string() == b"caf\xe9"
    assert Cursor(Frame('"café"'.encode()), enabled={name}).string() == "café".encode()
    with pytest.raises(BadSyntax, match="expected UTF-8 in a quoted string at octet 1"):
        Cursor(latin1, enabled={name}).string()
