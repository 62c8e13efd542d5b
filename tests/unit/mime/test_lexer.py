import pytest

from mailstore.mime.lexer import Lexer, unquote


def test_comments_nest_and_the_last_is_remembered() -> None:
    lexer = Lexer(b" (a) (b (c \\) d) e) x")
    lexer.skip()
    assert lexer.comment == b"b (c ) d) e"
    assert lexer.token() == b"x"
    assert lexer.at_end


@pytest.mark.parametrize("value", [b"(open", b"(open (", b"(open\\", b"(a)(open"])
def test_an_open_comment_ends_with_the_field(value: bytes) -> None:
    lexer = Lexer(value)
    lexer.skip()
    assert lexer.at_end


@pytest.mark.parametrize(
    ("value", "content", "rest"),
    [
        (b'"a b"c', b"a b", b"c"),
        (b'"a\\"b"', b'a"b', b""),
        (b'"a\r\n b"', b"a b", b""),
        (b'"open', b"open", b""),
        (b'"open\\', b"open", b""),
        (b'""', b"", b""),
    ],
)
def test_quoted_strings(value: bytes, content: bytes, rest: bytes) -> None:
    lexer = Lexer(value)
    assert lexer.quoted() == content
    assert value[lexer.position :] == rest


def test_nothing_moves_where_nothing_matches() -> None:
    lexer = Lexer(b"(x")
    assert lexer.token() == b""
    assert lexer.quoted() is None
    assert not lexer.take(b"/")
    assert lexer.position == 0


def test_unquote_drops_line_ends_and_backslashes() -> None:
    assert unquote(b"a\\\\b\r\n\tc\nd") == b"a\\b\tcd"
