import pytest

from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.structure import encode_body, encode_body_structure

TEXT = b'("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" %d %d)'


def body(*lines: bytes) -> bytes:
    return encode_body(parse_message(b"\r\n".join(lines)))


def structure(*lines: bytes) -> bytes:
    return encode_body_structure(parse_message(b"\r\n".join(lines)))


def test_text_is_the_default() -> None:
    assert body(b"Subject: x", b"", b"one", b"two") == TEXT % (8, 1)
    assert structure(b"", b"") == TEXT[:-1] % (0, 0) + b" NIL NIL NIL NIL)"


def test_text_has_lines_and_a_charset() -> None:
    assert body(b"Content-Type: text/html; a=b", b"", b"x", b"") == (
        b'("TEXT" "HTML" ("a" "b" "charset" "us-ascii") NIL NIL "7BIT" 3 1)'
    )
    assert b'("CHARSET" "utf-8")' in body(b"Content-Type: text/plain; CHARSET=utf-8", b"", b"")


def test_other_types_have_no_lines() -> None:
    assert body(b"Content-Type: image/png", b"Content-Transfer-Encoding: base64", b"", b"xx") == (
        b'("IMAGE" "PNG" NIL NIL NIL "BASE64" 2)'
    )


def test_extension_data() -> None:
    fields = (
        b'Content-Type: a/b; name="x y"',
        b"Content-ID: <i@x>",
        b"Content-Description: d",
        b"Content-MD5: m==",
        b'Content-Disposition: attachment; filename="f"',
        b"Content-Language: en, de",
        b"Content-Location: l",
    )
    assert structure(*fields, b"", b"") == (
        b'("A" "B" ("name" "x y") "<i@x>" "d" "7BIT" 0 "m=="'
        b' ("attachment" ("filename" "f")) ("en" "de") "l")'
    )


def test_multipart() -> None:
    lines = (
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Disposition: inline",
        b"",
        b"--b",
        b"",
        b"one",
        b"--b",
        b"Content-Type: a/b",
        b"",
        b"--b--",
    )
    assert body(*lines) == b"(" + TEXT % (3, 0) + b'("A" "B" NIL NIL NIL "7BIT" 0) "MIXED")'
    assert structure(*lines).endswith(b' "MIXED" ("boundary" "b") ("inline" NIL) NIL NIL)')


def test_multipart_without_parts_shows_an_empty_one() -> None:
    lines = (b"Content-Type: multipart/mixed; boundary=b", b"", b"no delimiter")
    assert body(*lines) == b"(" + TEXT % (0, 0) + b' "MIXED")'


@pytest.mark.parametrize("field", [b"multipart/mixed", b'multipart/mixed; boundary=""', b"text"])
def test_invalid_types_are_plain_text(field: bytes) -> None:
    assert body(b"Content-Type: " + field, b"", b"x") == TEXT % (1, 0)


@pytest.mark.parametrize("subtype", [b"RFC822", b"GLOBAL"])
def test_embedded_message(subtype: bytes) -> None:
    lines = (b"Content-Type: message/" + subtype, b"", b"Subject: inner", b"", b"x", b"")
    assert body(*lines) == (
        b'("MESSAGE" "' + subtype + b'" NIL NIL NIL "7BIT" 21'
        b' (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ' + TEXT % (3, 1) + b" 3)"
    )
    assert structure(*lines).endswith(b" NIL NIL NIL NIL) 3 NIL NIL NIL NIL)")


def test_stored_parts_cannot_be_described() -> None:
    message = b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n"
    stored = unpack_parts(pack_parts(parse_message(message)))
    with pytest.raises(ValueError, match="not just parsed"):
        encode_body(stored)
