"""Threading algorithms on messages of a few words."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pytest

from mailstore.imap.thread.algorithm import Columns, ThreadAlgorithm
from mailstore.imap.thread.encode import encode_threads
from mailstore.imap.thread.ordered_subject import ORDERED_SUBJECT
from mailstore.imap.thread.references import REFERENCES, REFS
from mailstore.mime.date import NO_DATE
from mailstore.mime.message_ids import message_id, references
from mailstore.store.ports import Column


class Mail(NamedTuple):
    """``refers`` and ``name`` are words; a name of nothing is no Message-ID."""

    name: str = ""
    refers: str = ""
    subject: str = ""
    reply: bool = False
    sent: int | None = None


def columns_of(mails: list[Mail]) -> Columns:
    """Each is sent and arrives a second after the one before, if nothing else is said."""

    def spelled(words: str) -> list[bytes]:
        return [" ".join(f"<{word}@x>" for word in words.split()).encode()]

    return {
        Column.UID: range(1, len(mails) + 1),
        Column.MESSAGE_ID: [message_id({b"message-id": spelled(each.name)}) for each in mails],
        Column.REFERS_TO: [references({b"references": spelled(each.refers)}) for each in mails],
        Column.BASE_SUBJECT: [each.subject.encode() for each in mails],
        Column.IS_REPLY: [int(each.reply) for each in mails],
        Column.SENT_AT: [NO_DATE if each.sent is None else each.sent for each in mails],
        Column.INTERNAL_DATE: range(len(mails)),
    }


def threads(algorithm: ThreadAlgorithm, *mails: Mail) -> str:
    made = algorithm.make(columns_of(list(mails)))
    line = encode_threads(made, range(1, len(mails) + 1)).decode()
    return line.removeprefix("* THREAD").strip()


def by_references(*mails: Mail) -> str:
    return threads(REFERENCES, *mails)


# Subjects alone


def test_messages_of_one_subject_hang_on_the_first() -> None:
    assert (
        threads(
            ORDERED_SUBJECT,
            Mail(subject="b", sent=5),
            Mail(subject="a", sent=9),
            Mail(subject="b", sent=7),
            Mail(subject="b", sent=3),
            Mail(subject="", sent=1),
            Mail(subject="", sent=2),
        )
        == "(5 6)(4 (1)(3))(2)"
    )


# References


def test_references_make_a_chain_of_who_is_there() -> None:
    assert by_references(Mail("1"), Mail("2", "1"), Mail("3", "1 2"), Mail("4", "1")) == (
        "(1 (2 3)(4))"
    )


def test_order_in_the_mailbox_does_not_matter_but_dates_do() -> None:
    assert by_references(
        Mail("3", "1 2", sent=9), Mail("2", "1", sent=8), Mail("4", "1", sent=1), Mail("1", sent=7)
    ) == ("(4 (3)(2 1))")


def test_who_is_not_there_is_passed_over() -> None:
    assert by_references(Mail("1"), Mail("4", "1 2 3")) == "(1 2)"
    assert by_references(Mail("2", "1")) == "(1)"
    assert by_references(Mail("3", "1 2"), Mail("4", "1 2")) == "((1)(2))"
    assert by_references(Mail("3", "0 1"), Mail("4", "0 2"), Mail("5", "0 2")) == "((1)(2)(3))"


def test_the_last_reference_is_the_parent_whatever_others_say() -> None:
    """RFC 5256, section 3, step 1B."""
    assert by_references(Mail("1"), Mail("2"), Mail("4", "2 1 3"), Mail("3", "1")) == ("(2 1 4 3)")
    assert by_references(Mail("1"), Mail("3", "1 2"), Mail("2")) == "(1)(3 2)"


def test_what_others_say_first_stays() -> None:
    """Step 1A: a reference that has a parent keeps it."""
    assert (
        by_references(Mail("a"), Mail("x", "a c"), Mail("b"), Mail("y", "b c")) == "(1 (2)(4))(3)"
    )


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ((Mail("1", "1"),), "(1)"),
        ((Mail("1", "2"), Mail("2", "1")), "(2 1)"),
        ((Mail("1", "3"), Mail("2", "1"), Mail("3", "2")), "(3 1 2)"),
        ((Mail("1", "2 1 2"), Mail("2", "1 2")), "(2 1)"),
    ],
)
def test_circles_are_broken(mails: tuple[Mail, ...], expected: str) -> None:
    assert by_references(*mails) == expected


def test_of_messages_with_one_id_the_first_has_it() -> None:
    assert by_references(Mail("1"), Mail("1"), Mail("2", "1"), Mail("1", "1")) == "(1 (3)(4))(2)"


# Subjects after references


def test_threads_of_one_subject_become_one() -> None:
    assert by_references(Mail(subject="a"), Mail(subject="a", reply=True)) == "(1 2)"
    assert by_references(Mail(subject="a", reply=True), Mail(subject="a")) == "(2 1)"
    assert by_references(Mail(subject="a"), Mail(subject="a")) == "((1)(2))"
    assert by_references(Mail(), Mail()) == "(1)(2)"


def test_several_that_are_alike_hang_together() -> None:
    assert by_references(*[Mail(subject="a")] * 3) == "((1)(2)(3))"
    assert by_references(*[Mail(subject="a", reply=True)] * 3) == "((1)(2)(3))"
    assert (
        by_references(Mail(subject="a"), Mail(subject="a"), Mail(subject="a", reply=True))
        == "((1)(2)(3))"
    )


def test_dummies_take_in_what_has_their_subject() -> None:
    pair = (Mail("1", "0", "a", True), Mail("2", "0", "b"))
    assert by_references(Mail(subject="a"), *pair) == "((1)(2)(3))"
    other = (Mail("3", "9", "a"), Mail("4", "9", "c"))
    assert by_references(*pair, *other) == "((1)(2)(3)(4))"


def test_threads_stand_by_the_dates_of_their_first_messages() -> None:
    assert (
        by_references(
            Mail("1", sent=9),
            Mail("2", "0", sent=8),
            Mail("3", "0", sent=3),
            Mail(subject="a", sent=2),
            Mail(subject="b", sent=5),
            Mail(subject="a", sent=1, reply=True),
        )
        == "(4 6)((3)(2))(5)(1)"
    )


# References alone


def test_subjects_are_nothing_to_refs() -> None:
    assert threads(REFS, Mail(subject="a"), Mail(subject="a", reply=True)) == "(1)(2)"


def test_the_thread_with_the_newest_message_is_the_last_of_refs() -> None:
    found = threads(REFS, Mail("1"), Mail("2"), Mail("3", "1"), Mail("4", "0"), Mail("5", "2"))
    assert found == "(1 3)(4)(2 5)"


# Much mail

COUNT = 10_000


def names(count: int = COUNT) -> list[str]:
    return [f"n{number}" for number in range(count)]


CROWDS: dict[str, list[Mail]] = {
    "a chain": [Mail(name, f"n{number - 1}") for number, name in enumerate(names())],
    "a chain, last first": [
        Mail(name, f"n{number - 1}") for number, name in reversed(list(enumerate(names())))
    ],
    "a chain, and its other end grows": [
        *(Mail(name, f"n{number - 1}") for number, name in enumerate(names(COUNT // 2))),
        *(
            Mail(*pair)
            for number in range(COUNT // 4)
            for pair in ((f"y{number}", f"x{number}"), (f"x{number}", f"n{COUNT // 2 - 1}"))
        ),
    ],
    "one circle": [Mail(name, f"n{(number + 1) % COUNT}") for number, name in enumerate(names())],
    "circles without end": [
        Mail(name, " ".join(f"n{(number * each) % 97}" for each in range(20)))
        for number, name in enumerate(names())
    ],
    "one id": [Mail("same", "same other same")] * COUNT,
    "no id": [Mail("", "one other")] * COUNT,
    "one subject": [Mail(name, "", "a", bool(number % 2)) for number, name in enumerate(names())],
    "dummies of one subject": [
        Mail(name, f"d{number // 2}", "a") for number, name in enumerate(names())
    ],
    "long lists": [
        Mail(name, " ".join(f"r{number * 100 + each}" for each in range(200)))
        for number, name in enumerate(names(2000))
    ],
    "the end of a long chain, again and again": [
        Mail(name, f"n{number * 7919 % 5000} n{number * 104729 % 5000} n{number - 1}")
        for number, name in enumerate(names())
    ],
}  # fmt: skip


@cache
def crowd_columns(crowd: str) -> Columns:
    return columns_of(CROWDS[crowd])


@pytest.mark.parametrize("algorithm", [ORDERED_SUBJECT, REFERENCES, REFS], ids=lambda a: a.name)
@pytest.mark.parametrize("crowd", CROWDS)
def test_made_up_crowds_take_no_long(algorithm: ThreadAlgorithm, crowd: str) -> None:
    columns = crowd_columns(crowd)
    numbers = columns[Column.UID]
    line = encode_threads(algorithm.make(columns), numbers)
    digits = line.translate(bytes.maketrans(b"()", b"  ")).split()[2:]
    assert sorted(map(int, digits)) == list(numbers)


def test_a_long_chain_is_one_thread_from_either_end() -> None:
    for crowd in ("a chain", "a chain, last first"):
        made = REFERENCES.make(crowd_columns(crowd))
        assert len(made.roots) == 1
        assert all(len(answers) == 1 for answers in made.children.values())
