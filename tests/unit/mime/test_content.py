from hashlib import blake2b

from mailstore.mime.content import describe
from mailstore.mime.envelope import encode_envelope
from mailstore.mime.fields import known_fields
from mailstore.mime.limits import MimeLimits
from mailstore.mime.pack import pack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.structure import encode_body, encode_body_structure

MESSAGE = (
    b"Subject: s\r\nX-Odd: 1\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: (c) Ann <ann@x.example>\r\n\r\ntext\r\n"
)


def test_all_is_what_the_single_functions_give() -> None:
    content = describe(MESSAGE)
    root = parse_message(MESSAGE)
    assert content.envelope == encode_envelope(MESSAGE, root)
    assert content.body == encode_body(root)
    assert content.body_structure == encode_body_structure(root)
    assert content.fields == known_fields(MESSAGE[: root.header_end])
    assert content.fields == b"Subject: s\r\nContent-Type: message/rfc822\r\n"
    assert content.parts == pack_parts(root)
    assert content.digest == blake2b(MESSAGE, digest_size=20).digest()


def test_an_empty_message_is_described() -> None:
    content = describe(b"")
    assert content.envelope == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    assert content.body == b'("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 0 0)'
    assert content.fields == b""


def test_headers_of_parts_are_searched_up_to_a_total() -> None:
    part = b"--b\r\nContent-Type: image/png\r\nContent-ID: <%b>\r\n\r\nx\r\n" % (b"i" * 100)
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 100 + b"--b--\r\n"
    limits = MimeLimits(all_headers=2000)
    content = describe(message, limits)
    assert content.body_structure.count(b'"IMAGE"') < 20
    assert content.body_structure.count(b'("TEXT" "PLAIN"') > 80
    assert len(parse_message(message, limits).children) == 100
    assert content.octets < 20_000


def test_fields_are_kept_as_far_as_a_header_is_searched() -> None:
    content = describe(b"Subject: one\r\nTo: two\r\n\r\n", MimeLimits(header_octets=14))
    assert content.fields == b"Subject: one\r\n"
