import pytest

from mailstore.mime.parameters import (
    decode_extended,
    parse_content_type,
    parse_disposition,
    parse_languages,
    parse_token,
)

Params = tuple[tuple[bytes, bytes], ...]


@pytest.mark.parametrize(
    ("value", "media_type", "params"),
    [
        (b"text/plain", b"text/plain", ()),
        (b"Text / HTML ; charset = utf-8", b"Text/HTML", ((b"charset", b"utf-8"),)),
        (b'text/plain; name="a; b"', b"text/plain", ((b"name", b"a; b"),)),
        (b'text/plain; name="a\\"b\\\\"', b"text/plain", ((b"name", b'a"b\\'),)),
        (b'text/plain; name="a\r\n b"', b"text/plain", ((b"name", b"a b"),)),
        (b"text(a)/(b)plain;(c)x(d)=(e)y(f)", b"text/plain", ((b"x", b"y"),)),
        (b"text/plain (a;b=c); x=y", b"text/plain", ((b"x", b"y"),)),
        (b"text/plain; x=a(1).txt", b"text/plain", ((b"x", b"a"),)),
        (b"text/plain;; x=y;", b"text/plain", ((b"x", b"y"),)),
        (b"text/plain; x; y=z", b"text/plain", ((b"y", b"z"),)),
        (b"text/plain; x=a/b[1]; y=z", b"text/plain", ((b"x", b"a/b[1]"), (b"y", b"z"))),
        (b'text/plain; x="open', b"text/plain", ((b"x", b"open"),)),
        (b'text/plain; x="open\\', b"text/plain", ((b"x", b"open"),)),
        (b"text/plain; x=a; x=b", b"text/plain", ((b"x", b"a"), (b"x", b"b"))),
        (b"text/plain; x=", b"text/plain", ((b"x", b""),)),
        (b"text/plain; x=d\xc3\xa4", b"text/plain", ((b"x", b"d\xc3\xa4"),)),
    ],
)
def test_content_types(value: bytes, media_type: bytes, params: Params) -> None:
    parsed = parse_content_type(value)
    assert parsed is not None
    assert parsed[0] + b"/" + parsed[1] == media_type
    assert parsed[2] == params


@pytest.mark.parametrize(
    "value", [b"", b"text", b"/", b"text/", b"/plain", b"(x)", b'"text/plain"']
)
def test_what_is_no_content_type(value: bytes) -> None:
    assert parse_content_type(value) is None


@pytest.mark.parametrize(
    ("params", "joined"),
    [
        (b";t*0=a;t*1=b", ((b"t", b"ab"),)),
        (b";t*1=b;t*0=a", ((b"t", b"ab"),)),
        (b";T*0=a;t*1=b;u=c", ((b"T", b"ab"), (b"u", b"c"))),
        (b";t*0*=utf-8''%e2;t*1=%", ((b"t*", b"utf-8''%e2%25"),)),
        (b";t*0=a%;t*1*=%20", ((b"t*", b"''a%25%20"),)),
        (b";t*=utf-8''a", ((b"t*", b"utf-8''a"),)),
        (b";t*0=a;t*2=c", ((b"t*0", b"a"), (b"t*2", b"c"))),
        (b";t*1=a", ((b"t*1", b"a"),)),
        (b";t*0=a;t*0=b", ((b"t*0", b"a"), (b"t*0", b"b"))),
    ],
)
def test_continuations_are_joined(params: bytes, joined: Params) -> None:
    parsed = parse_content_type(b"a/b" + params)
    assert parsed is not None
    assert parsed[2] == joined


def test_parameters_are_counted() -> None:
    many = b"".join(b";p%d=v" % number for number in range(500))
    for value in (b"a/b" + many, b"a/b (c)" + many):
        parsed = parse_content_type(value, 100)
        assert parsed is not None
        assert len(parsed[2]) == 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"inline", (b"inline", ())),
        (b"(c) inline (d)", (b"inline", ())),
        (b"attachment; filename=a", (b"attachment", ((b"filename", b"a"),))),
        (b'"attachment"; filename=a', (b"attachment", ((b"filename", b"a"),))),
        (b"; filename=a", (b"attachment", ((b"filename", b"a"),))),
        (b"", None),
    ],
)
def test_dispositions(value: bytes, expected: tuple[bytes, Params] | None) -> None:
    assert parse_disposition(value) == expected


def test_tokens() -> None:
    assert parse_token(b" base64 ") == b"base64"
    assert parse_token(b"(a) base64 (b (c))") == b"base64"
    assert parse_token(b"quoted printable") is None
    assert parse_token(b"") is None


def test_languages() -> None:
    assert parse_languages(b"en, de (x) ,fr") == (b"en", b"de", b"fr")
    assert parse_languages(b"en de") == (b"en",)
    assert parse_languages(b"") == ()


def test_extended_values() -> None:
    assert decode_extended(b"utf-8'en'a%20%e2%82%ac") == (b"utf-8", b"a \xe2\x82\xac")
    assert decode_extended(b"no quotes %41%4") == (b"", b"no quotes A%4")
