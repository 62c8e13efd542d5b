import pytest

from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message

MESSAGE = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
    b"--b\r\nContent-Type: x-a/x-b\r\nContent-Transfer-Encoding: x-c\r\n\r\ntwo\r\n--b--\r\n"
)


def test_places_and_kinds_are_kept() -> None:
    root = unpack_parts(pack_parts(parse_message(MESSAGE)))
    first, second = root.children
    assert root.is_multipart
    assert MESSAGE[first.body_start : first.body_end] == b"one"
    assert (second.media_type, second.subtype, second.encoding) == (b"X-A", b"X-B", b"X-C")
    assert root.lines == 9


def test_the_form_is_small() -> None:
    assert len(pack_parts(parse_message(b"Subject: x\r\n\r\nshort\r\n"))) == 9


def test_anything_else_is_refused() -> None:
    packed = pack_parts(parse_message(MESSAGE))
    for wrong in (b"", packed[:-1], packed + b"x", b"\x63" + packed[1:], packed[:6] + b"\x7f"):
        with pytest.raises(ValueError, match="stored parts"):
            unpack_parts(wrong)
