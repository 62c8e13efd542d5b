"""Plays transcripts against a server, wherever it is."""

from __future__ import annotations

from typing import Protocol

from mailstore.model.flags import SYSTEM_FLAG_BITS
from mailstore.store.ports import MailboxStore, NewMessage, UserStore
from tests.engine import PASSWORD, USER
from tests.transcripts.script import Message, Step, Transcript, Words, packets

FIRST_DATE = 1_767_225_600
"""The internal date of message 0: 1 January 2026. Each UID is an hour later."""


class Client(Protocol):
    """One connection to the server."""

    def send(self, octets: bytes) -> None: ...

    def line(self) -> bytes | None:
        """The next line without CRLF; None when the server has closed the connection.

        Raises NothingCame.
        """

    def timed_out(self) -> None:
        """As much time passes as the server agreed to wait."""

    def rest(self) -> bytes:
        """What came and was not read, as far as that can be known."""


class Server(Protocol):
    def connect(self, channel: str) -> Client: ...

    def shut_down(self) -> None: ...


class NothingCame(Exception):
    """The server is waiting, and a line was expected of it."""


def plain_message(uid: int) -> bytes:
    """What ``mailbox:`` lines put into mailboxes."""
    return (
        b"From: Alice <alice@example.org>\r\n"
        b"To: Bob <bob@example.net>\r\n"
        b"Subject: Message %d\r\n"
        b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
        b"Message-ID: <%d@example.org>\r\n"
        b"\r\n"
        b"This is message %d.\r\n" % (uid, uid, uid)
    )


def prepare(transcript: Transcript, store: UserStore) -> None:
    """Put into the store what the head of the transcript asks for; nothing is recent."""
    for name, (use, messages) in transcript.mailboxes.items():
        if name != "INBOX":
            store.create(name, use)
        _fill(store, name, messages)
    for name, octets in transcript.files:
        _append(store, name, [_new(store, octets, (), 0)])
    for name in transcript.subscribed:
        store.set_subscribed(name, True)
    for info in store.mailboxes():
        if info.selectable:
            mailbox = store.open(info.name)
            mailbox.claim_recent()
            mailbox.close()


def _fill(store: UserStore, name: str, messages: list[Message]) -> None:
    """Messages with these UIDs: those in between are put there, and expunged."""
    if not messages:
        return
    flags = {message.uid: message.flags for message in messages}
    uids = range(1, messages[-1].uid + 1)
    mailbox = _append(
        store, name, [_new(store, plain_message(uid), flags.get(uid, ()), uid) for uid in uids]
    )
    unwanted = [(uid, uid) for uid in uids if uid not in flags]
    if unwanted:
        mailbox.expunge(unwanted, only_deleted=False)


def _new(store: UserStore, octets: bytes, flags: tuple[bytes, ...], uid: int) -> NewMessage:
    spool = store.spool()
    spool.write(octets)
    system = 0
    for flag in flags:
        system |= SYSTEM_FLAG_BITS.get(flag.lower(), 0)
    keywords = tuple(flag for flag in flags if not flag.startswith(b"\\"))
    return NewMessage(spool, system, keywords, FIRST_DATE + 3600 * uid)


def _append(store: UserStore, name: str, messages: list[NewMessage]) -> MailboxStore:
    mailbox = store.open(name)
    mailbox.append(messages)
    return mailbox


def play(transcript: Transcript, server: Server) -> None:
    """Hold the dialogue. Raises AssertionError where it is not as written."""
    clients: dict[str, Client] = {}
    words = Words()
    for step in packets(transcript.steps):
        if step.kind == "shutdown":
            server.shut_down()
            continue
        client = clients.get(step.client)
        if client is None:
            client = clients[step.client] = server.connect(transcript.peer)
            _bring_to_state(client, transcript.state)
        if step.kind == "C":
            client.send(words.fill(step.octets))
        elif step.kind == "timeout":
            client.timed_out()
        else:
            _expect(transcript, step, client, words)
    for label, client in clients.items():
        rest = client.rest()
        assert not rest, f"{transcript.path.name}: {label} got more: {rest!r}"


def _expect(transcript: Transcript, step: Step, client: Client, words: Words) -> None:
    where = f"{transcript.path.name}:{step.line}"
    expected = step.octets.decode()
    try:
        line = client.line()
    except NothingCame:
        raise AssertionError(f"{where}: nothing came, expected\n  {expected}") from None
    if line is None:
        assert expected == "(closed)", f"{where}: closed, expected\n  {expected}"
        return
    got = line.decode("utf-8", "backslashreplace")
    assert words.match(step.octets, line), f"{where}: expected\n  {expected}\ngot\n  {got}"


def _bring_to_state(client: Client, state: str) -> None:
    if state == "connected":
        return
    client.line()
    _ask(client, b'LOGIN %s "%s"' % (USER, PASSWORD))
    if state != "authenticated":
        _ask(client, state.replace("selected", "SELECT", 1).encode())


def _ask(client: Client, command: bytes) -> None:
    client.send(b"prepare " + command + b"\r\n")
    while (line := client.line()) is not None:
        if line.startswith(b"prepare "):
            assert line.startswith(b"prepare OK"), line
            return
