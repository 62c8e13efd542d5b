import pytest

from mailstore.mime.quote import encode_nstring, encode_string


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (b"", b'""'),
        (b"plain text", b'"plain text"'),
        (b"NIL", b'"NIL"'),
        (b'say "hi" \\ back', b'"say \\"hi\\" \\\\ back"'),
        (b"tab\tand bell\x07", b'"tab\tand bell\x07"'),
        (b"gr\xc3\xbcn", b"{5}\r\ngr\xc3\xbcn"),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"a\rb", b"{3}\r\na\rb"),
    ],
)
def test_strings_are_quoted_if_they_can_be(value: bytes, wire: bytes) -> None:
    assert encode_string(value) == wire


def test_nul_is_never_sent() -> None:
    assert encode_string(b"a\x00b") == b"{5}\r\na\xef\xbf\xbdb"
    assert encode_string(b'"\x00') == b'{4}\r\n"\xef\xbf\xbd'


def test_nstring_has_nil() -> None:
    assert encode_nstring(None) == b"NIL"
    assert encode_nstring(b"") == b'""'
