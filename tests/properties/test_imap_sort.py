"""SORT by stored keys is SORT by reading the messages, on both stores and on a fresh index."""

from __future__ import annotations

import email.policy
import email.utils
import tempfile
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.store.memory import MemoryStore
from mailstore.store.opening import INDEX_NAME, open_user
from mailstore.store.ports import NewMessage, UserStore
from tests.engine import EngineServer
from tests.properties.test_base_subject import by_steps

WORDS = ("", "Re: x", "x", "[l] X (fwd)", "Émile", "emile", "E\u0301mile", "a_b", "aab", "Zoë", "z")
NAMES = ("", "Ann", "ann", "Änne", "Bob B.", "_")
MAILBOXES = ("ann", "Ann", "bob", "b_b", "bab")

PEOPLE = st.tuples(st.sampled_from(NAMES), st.sampled_from(MAILBOXES))


class Mail(NamedTuple):
    octets: bytes
    internal_date: int


def address(name: str, mailbox: str) -> str:
    return email.utils.formataddr((name, f"{mailbox}@x.example"), "utf-8")


@st.composite
def mails(draw: st.DrawFn) -> Mail:
    """A message with some fields; what is alike is frequent."""
    lines = []
    if draw(st.booleans()):
        moment = datetime.fromtimestamp(draw(st.integers(0, 3)) * 3600, UTC)
        lines.append(f"Date: {email.utils.format_datetime(moment)}")
    for field in ("From", "To", "Cc"):
        if draw(st.booleans()):
            pairs = draw(st.lists(PEOPLE, min_size=1, max_size=2))
            lines.append(f"{field}: " + ", ".join(address(*pair) for pair in pairs))
    if draw(st.booleans()):
        lines.append(f"Subject: {draw(st.sampled_from(WORDS))}")
    text = "\r\n".join([*lines, "", "x" * draw(st.integers(0, 2)), ""])
    return Mail(text.encode(), draw(st.integers(0, 3)) * 3600)


def folded(text: str) -> bytes:
    titles = "".join(c.title() if len(c.title()) == 1 else c for c in text)
    return unicodedata.normalize("NFKD", titles).encode()


def read(mail: Mail) -> EmailMessage:
    return BytesParser(policy=email.policy.SMTPUTF8).parsebytes(mail.octets)


def first(mail: Mail, field: str) -> Any:
    value = read(mail)[field]
    return value.addresses[0] if value is not None and value.addresses else None


def mailbox(field: str) -> Callable[[Mail], Any]:
    def key(mail: Mail) -> bytes:
        found = first(mail, field)
        return folded(found.username) if found else b""

    return key


def display(field: str) -> Callable[[Mail], Any]:
    def key(mail: Mail) -> bytes:
        found = first(mail, field)
        return folded(found.display_name or found.addr_spec) if found else b""

    return key


def sent(mail: Mail) -> Any:
    value = read(mail)["Date"]
    return value.datetime.timestamp() if value is not None else mail.internal_date


KEYS: dict[bytes, Callable[[Mail], Any]] = {
    b"ARRIVAL": lambda mail: mail.internal_date,
    b"CC": mailbox("Cc"),
    b"DATE": sent,
    b"DISPLAYFROM": display("From"),
    b"DISPLAYTO": display("To"),
    b"FROM": mailbox("From"),
    b"SIZE": lambda mail: len(mail.octets),
    b"SUBJECT": lambda mail: folded(by_steps(str(read(mail)["Subject"] or ""))),
    b"TO": mailbox("To"),
}

criteria = st.lists(st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()), min_size=1, max_size=3)


def expected(messages: list[Mail], wanted: list[tuple[bytes, bool]]) -> list[int]:
    numbers = list(range(1, len(messages) + 1))
    for name, descending in reversed(wanted):
        key = KEYS[name]
        numbers.sort(key=lambda n: key(messages[n - 1]), reverse=descending)
    return numbers


def fill(store: UserStore, messages: list[Mail]) -> UserStore:
    new = []
    for octets, date in messages:
        spool = store.spool()
        spool.write(octets)
        new.append(NewMessage(spool, internal_date=date))
    store.open("INBOX").append(new)
    return store


def sorted_by(store: UserStore, wanted: list[tuple[bytes, bool]]) -> list[int]:
    words = b" ".join(b"REVERSE " * descending + name for name, descending in wanted)
    client = EngineServer(store).connect().log_in().select()
    line = client.ask(b"a UID SORT (%b) UTF-8 ALL" % words)[0]
    return [int(word) for word in line.split()[2:]]


@settings(max_examples=200, deadline=None)
@given(st.lists(mails(), max_size=8), criteria)
def test_by_stored_keys_as_by_reading(
    messages: list[Mail], wanted: list[tuple[bytes, bool]]
) -> None:
    assert sorted_by(fill(MemoryStore(), messages), wanted) == expected(messages, wanted)


@settings(max_examples=15, deadline=None)
@given(st.lists(mails(), min_size=2, max_size=8), st.lists(criteria, min_size=3, max_size=3))
def test_a_fresh_index_has_the_same_keys(
    messages: list[Mail], several: list[list[tuple[bytes, bool]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "Maildir")
        store = fill(open_user(root), messages)
        for wanted in several:
            assert sorted_by(store, wanted) == expected(messages, wanted)
        store.close()
        (root / INDEX_NAME).unlink()
        store = open_user(root)
        for wanted in several:
            assert sorted_by(store, wanted) == expected(messages, wanted)
        store.close()
