"""Errors become replies by one table."""

from __future__ import annotations

import re

import pytest

from mailstore.imap.dispatch import REFUSALS
from mailstore.imap.responses import Bye, Refused, Unacceptable, encode_bye, encode_reply
from mailstore.model import errors
from mailstore.model.errors import MailError
from mailstore.store.memory import MemoryStore
from tests.engine import EngineServer

_TEXT = re.compile(rb"[ -Z^-~]+")
"""``TEXT-CHAR``, without brackets, which could be taken for a code."""


def kinds() -> list[type[MailError]]:
    return [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, MailError) and each is not MailError
    ]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_store_has_a_reply(kind: type[MailError]) -> None:
    code, text = REFUSALS[kind]
    assert re.fullmatch(rb"[A-Z-]+", code)
    assert _TEXT.fullmatch(text)


def test_a_code_stands_in_brackets_before_the_text() -> None:
    assert encode_reply(b"a", b"NO", b"Full", b"OVERQUOTA") == b"a NO [OVERQUOTA] Full\r\n"
    assert encode_reply(b"a", b"OK", b"Done") == b"a OK Done\r\n"
    assert encode_bye(Bye(b"Gone")) == b"* BYE Gone\r\n"


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (errors.InvalidMailboxName("too long"), b"a NO [CANNOT] too long"),
        (errors.InvalidMailboxName(""), b"a NO [CANNOT] This cannot be the name of a mailbox"),
        (errors.LimitReached("500 keywords"), b"a NO [LIMIT] 500 keywords"),
        (errors.MailboxGone("gone"), b"a NO [NONEXISTENT] The mailbox is gone"),
        (errors.MailError("odd"), b"a NO [CANNOT] This cannot be done"),
        (errors.InvalidMailboxName("a\r\n* BYE \x80\u1234"), b"a NO [CANNOT] a??* BYE ??"),
        (errors.TooLarge(10), b"a NO [TOOBIG] The message is too large"),
        (Refused(b"Not now", b"INUSE"), b"a NO [INUSE] Not now"),
        (Unacceptable(b"Not so"), b"a BAD Not so"),
        (ValueError("secret"), b"a NO [SERVERBUG] Internal error, logged as incident"),
    ],
)
def test_errors_of_handlers_become_replies(
    error: Exception, reply: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    client = EngineServer(store).connect().log_in()

    def failing() -> None:
        raise error

    monkeypatch.setattr(store, "mailboxes", failing)
    assert client.ask(b'a LIST "" *') == [reply]


def test_a_target_that_does_not_exist_may_be_created() -> None:
    client = EngineServer(MemoryStore()).connect().log_in()
    assert client.ask(b"a APPEND Missing {1}") == [b"a NO [TRYCREATE] There is no such mailbox"]
    assert client.ask(b"a SELECT Missing") == [b"a NO [NONEXISTENT] There is no such mailbox"]


def test_a_refusal_is_no_bad_command() -> None:
    client = EngineServer(MemoryStore()).connect().log_in()
    for _ in range(30):
        client.ask(b"a SELECT Missing")
    assert not client.peer.closed
