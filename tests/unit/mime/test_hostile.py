"""Input made to take long. What is quadratic here runs into the test's time limit."""

import pytest

from mailstore.mime.content import describe
from mailstore.mime.date import parse_date
from mailstore.mime.parse import parse_message
from mailstore.mime.transfer import decode_transfer
from mailstore.mime.words import decode_words

N = 300_000
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"


def nested_boundaries() -> bytes:
    """Ninety-nine open boundaries of different lengths."""
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=%bb\r\n\r\n--%bb\r\n" % (b"a" * n, b"a" * n)
        for n in range(99)
    )


MESSAGES = {
    "delimiters": MIXED + b"\r\n" + b"--b\r\n\r\n" * 100_000,
    "headers cut by delimiters": MIXED + b"\r\n" + b"--b\r\nX: y\r\n" * 100_000,
    "deep multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(20_000)
    ),
    "deep messages": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "nearly delimiters": nested_boundaries() + (b"--" + b"a" * 98 + b"\r\n") * 10_000,
    "short nearly delimiters": nested_boundaries() + b"--\r\n" * N,
    "dashes": b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n" % (b"-" * 60) + b"-" * N * 5,
    "long boundary": b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n' % (b"b" * 100_000)
    + (b"--" + b"b" * 99_999 + b"\r\n") * 50,
    "line feeds": b"\n" * N,
    "header of line feeds": b"A: 1\n " * N,
    "header without colon": b"a" * N * 5,
    "header of spaces": b" " * N * 5 + b":",
    "folds": b"Subject: a" + b"\r\n " * N + b"\r\n\r\n",
    "spaces in a subject": b"Subject: " + b" " * N * 5 + b"x\r\n\r\n",
    "many fields": b"From: a@b\r\n" * 50_000 + b"\r\n",
    "parameters": MIXED[:-2] + b";a=b" * N + b"\r\n\r\n",
    "continuations": MIXED[:-2] + b"".join(b";a*%d=b" % n for n in range(50_000)) + b"\r\n\r\n",
    "semicolons": MIXED[:-2] + b";a" * N + b"\r\n\r\n",
    "parameters of quotes": MIXED[:-2] + b';a="' * N + b"\r\n\r\n",
    "comments in a type": b"Content-Type: " + b"(" * N + b"\r\n\r\n",
    "languages": b"Content-Language: " + b"a," * N + b"\r\n\r\n",
}  # fmt: skip
WORDS = rb"( () ) (( ()( (\ %b < > <@ <a, @ , ; : . [ [a a. a@ a@b, (c)a@b, a: a:;" % b'" "\\" "", '
ADDRESSES = [*WORDS.split(), b"a ", b"\x00,", b"\xff", b'"a\r\n ']


@pytest.mark.parametrize("name", MESSAGES)
def test_structure(name: str) -> None:
    message = MESSAGES[name]
    content = describe(message)
    assert parse_message(message).body_end == len(message)
    assert_output_is_bounded(content.body_structure, message)


@pytest.mark.parametrize("piece", ADDRESSES)
def test_address_lists(piece: bytes) -> None:
    message = b"From: " + piece * (1_000_000 // len(piece)) + b"\r\n\r\n"
    assert_output_is_bounded(describe(message).envelope, message)


def test_address_lists_of_many_embedded_messages() -> None:
    one = b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: " + b"a " * 10_000 + b"\r\n\r\n"
    message = MIXED + b"\r\n" + one * 200
    assert_output_is_bounded(describe(message).body_structure, message)


def assert_output_is_bounded(output: bytes, message: bytes) -> None:
    """Each of 10,000 parts may cost its frame, and each address goes out three times."""
    assert len(output) <= 6 * len(message) + 200 * 10_000


@pytest.mark.parametrize(
    "piece", [b"=?", b"=?a?q?", b"=?a?q?x?=", b"=?utf-8?b?4pi?= ", b" ", b"\r\n "]
)
def test_encoded_words(piece: bytes) -> None:
    assert len(decode_words(piece * N)) <= len(piece) * N


@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable", b"x-uuencode"])
@pytest.mark.parametrize(
    "piece", [b"=", b"A=", b" ", b"= ", b" \t", b"\n", b"begin 644 \n", b"M", b"AAAA\r\n"]
)
def test_transfer_encodings(encoding: bytes, piece: bytes) -> None:
    decoded = decode_transfer(piece * N, encoding)
    assert decoded is not None
    assert len(decoded) <= len(piece) * N


@pytest.mark.parametrize("piece", [b"(", b" ", b"1", b"1 Jan ", b"()", b"Mon, "])
def test_dates(piece: bytes) -> None:
    assert parse_date(piece * N) is None
