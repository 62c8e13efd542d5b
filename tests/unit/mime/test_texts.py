from __future__ import annotations

import pytest

from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.texts import field_texts, folded_texts, message_texts, single_spaced
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


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        (b"subject", b" =?utf-8?q?a=C3=A4?=\r\n =?utf-8?q?b?= c\r\n\t d\r", ["aäb c d"]),
        (b"from", b'"A \\"B\\" C" <d@e>', [r'"A \"B\" C" <d@e>', '"A "B" C" <d@e>']),
        (b"subject", b"a*=utf-8''%C3%A4", ["a*=utf-8''%C3%A4"]),
        (
            b"content-disposition",
            b"attachment; filename*=utf-8'de'%C3%A4.txt; size=7",
            ["attachment; filename*=utf-8'de'%C3%A4.txt; size=7", "ä.txt"],
        ),
        (
            b"content-type",
            b"text/plain; name*0*=iso-8859-1''%E4; name*1=.txt; x*0=a; x*1=bc",
            ["text/plain; name*0*=iso-8859-1''%E4; name*1=.txt; x*0=a; x*1=bc", "ä.txt", "abc"],
        ),
        (b"content-type", b"*; a*=b", ["*; a*=b"]),
    ],
)
def test_texts_of_a_field(name: bytes, value: bytes, found: list[str]) -> None:
    assert list(field_texts(name, value)) == found


def test_headers_have_their_parameters_too() -> None:
    message = (
        b"Subject: a\r\n\tb\r\nContent-Type: application/pdf; name=x.pdf\r\n"
        b"Content-Disposition: attachment;\r\n filename*=utf-8''%C3%A4.pdf\r\n\r\nPDF\r\n"
    )
    first, name = texts(message, header=True)
    assert first.startswith("Subject: a b\r\nContent-Type")
    assert name == "ä.pdf"


def test_white_space_is_single_spaces() -> None:
    assert single_spaced("a\t b" + " " * 1000 + "c\t") == "a b c "


def test_folded_texts_are_all_or_none() -> None:
    octets = b"Subject: A\r\n\r\nBODY\r\n"
    message, root = MemoryMessage(octets), unpack_parts(pack_parts(parse_message(octets)))
    whole = "subject: a\nbody\r\n\n"
    assert folded_texts(message, root, len(whole)) == whole
    assert folded_texts(message, root, 10) is None
