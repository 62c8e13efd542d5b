from __future__ import annotations

from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.texts import message_texts
from mailstore.store.memory_mailbox import MemoryMessage


def texts(message: bytes, *, header: bool = False) -> list[str]:
    root = unpack_parts(pack_parts(parse_message(message)))
    return list(message_texts(MemoryMessage(message), root, header=header))


def test_a_plain_body_is_decoded() -> None:
    message = (
        b"Subject: s\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nK=F6ln am Rh=\r\nein\r\n"
    )
    assert texts(message) == ["Köln am Rhein\r\n"]
    header, body = texts(message, header=True)
    assert header.startswith("Subject: s")
    assert body == "Köln am Rhein\r\n"


def test_what_is_no_text_is_known_by_its_header_only() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: image/png; name=cat.png\r\n\r\nPNGDATA\r\n--b--\r\n"
    )
    found = texts(message)
    assert any("cat.png" in text for text in found)
    assert not any("PNGDATA" in text for text in found)


def test_an_embedded_message_is_searched_through() -> None:
    message = (
        b"Content-Type: message/rfc822\r\n\r\n"
        b"Subject: =?utf-8?q?inner_=C3=A4?=\r\n\r\ninner body\r\n"
    )
    assert [text.strip() for text in texts(message)] == ["Subject: inner ä", "inner body"]


def test_a_broken_encoding_is_no_error() -> None:
    message = (
        b"Content-Type: text/plain; charset=nonsense\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!aGVsbG8\r\n"
    )
    assert texts(message) == ["hello"]


def test_of_html_it_is_what_a_reader_sees() -> None:
    message = (
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n<p>Gr=C3=BC=C3=9Fe <b>aus</b>=\r\n K&ouml;ln</p><script>var x;</script>\r\n"
    )
    assert texts(message) == ["Grüße aus Köln"]
