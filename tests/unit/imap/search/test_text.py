from __future__ import annotations

import pytest

from mailstore.imap.search import text as search_text
from mailstore.imap.search.text import contains_text, field_test, fold, message_texts, read_header
from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.store.memory_mailbox import MemoryMessage


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Hello", "HELLO"),
        ("Grüße", "GRÜSSE"),
        ("Grüße", "gru\u0308sse"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ﬁne", "FINE"),
        ("ＡＢＣ", "abc"),
        ("İstanbul", "i\u0307stanbul"),
    ],
)
def test_what_differs_in_case_or_form_only_is_the_same(left: str, right: str) -> None:
    assert fold(left) == fold(right)


def test_other_letters_stay_others() -> None:
    assert fold("ü") != fold("u")
    assert fold("ø") != fold("o")


def test_a_long_text_is_folded_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_text, "_WINDOW", 10)
    text = "x" * 7 + "NEEDLE" + "y" * 50 + "ßß"
    assert contains_text(text, "needle")
    assert contains_text(text, fold("ysss"))
    assert contains_text(text, fold("ssss"))
    assert not contains_text(text, "needles")
    assert not contains_text(text, "z")


HEADER = (
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n from\r\n\tHome\r\n"
    b"X-Empty:\r\nsubject : second\r\nX-Folded: a\r\n Subject: not a field\r\nBare words\r\n\r\n"
)


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        (b"Subject", "grüße from", True),
        (b"SUBJECT", "second", True),
        (b"subject", "not a field", False),
        (b"x-folded", "not a field", True),
        (b"X-Empty", "", True),
        (b"X-Missing", "", False),
        (b"Subj", "", False),
        (b"X.Empty", "", False),
        (b"", "", False),
        (b"Bare words", "", False),
    ],
)
def test_fields_are_decoded_and_unfolded(name: bytes, wanted: str, found: bool) -> None:
    assert field_test(name, wanted)(HEADER) is found


@pytest.mark.parametrize(
    ("message", "header"),
    [
        (b"a: b\r\n\r\nbody\r\n\r\n", b"a: b\r\n\r\n"),
        (b"\r\nbody", b"\r\n"),
        (b"a: b", b"a: b"),
        (b"", b""),
        (b"a: b\n\nbody", b"a: b\n\n"),
    ],
)
def test_a_header_ends_with_its_empty_line(message: bytes, header: bytes) -> None:
    assert read_header(MemoryMessage(message)) == header


def test_a_header_may_end_between_two_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    message = b"a: b\r\nc: d\r\n\r\nbody"
    for piece in range(1, len(message)):
        monkeypatch.setattr(search_text, "_HEADER_PIECE", piece)
        assert read_header(MemoryMessage(message)) == message[:14]


def test_a_header_without_end_is_read_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_text, "LONGEST_HEADER", 1000)
    monkeypatch.setattr(search_text, "_HEADER_PIECE", 300)
    assert len(read_header(MemoryMessage(b"x" * 5000))) <= 1300


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
