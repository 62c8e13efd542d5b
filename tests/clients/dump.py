"""Everything that a server tells of one user's mail, to compare with what another tells."""

from __future__ import annotations

import hashlib
import imaplib
import poplib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tests.clients.messages import number_of
from tests.clients.target import Target

Folded = tuple[str, ...]

_LOOKS = 20
"""At a mailbox that others change all the while."""

_LIST = re.compile(rb'\(([^)]*)\) (?:"(.)"|NIL) (.+)')
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_INTERNAL_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Message(NamedTuple):
    """``flags`` are sorted, without \\Recent. ``digest`` is of the octets that BODY[] gave."""

    number: int
    flags: Folded
    internal_date: datetime
    size: int
    digest: str


class Mailbox(NamedTuple):
    uid_validity: int
    uid_next: int
    messages: dict[int, Message]

    def uids(self) -> dict[int, int]:
        """UIDs by the numbers of the messages."""
        return {message.number: uid for uid, message in self.messages.items()}

    def flags(self) -> dict[int, Folded]:
        """Flags by the numbers of the messages."""
        return {message.number: message.flags for message in self.messages.values()}


class Dump(NamedTuple):
    """Names have ``/`` between levels and are in modified UTF-7, as they went over the wire."""

    mailboxes: dict[str, Mailbox]
    subscribed: list[str]
    maildrop: list[tuple[str, int]]


def dump(target: Target) -> Dump:
    """All mailboxes, all subscriptions, and UIDL with LIST of the maildrop."""
    with connect(target) as session:
        listed = _listed(session.list()[1])
        mailboxes = {name: _mailbox(session, raw) for name, raw in sorted(listed.items())}
        subscribed = sorted(_listed(session.lsub()[1]))
    return Dump(mailboxes, subscribed, maildrop(target))


def mailbox(target: Target, name: str = "INBOX") -> Mailbox:
    """One mailbox; ``name`` has ``/`` between levels and is in modified UTF-7."""
    with connect(target) as session:
        return _mailbox(session, _listed(session.list()[1])[name])


def maildrop(target: Target) -> list[tuple[str, int]]:
    """The unique-id and the size of each message, in the order of their numbers."""
    session = connect_pop3(target)
    try:
        names = [line.split(b" ")[1].decode() for line in session.uidl()[1]]
        sizes = [int(line.split(b" ")[1]) for line in session.list()[1]]
    finally:
        session.quit()
    assert len(names) == len(sizes)
    return list(zip(names, sizes, strict=True))


def connect(target: Target) -> imaplib.IMAP4_SSL:
    session = imaplib.IMAP4_SSL(target.host, target.imaps, ssl_context=target.tls(), timeout=60)
    session.login(target.user, target.password)
    return session


def connect_pop3(target: Target) -> poplib.POP3_SSL:
    session = poplib.POP3_SSL(target.host, target.pop3s, context=target.tls(), timeout=60)
    session.user(target.user)
    session.pass_(target.password)
    return session


def _listed(lines: Sequence[Any]) -> dict[str, str]:
    """Canonical names to the names to send. What cannot be selected is left out."""
    names: dict[str, str] = {}
    for line in lines:
        if line is None:
            continue
        found = _LIST.fullmatch(line)
        assert found, line
        if b"\\Noselect" in found[1] or b"\\NonExistent" in found[1]:
            continue
        raw = found[3].decode("ascii")
        plain = raw[1:-1].replace('\\"', '"').replace("\\\\", "\\") if raw[0] == '"' else raw
        delimiter = (found[2] or b"/").decode()
        names[plain.replace(delimiter, "/")] = raw if raw[0] == '"' else f'"{raw}"'
    return names


def _mailbox(session: imaplib.IMAP4_SSL, raw: str) -> Mailbox:
    """Looked at again while other clients change it, so that it is of one moment."""
    for _ in range(_LOOKS):
        values = _status(session, raw)
        answer, data = session.select(raw, readonly=True)
        assert answer == "OK", data
        messages = _messages(session) if values["MESSAGES"] else {}
        session.unselect()
        if _status(session, raw) == values:
            break
    assert len(messages) == values["MESSAGES"]
    unseen = sum("\\Seen" not in message.flags for message in messages.values())
    assert unseen == values["UNSEEN"]
    return Mailbox(values["UIDVALIDITY"], values["UIDNEXT"], messages)


def _status(session: imaplib.IMAP4_SSL, raw: str) -> dict[str, int]:
    items = "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)"
    return _status_values(session.status(raw, items)[1][0])


def _status_values(line: bytes) -> dict[str, int]:
    words = line[line.rindex(b"(") + 1 : line.rindex(b")")].decode().split(" ")
    return {name: int(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def _messages(session: imaplib.IMAP4_SSL) -> dict[int, Message]:
    answer, data = session.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
    assert answer == "OK", data
    messages: dict[int, Message] = {}
    for (head, octets), tail in zip(data[::2], data[1::2], strict=True):
        # The items of a FETCH may come in any order.
        items = head + tail
        size = int(_group(_SIZE, items))
        assert size == len(octets), f"RFC822.SIZE {size}, but BODY[] has {len(octets)}"
        flags = tuple(sorted(set(_group(_FLAGS, items).split()) - {"\\Recent"}))
        date = datetime.strptime(_group(_INTERNAL_DATE, items).strip(), "%d-%b-%Y %H:%M:%S %z")
        digest = hashlib.sha256(octets).hexdigest()
        uid = int(_group(_UID, items))
        messages[uid] = Message(number_of(octets), flags, date, size, digest)
    return messages


def _group(pattern: re.Pattern[bytes], items: bytes) -> str:
    found = pattern.search(items)
    assert found, items
    return found[1].decode("ascii")
