import pytest

from mailstore.mime.fields import KNOWN_FIELDS, known_fields, select_fields

HEADER = (
    b"Received: a\r\n\tb\r\nSubject: one\r\nno colon\r\nX-Odd : 1\r\n"
    b"SUBJECT: two\r\n fold\r\nFrom: f\r\n\r\n"
)


def names(*values: bytes) -> frozenset[bytes]:
    return frozenset(values)


def test_fields_keep_order_folds_and_spelling() -> None:
    chosen = select_fields(HEADER, names(b"subject", b"received", b"none"))
    assert chosen == (b"Received: a\r\n\tb\r\nSubject: one\r\nSUBJECT: two\r\n fold\r\n\r\n")


def test_invert_chooses_the_others_and_what_is_no_field() -> None:
    chosen = select_fields(HEADER, names(b"subject", b"received"), invert=True)
    assert chosen == b"no colon\r\nX-Odd : 1\r\nFrom: f\r\n\r\n"
    assert select_fields(HEADER, names(), invert=True) == HEADER


def test_white_space_before_the_colon_is_not_of_the_name() -> None:
    assert select_fields(HEADER, names(b"x-odd")) == b"X-Odd : 1\r\n\r\n"


@pytest.mark.parametrize("header", [b"", b"\r\n", b"A: 1\r\n\r\n"])
def test_no_field_is_an_empty_line(header: bytes) -> None:
    assert select_fields(header, names(b"b")) == b"\r\n"


def test_an_empty_line_follows_also_where_there_is_none() -> None:
    assert select_fields(b"A: 1\r\n", names(b"a")) == b"A: 1\r\n\r\n"
    assert select_fields(b"A: 1", names(b"a")) == b"A: 1\r\n\r\n"
    assert select_fields(b"A: 1", names(b"b"), invert=True) == b"A: 1\r\n\r\n"


def test_lines_without_a_name_are_never_chosen() -> None:
    assert select_fields(b": x\r\nno colon\r\n\r\n", names(b"")) == b"\r\n"


def test_known_fields_answer_for_the_header() -> None:
    assert known_fields(HEADER) == HEADER.replace(b"no colon\r\nX-Odd : 1\r\n", b"")[:-2]


def test_fields_that_clients_always_ask_for_are_known() -> None:
    asked = (
        b"from to cc bcc subject date message-id priority x-priority references newsgroups "
        b"in-reply-to content-type reply-to received sender list-id list-unsubscribe list-post "
        b"x-label x-original-to x-uniform-type-identifier x-universally-unique-identifier "
        b"bimi-indicator importance followup-to resent-from x-k9mail-identity chat-version lines"
    )
    assert KNOWN_FIELDS.issuperset(asked.split())
    assert all(name == name.lower() for name in KNOWN_FIELDS)
