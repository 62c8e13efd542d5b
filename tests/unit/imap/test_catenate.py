from __future__ import annotations

import pytest

from mailstore.imap.extensions.catenate import MOST_PARTS
from mailstore.model.errors import MessageGone, OverQuota
from mailstore.model.limits import ImapLimits
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMessage, MemorySpool
from tests.unit.imap.mail import client_of

LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * 100_000


def test_a_large_message_is_copied_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([LARGE])
    asked: list[int] = []
    read = MemoryMessage.read

    def counted(self: MemoryMessage, start: int, end: int) -> bytes:
        asked.append(end - start)
        return read(self, start, end)

    monkeypatch.setattr(MemoryMessage, "read", counted)
    client.ask(b'a APPEND INBOX CATENATE (URL "/INBOX/;UID=1" URL "/INBOX/;UID=1/;PARTIAL=9")')
    assert max(asked) <= 128 * 1024
    client.ask(b"b NOOP")
    assert client.ask(b"c FETCH 2 BODY.PEEK[]")[1:] != []
    assert client.ask(b"d FETCH 2 RFC822.SIZE")[0] == (
        b"* 2 FETCH (RFC822.SIZE %d)" % (2 * len(LARGE) - 9)
    )


def test_what_cannot_be_kept_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore(quota=len(LARGE) + 10)
    client = client_of([LARGE], store=store)
    answer = client.ask(b'a APPEND INBOX CATENATE (URL "/INBOX/;UID=1")')
    assert answer == [b"a NO [OVERQUOTA] There is no room left"]

    def write(self: MemorySpool, octets: bytes) -> None:
        raise OverQuota("the disk is full")

    monkeypatch.setattr(MemorySpool, "write", write)
    answer = client.ask(b'b APPEND INBOX CATENATE (URL "/INBOX/;UID=1" TEXT {5}')
    assert answer == [b"b NO [OVERQUOTA] There is no room left"]
    assert client.ask(b"c STATUS INBOX (MESSAGES)")[0] == b"* STATUS INBOX (MESSAGES 1)"


def test_a_message_that_goes_while_it_is_copied_is_a_bad_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of([LARGE])

    def read(self: MemoryMessage, start: int, end: int) -> bytes:
        raise MessageGone(1)

    monkeypatch.setattr(MemoryMessage, "read", read)
    answer = client.ask(b'a APPEND INBOX CATENATE (URL "/INBOX/;UID=1")')
    assert answer == [b'a NO [BADURL "/INBOX/;UID=1"] This URL leads to nothing']


def test_a_url_is_of_the_user_who_is_signed_in() -> None:
    client = client_of([LARGE])
    answers = client.ask(
        b'a APPEND INBOX CATENATE (URL "imap://alice@host/INBOX/;UID=1")',
        b'b APPEND INBOX CATENATE (URL "imap://Alice@host/INBOX/;UID=1")',
    )
    assert answers[-2].startswith(b"a OK")
    assert answers[-1].startswith(b"b NO [BADURL ")


def test_there_are_not_too_many_parts() -> None:
    client = client_of([LARGE], ImapLimits(line=200_000))
    urls = [b'URL "/INBOX/;UID=1/;PARTIAL=0.1"'] * (MOST_PARTS + 1)
    [answer] = client.ask(b"a APPEND INBOX CATENATE (%b)" % b" ".join(urls))
    assert answer.startswith(b"a BAD too many parts")
    [answer] = client.ask(b"b APPEND INBOX CATENATE (%b)" % b" ".join(urls[1:]))[-1:]
    assert answer.endswith(b"APPEND completed")


def test_a_url_that_could_forge_a_reply_is_not_told() -> None:
    client = client_of([LARGE])
    url = b"/x] OK\r\nb OK ["
    answer = client.ask(b"a APPEND INBOX CATENATE (URL {%d+}" % len(url), url + b")")
    assert answer == [b'a NO [BADURL ""] This URL leads to nothing']
