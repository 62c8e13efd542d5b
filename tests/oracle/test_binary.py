"""Dovecot 2.3 is asked for the content of every part without its encoding (RFC 3516)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from mailstore.imap.fetch.binary import BinarySection
from mailstore.imap.responses import Refused
from mailstore.mime.parse import parse_message
from mailstore.mime.part import Part
from mailstore.mime.section import find_part
from mailstore.store.memory_mailbox import MemoryMessage
from tests.dovecot import dovecot_binary
from tests.oracle.client import Client
from tests.oracle.compare import sections_of
from tests.oracle.messages import all_messages, with_crlf
from tests.oracle.server import serve

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

BREAKS: Final = frozenset({"cpython/msg_39.txt"})
"""Dovecot closes the connection when it is asked for parts of these."""

OTHER_PARTS: Final = frozenset(
    {
        "cpython/msg_25.txt",
        "cpython/msg_33.txt",
        "cpython/msg_41.txt",
        "message-global",
        "multipart-boundary-empty",
        "multipart-boundary-missing",
        "multipart-boundary-missing-params",
    }
)
"""These have other parts in Dovecot, see ``docs/mime-differences.md``."""

OTHER_ENCODING: Final = frozenset({"type-field-encoding-semicolon", "type-field-encoding-twice"})
"""Content-Transfer-Encoding is no single token, or there are two; the first one counts here."""


def leaves(root: Part) -> Iterator[tuple[int, ...]]:
    for numbers in sorted({section.numbers for section in sections_of(root) if section.numbers}):
        part = find_part(root, numbers)
        if part is not None and not part.children:
            yield numbers


def ours(message: bytes, root: Part, numbers: tuple[int, ...]) -> bytes | None:
    """The content; None if the encoding is not known."""
    item = BinarySection(b"", numbers)
    try:
        item.check(root)
    except Refused:
        return None
    octets = item.open(MemoryMessage(message), root)
    assert octets is not None
    return b"".join(octets.pieces)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serve(all_messages()) as connection:
        yield connection


def test_parts_are_decoded_as_dovecot_decodes_them(client: Client) -> None:
    """But for those that it refuses, because they are not encoded as they should be."""
    different: set[str] = set()
    same = 0
    for number, (name, octets) in enumerate(all_messages().items(), 1):
        if name in BREAKS:
            continue
        message = with_crlf(octets)
        root = parse_message(message)
        for numbers in leaves(root):
            item = b"[%b]" % b".".join(b"%d" % each for each in numbers)
            found = client.fetch(number, b"BINARY.PEEK" + item)
            theirs = None if found is None else found.get(b"BINARY" + item)
            if theirs == ours(message, root, numbers):
                same += 1
            elif theirs is not None:
                different.add(name)
    assert different == OTHER_PARTS | OTHER_ENCODING
    assert same > 1000
