from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.model.utf7 import decode_utf7, encode_utf7

NAMES = [
    ("INBOX", b"INBOX"),
    ("Entwürfe", b"Entw&APw-rfe"),
    ("A & B", b"A &- B"),
    ("&&", b"&-&-"),
    ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ("☺!", b"&Jjo-!"),
    ("🎉", b"&2DzfiQ-"),
    ("a\r\nb", b"a&AA0ACg-b"),
    ("\x7f", b"&AH8-"),
    ("", b""),
]


@pytest.mark.parametrize(("name", "encoded"), NAMES)
def test_names_are_written_as_the_rfc_has_them(name: str, encoded: bytes) -> None:
    assert encode_utf7(name) == encoded
    assert decode_utf7(encoded) == name


@pytest.mark.parametrize(
    "encoded",
    [
        b"&",
        b"a&b",
        b"&AGE-",  # a letter that stands for itself
        b"&Jjo",  # not closed
        b"&Jjo-&U,A-",  # half a pair of octets
        b"&JjoA-",
        b"&Jjp-",  # bits left over
        b"&2Dw-",  # half a surrogate pair
        b"&Jjo-&2Dzf-",
        b"&A-",
        b"&Jj/-",
        b"&AOQ-&AOQ-",  # two runs that are one
        b"\xc3\xa4",
        b"a\n",
        b"\x7f",
    ],
)
def test_other_spellings_are_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError):
        decode_utf7(encoded)


@given(st.text())
def test_any_name_comes_back(name: str) -> None:
    assert decode_utf7(encode_utf7(name)) == name


@given(st.text(alphabet=st.characters(categories=["Cs", "Lu"])))
def test_any_text_is_written_in_printable_ascii(name: str) -> None:
    assert all(0x20 <= octet <= 0x7E for octet in encode_utf7(name))


@given(st.binary(max_size=20))
def test_garbage_is_refused_or_comes_back(octets: bytes) -> None:
    try:
        name = decode_utf7(octets)
    except ValueError:
        return
    assert encode_utf7(name) == octets
