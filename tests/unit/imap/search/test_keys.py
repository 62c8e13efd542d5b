from __future__ import annotations

import pytest

from mailstore.model.flags import DRAFT, FLAGGED, SEEN
from mailstore.store.memory import MemoryStore
from tests.engine import EngineClient
from tests.unit.imap.mail import client_of, put

NOON = 1_767_268_800
"""1 January 2026, 12:00 UTC."""


@pytest.fixture
def client() -> EngineClient:
    store = MemoryStore()
    put(
        store,
        [b"Date: Thu, 1 Jan 2026 23:30:00 -0500\r\nFrom: Ann <ann@example.org>\r\n\r\nx"],
        flags=SEEN,
        keywords=(b"$Label1", b"Work"),
        internal_date=NOON,
    )
    put(
        store,
        [b"Date: Fri, 2 Jan 2026 00:30:00 +0100\r\nCc: bob@example.net\r\n\r\n" + b"y" * 50],
        flags=FLAGGED | DRAFT,
        keywords=(b"Workshop",),
        internal_date=NOON + 12 * 3600 - 1,
    )
    put(store, [b"Date: nonsense\r\nSubject: =?x?b?broken\r\n\r\n"], internal_date=NOON + 12 * 3600)
    return client_of([], store=store)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (b"ON 1-Jan-2026", b"1 2"),
        (b"SINCE 2-Jan-2026", b"3"),
        (b"BEFORE 2-Jan-2026", b"1 2"),
        (b"BEFORE 1-Jan-2026", b""),
        (b"SENTON 1-Jan-2026", b"1"),
        (b"SENTON 2-Jan-2026", b"2"),
        (b"SENTBEFORE 2-Jan-2026", b"1"),
        (b"SENTSINCE 1-Jan-1970", b"1 2"),
        (b"NOT SENTSINCE 1-Jan-1970", b"3"),
        (b"BEFORE 1-Jan-9999 SINCE 1-Jan-0001", b"1 2 3"),
        (b"KEYWORD WORK", b"1"),
        (b"KEYWORD $label1", b"1"),
        (b"UNKEYWORD work", b"2 3"),
        (b"FLAGGED DRAFT", b"2"),
        (b"UNFLAGGED UNDRAFT UNANSWERED UNDELETED", b"1 3"),
        (b"ANSWERED", b""),
        (b"LARGER 60", b"1 2"),
        (b"SMALLER 60", b"3"),
        (b"SMALLER 0", b""),
        (b"FROM ANN@", b"1"),
        (b'FROM "Ann <"', b"1"),
        (b"CC net", b"2"),
        (b"BCC x", b""),
        (b"TO x", b""),
        (b'SUBJECT "=?x?b?broken"', b"3"),
        (b'SUBJECT ""', b"3"),
        (b'HEADER date ""', b"1 2 3"),
        (b"HEADER cc bob", b"2"),
        (b'TEXT ""', b"1 2 3"),
        (b"OLDER 1", b"1 2 3"),
        (b"NOT YOUNGER 1", b"1 2 3"),
        (b"RECENT", b""),
        (b"OLD", b"1 2 3"),
        (b"NEW", b""),
    ],
)
def test_key(client: EngineClient, keys: bytes, found: bytes) -> None:
    assert client.ask(b"a SEARCH " + keys) == [
        b"* SEARCH " + found if found else b"* SEARCH",
        b"a OK SEARCH completed",
    ]


def test_raw_octets_without_a_charset_are_read_as_utf8_or_latin() -> None:
    client = client_of(["Subject: Grüße\r\n\r\n".encode()])
    assert client.ask(b"a SEARCH SUBJECT {7+}", "Grüße".encode())[0] == b"* SEARCH 1"
    assert client.ask(b"b SEARCH SUBJECT {5+}", "Grüße".encode("latin-1"))[0] == b"* SEARCH 1"
    assert client.ask(b'c SEARCH SUBJECT "gr' + "ü".encode() + b'"')[0] == b"* SEARCH 1"
