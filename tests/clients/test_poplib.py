"""The standard library's poplib."""

from __future__ import annotations

import poplib
from typing import Any

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, with_crlf
from tests.clients.messages import large, numbered
from tests.clients.target import Target


def delivered(target: Target, *wanted: int) -> None:
    """In this order: the maildrop is opened after each, so that each has its number."""
    for number in wanted:
        deliver(target.maildir, numbered(number))
        dump.maildrop(target)


def whole(answer: tuple[bytes, list[bytes], int]) -> bytes:
    return b"".join(line + b"\r\n" for line in answer[1])


def test_messages_are_retrieved_whole_with_their_dots(target: Target) -> None:
    delivered(target, *range(5))
    session = dump.connect_pop3(target)
    count, octets = session.stat()
    assert count == 5
    assert octets == sum(len(numbered(number)) for number in range(5))
    for number in range(5):
        answer = session.retr(number + 1)
        assert whole(answer) == numbered(number)
    session.quit()


def test_sizes_of_list_are_what_retr_sends(target: Target) -> None:
    delivered(target, *range(5))
    session = dump.connect_pop3(target)
    for line in session.list()[1]:
        number, size = (int(word) for word in line.split())
        assert len(whole(session.retr(number))) == size
        answer: Any = session.list(number)
        assert answer.split()[1:] == [b"%d" % number, b"%d" % size]
    session.quit()


def test_top_gives_the_header_and_some_lines(target: Target) -> None:
    delivered(target, 5)
    head, body = numbered(5).split(b"\r\n\r\n", 1)
    session = dump.connect_pop3(target)
    assert whole(session.top(1, 0)) == head + b"\r\n\r\n"
    assert whole(session.top(1, 2)) == head + b"\r\n\r\n" + b"".join(body.splitlines(True)[:2])
    assert whole(session.top(1, 99_999_999)) == numbered(5)
    session.quit()


def test_deletions_apply_at_quit_only(target: Target) -> None:
    delivered(target, 1, 2, 3)
    session = dump.connect_pop3(target)
    session.dele(1)
    session.dele(2)
    with pytest.raises(poplib.error_proto):
        session.retr(1)
    session.close()  # The connection breaks: no UPDATE state.
    assert len(dump.maildrop(target)) == 3
    session = dump.connect_pop3(target)
    session.dele(1)
    session.dele(2)
    session.rset()
    session.dele(3)
    session.quit()
    assert numbers(target.maildir) == [1, 2]


def test_unique_ids_outlive_deletions_and_sessions(target: Target) -> None:
    delivered(target, 1, 2, 3)
    before = [name for name, _ in dump.maildrop(target)]
    assert len(set(before)) == 3
    session = dump.connect_pop3(target)
    session.dele(1)
    answer: Any = session.uidl(2)
    assert answer.split()[1:] == [b"2", before[1].encode()]
    session.quit()
    delivered(target, 4)
    after = [name for name, _ in dump.maildrop(target)]
    assert after[:2] == before[1:]
    assert after[2] not in before


def test_stls(target: Target) -> None:
    session = poplib.POP3(target.host, target.pop3, timeout=60)
    assert "STLS" in session.capa()
    session.stls(target.tls())
    assert "STLS" not in session.capa()
    session.user(target.user)
    session.pass_(target.password)
    assert session.stat() == (0, 0)
    session.noop()
    session.quit()


def test_wrong_password_is_refused(target: Target) -> None:
    session = poplib.POP3_SSL(target.host, target.pop3s, context=target.tls(), timeout=60)
    session.user(target.user)
    with pytest.raises(poplib.error_proto):
        session.pass_("wrong")
    session.close()


def test_large_message_is_retrieved_whole(target: Target) -> None:
    message = large(1, 5_000_000)
    deliver(target.maildir, message)
    session = dump.connect_pop3(target)
    assert with_crlf(whole(session.retr(1))) == message
    session.quit()
