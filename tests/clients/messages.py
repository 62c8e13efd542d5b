"""Messages to put through the clients. Each carries a number that finds it again."""

from __future__ import annotations

import re
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ATTACHMENT = bytes(range(256)) * 200
"""51,200 octets in which every value occurs; 68 kB in base64."""

ATTACHMENT_NAME = "\u00e9t\u00e9.bin"

_NUMBER = re.compile(rb"^X-Number: (\d+)\r?$", re.MULTILINE)


def number_of(message: bytes) -> int:
    """The number that :func:`numbered` wrote. Raises ValueError."""
    found = _NUMBER.search(message)
    if found is None:
        raise ValueError(f"no X-Number in {message[:200]!r}")
    return int(found[1])


def numbered(number: int, *, subject: str | None = None, body: bytes | None = None) -> bytes:
    """A message with CRLF line ends. Bodies of all kinds take turns unless one is given.

    ``body`` begins with its MIME fields.
    """
    head = (
        f"From: Sender {number % 7} <sender{number % 7}@example.org>\r\n"
        "To: Reader <reader@example.org>\r\n"
        f"Subject: {subject or f'Message {number}'}\r\n"
        f"Date: {_date(number)}\r\n"
        f"Message-ID: <number-{number}@example.org>\r\n"
        f"X-Number: {number}\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    return head + (_BODIES[number % len(_BODIES)](number) if body is None else body)


def with_attachment(number: int, *, subject: str = "An attachment") -> bytes:
    """multipart/mixed: a text, and ``ATTACHMENT`` named ``ATTACHMENT_NAME``."""
    return numbered(number, subject=subject, body=attached(number))


def large(number: int, octets: int) -> bytes:
    """Plain text of about ``octets``, no two lines alike."""
    lines = (
        b"Line %08d of a long message, which no cache holds by chance.\r\n" % i
        for i in range(octets // 65)
    )
    return numbered(number, body=b"Content-Type: text/plain\r\n\r\n" + b"".join(lines))


def _date(number: int) -> str:
    return format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number))


def plain(number: int) -> bytes:
    return (
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        b"Body of message %d.\r\n.\r\n..two dots\r\nFrom the start of a line\r\n\r\nEnd.\r\n"
    ) % number


def eight_bit(number: int) -> bytes:
    text = f"Gr\u00fc\u00dfe Nr. {number}: \u4f60\u597d, \u00e7a va?\r\n".encode()
    return (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text
    )


def attached(number: int) -> bytes:
    encoded = encodebytes(ATTACHMENT).replace(b"\n", b"\r\n")
    return (
        b'Content-Type: multipart/mixed; boundary="edge"\r\n\r\n'
        b"--edge\r\nContent-Type: text/plain\r\n\r\nSee the attachment of %d.\r\n"
        b"--edge\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''%%C3%%A9t%%C3%%A9.bin\r\n\r\n"
        b"%s--edge--\r\n"
    ) % (number, encoded)


def alternative(number: int) -> bytes:
    return (
        b'Content-Type: multipart/alternative; boundary="either"\r\n\r\n'
        b"--either\r\nContent-Type: text/plain\r\n\r\nPlain %d\r\n"
        b"--either\r\nContent-Type: text/html\r\n\r\n<p>Rich %d</p>\r\n--either--\r\n"
    ) % (number, number)


def empty(_number: int) -> bytes:
    return b"Content-Type: text/plain\r\n\r\n"


_BODIES = (plain, eight_bit, attached, alternative, empty)
