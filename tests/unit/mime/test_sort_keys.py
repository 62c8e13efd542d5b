import pytest

from mailstore.mime.content import describe
from mailstore.mime.date import NO_DATE
from mailstore.mime.sort_keys import SortKeys


def keys(*lines: bytes) -> SortKeys:
    return describe(b"".join(line + b"\r\n" for line in lines) + b"\r\nbody").sort_keys


def test_a_message_without_a_header_has_empty_keys() -> None:
    assert keys() == SortKeys(NO_DATE, b"", False, b"", b"", b"", b"", b"", 0, b"")


def test_the_subject_is_decoded_before_it_is_cut() -> None:
    found = keys(b"Subject: =?utf-8?Q?Re=3A_[liste]?= =?utf-8?Q?_Caf=C3=A9?=")
    assert (found.base_subject, found.is_reply) == ("CAFE\u0301".encode(), True)


def test_of_several_subjects_and_dates_those_in_envelope_count() -> None:
    found = keys(b"Subject: one", b"Subject: two", b"Date: 1 Jan 1970 0:0:1", b"Date: junk")
    assert found.base_subject == b"TWO"
    assert found.sent_at == NO_DATE


def test_mailboxes_are_those_of_the_first_addresses() -> None:
    found = keys(
        b"From: Zed <ann@z.example>, Bob <bob@a.example>",
        b"To: ,, carl@x.example",
        b"Cc: friends: dora@x.example, eve@x.example;",
    )
    assert (found.from_mailbox, found.to_mailbox, found.cc_mailbox) == (
        b"ANN",
        b"CARL",
        b"FRIENDS",
    )


@pytest.mark.parametrize(
    ("value", "display"),
    [
        (b"Ann Other <z@x.example>", b"ANN OTHER"),
        (b"=?utf-8?Q?J=C3=B8rn?= <z@x.example>", "JØRN".encode()),
        (b'"" <ann@x.example>', b"ANN@X.EXAMPLE"),
        (b"ann@x.example", b"ANN@X.EXAMPLE"),
        (b'""@x.example', b"@X.EXAMPLE"),
        (b"friends: ann@x.example;", b"FRIENDS"),
        (b"", b""),
        (b"(only a comment)", b""),
    ],
)
def test_what_people_see_of_an_address(value: bytes, display: bytes) -> None:
    """RFC 5957, section 3."""
    found = keys(b"From: " + value, b"To: " + value)
    assert (found.from_display, found.to_display) == (display, display)


def test_ids_are_taken_from_the_header() -> None:
    found = keys(b"Message-ID: <2@x>", b"References: <1@x>")
    assert found.message_id
    assert len(found.refers_to) == 8
    assert found.refers_to == keys(b"In-Reply-To: your mail <1@x>").refers_to


def test_an_embedded_message_has_no_say() -> None:
    found = describe(
        b"Content-Type: message/rfc822\r\nFrom: ann@x\r\n\r\n"
        b"Subject: in\r\nReferences: <1@x>\r\n\r\n"
    ).sort_keys
    assert (found.base_subject, found.from_mailbox, found.refers_to) == (b"", b"ANN", b"")


def test_keys_are_short() -> None:
    long = b"x" * 100_000
    found = keys(
        b"Subject: " + long,
        b"From: " + long + b" <" + long + b"@x>",
        b"References: " + b"<a@b> " * 100_000,
    )
    assert sum(len(key) for key in found if isinstance(key, bytes)) < 6000
