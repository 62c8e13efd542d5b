import pytest

from mailstore.mime.message_ids import MOST_REFERENCES, message_id, references, unpack_ids


def numbers(*identifiers: bytes) -> tuple[int, ...]:
    return tuple(message_id({b"message-id": [b"<%b>" % each]}) for each in identifiers)


def referred(**fields: bytes) -> tuple[int, ...]:
    return unpack_ids(
        references({name.replace("_", "-").encode(): [value] for name, value in fields.items()})
    )


@pytest.mark.parametrize(
    "value",
    [
        b"<01KF8JCEOCBS0045PS@xxx.yyy.com>",
        b'<"01KF8JCEOCBS0045PS"@xxx.yyy.com>',
        b" (a comment) <01KF8JCEOCBS0045PS@xxx.yyy.com> (another)",
        b"<01KF8JCEOCBS0045PS@\r\n xxx.yyy.com>",
        b'< "01KF8JCEOCBS0045PS" @ (host) xxx.yyy.com >',
        b"words and <junk> <01KF8JCEOCBS0045PS@xxx.yyy.com>",
        b"<01KF8JCEOCBS0045PS@xxx.yyy.com> <other@xxx.yyy.com>",
        b"< <01KF8JCEOCBS0045PS@xxx.yyy.com>",
    ],
)
def test_spellings_of_one_message_id(value: bytes) -> None:
    assert (message_id({b"message-id": [value]}),) == numbers(b"01KF8JCEOCBS0045PS@xxx.yyy.com")


@pytest.mark.parametrize(
    "value", [b"", b"a@b", b"<a>", b"<@b>", b"<a@>", b"<a@b", b"(<a@b>)", b'<"a@b>', b"<a\\b@c>"]
)
def test_what_is_no_message_id(value: bytes) -> None:
    assert message_id({b"message-id": [value]}) == 0
    assert referred(references=value) == ()


def test_case_makes_a_difference() -> None:
    one, other = numbers(b"a@b", b"A@b")
    assert one != other


def test_numbers_are_positive_and_of_63_bits() -> None:
    assert all(0 < each < 1 << 63 for each in numbers(*(b"%d@x" % n for n in range(1000))))


def test_a_message_without_the_field_has_none() -> None:
    assert message_id({}) == 0
    assert references({}) == b""


def test_references_keep_their_order() -> None:
    assert referred(references=b"<1@x>\r\n <2@x>junk<3@x>") == numbers(b"1@x", b"2@x", b"3@x")
    assert referred(references=b'<1@x> (c) <"2"@x>', in_reply_to=b"<9@x>") == numbers(
        b"1@x", b"2@x"
    )


def test_the_first_of_in_reply_to_stands_in_for_references() -> None:
    assert referred(in_reply_to=b"Yours of <junk> <1@x> <2@x>") == numbers(b"1@x")
    assert referred(references=b"none", in_reply_to=b"<1@x>") == numbers(b"1@x")


def test_of_very_many_references_the_nearest_count() -> None:
    value = b" ".join(b"<%d@x>" % n for n in range(1000))
    found = referred(references=value)
    assert len(found) == MOST_REFERENCES
    assert found[-1:] == numbers(b"999@x")


@pytest.mark.parametrize(
    "piece",
    [*rb"""< > <" <"\" "\" <( ( ) <a @ <@ \ <\" <a@b>< <a( <a"b" a""".split(), b" ", b"<a "],
)
def test_garbage_takes_linear_time(piece: bytes) -> None:
    value = piece * (1_000_000 // len(piece))
    message_id({b"message-id": [value]})
    references({b"references": [value], b"in-reply-to": [value]})
