"""THREAD is what a plain reading of RFC 5256 gives, and loses and repeats no message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.imap.thread.algorithm import ThreadAlgorithm
from mailstore.imap.thread.encode import encode_threads
from mailstore.imap.thread.ordered_subject import ORDERED_SUBJECT
from mailstore.imap.thread.references import REFERENCES, REFS
from tests.unit.imap.thread.test_threads import Mail, columns_of

NAMES = "abcdefgh"

mails = st.builds(
    Mail,
    name=st.sampled_from(("", *NAMES)),
    refers=st.lists(st.sampled_from(NAMES), max_size=4).map(" ".join),
    subject=st.sampled_from(("", "one", "two", "three")),
    reply=st.booleans(),
    sent=st.none() | st.integers(0, 5),
)
mailboxes = st.lists(mails, max_size=9)


@dataclass(eq=False)
class Message:
    """One of the RFC's messages; a dummy has no number."""

    number: int = 0
    mail: Mail = field(default_factory=Mail)
    parent: Message | None = None
    children: list[Message] = field(default_factory=list)

    @property
    def is_dummy(self) -> bool:
        return not self.number

    def date(self) -> tuple[int, int]:
        if self.is_dummy:
            return self.children[0].date()
        sent = self.mail.sent
        return self.number - 1 if sent is None else sent, self.number

    def first(self) -> Message:
        return self.children[0] if self.is_dummy else self

    def is_above(self, other: Message | None) -> bool:
        while other is not None and other is not self:
            other = other.parent
        return other is self

    def adopt(self, child: Message) -> None:
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)


def linked(mailbox: list[Mail]) -> list[Message]:
    """Step 1; all messages, dummies too."""
    named: dict[str, Message] = {}
    messages = []
    for number, mail in enumerate(mailbox, 1):
        messages.append(Message(number, mail))
        if mail.name:
            named.setdefault(mail.name, messages[-1])
    everybody = list(messages)
    for message in messages:
        last = None
        for name in message.mail.refers.split():
            if name not in named:
                named[name] = Message()
                everybody.append(named[name])
            each = named[name]
            if last is not None and each.parent is None and not each.is_above(last):
                last.adopt(each)
            last = each
        if message.parent is not None:
            message.parent.children.remove(message)
            message.parent = None
        if last is not None and not message.is_above(last):
            last.adopt(message)
    return everybody


def pruned(message: Message, *, at_root: bool) -> list[Message]:
    """Step 3: what stands in the place of a message."""
    message.children = [each for child in message.children for each in pruned(child, at_root=False)]
    if not message.is_dummy or (at_root and len(message.children) > 1):
        return [message]
    return message.children


def in_order(messages: list[Message]) -> list[Message]:
    for message in messages:
        message.children = in_order(message.children)
    return sorted(messages, key=Message.date)


def gathered(roots: list[Message]) -> list[Message]:
    """Step 5, on roots that are in order."""
    table: dict[str, Message] = {}
    for root in roots:
        subject = root.first().mail.subject
        held = table.get(subject)
        if subject and (
            held is None
            or (not held.is_dummy and (root.is_dummy or (held.mail.reply and not root.mail.reply)))
        ):
            table[subject] = root
    left = list(roots)
    for root in roots:
        subject = root.first().mail.subject
        if not subject or root not in left or table[subject] is root:
            continue
        held = table[subject]
        left.remove(root)
        if root.is_dummy:
            held.children += root.children
        elif held.is_dummy or (root.mail.reply and not held.mail.reply):
            held.children.append(root)
        else:
            left[left.index(held)] = table[subject] = Message(children=[held, root])
    return left


def told(messages: list[Message]) -> str:
    return "".join(f"({told_one(message)})" for message in messages)


def told_one(message: Message) -> str:
    if message.is_dummy:
        return told(message.children)
    if len(message.children) == 1:
        return f"{message.number} {told_one(message.children[0])}"
    return f"{message.number} {told(message.children)}".rstrip()


def by_references(mailbox: list[Mail], *, subjects: bool) -> list[Message]:
    heads = [message for message in linked(mailbox) if message.parent is None]
    roots = in_order([each for head in heads for each in pruned(head, at_root=True)])
    return in_order(gathered(roots)) if subjects else roots


def everybody(message: Message) -> Iterator[Message]:
    yield from () if message.is_dummy else (message,)
    for child in message.children:
        yield from everybody(child)


def line(mailbox: list[Mail], algorithm: ThreadAlgorithm) -> str:
    made = algorithm.make(columns_of(mailbox))
    return encode_threads(made, range(1, len(mailbox) + 1)).decode()[8:].strip()


@settings(max_examples=500)
@given(mailboxes)
def test_references(mailbox: list[Mail]) -> None:
    assert line(mailbox, REFERENCES) == told(by_references(mailbox, subjects=True))


@given(mailboxes)
def test_refs(mailbox: list[Mail]) -> None:
    roots = by_references(mailbox, subjects=False)
    roots.sort(
        key=lambda root: (
            max(each.date()[0] for each in everybody(root)),
            next(everybody(root)).number,
        )
    )
    assert line(mailbox, REFS) == told(roots)


@given(mailboxes)
def test_ordered_subject(mailbox: list[Mail]) -> None:
    messages = sorted((Message(*each) for each in enumerate(mailbox, 1)), key=Message.date)
    threads: dict[str, Message] = {}
    for message in messages:
        head = threads.setdefault(message.mail.subject, message)
        if head is not message:
            head.adopt(message)
    assert line(mailbox, ORDERED_SUBJECT) == told(list(threads.values()))


@given(mailboxes)
def test_every_message_is_in_one_thread(mailbox: list[Mail]) -> None:
    for algorithm in (ORDERED_SUBJECT, REFERENCES, REFS):
        found = re.findall(r"\d+", line(mailbox, algorithm))
        assert sorted(map(int, found)) == list(range(1, len(mailbox) + 1))
