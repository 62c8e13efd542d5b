from mailstore.mime.content import describe
from mailstore.mime.envelope import encode_envelope
from mailstore.mime.fields import known_fields
from mailstore.mime.pack import pack_parts
from mailstore.mime.structure import encode_body, encode_body_structure

MESSAGE = (
    b"Subject: s\r\nX-Odd: 1\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: (c) Ann <ann@x.example>\r\n\r\ntext\r\n"
)


def test_all_is_what_the_single_functions_give() -> None:
    content = describe(MESSAGE)
    root = content.root
    assert content.envelope == encode_envelope(MESSAGE, root)
    assert content.body == encode_body(root)
    assert content.body_structure == encode_body_structure(root)
    assert content.fields == known_fields(MESSAGE[: root.header_end])
    assert content.fields == b"Subject: s\r\nContent-Type: message/rfc822\r\n"
    assert content.parts == pack_parts(root)


def test_an_empty_message_is_described() -> None:
    content = describe(b"")
    assert content.envelope == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    assert content.body == b'("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 0 0)'
    assert content.fields == b""
