import pytest

from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.section import Section, SectionText, section_octets, section_range

HEADER, TEXT, MIME = SectionText.HEADER, SectionText.TEXT, SectionText.MIME
FIELDS, NOT = SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT

INNER_HEADER = b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n"
INNER_TEXT = b"--in\r\n\r\nthree one\r\n--in\r\nX: 1\r\n\r\nthree two\r\n--in--"
OUTER_HEADER = b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n"
PART_2 = b"--alt\r\n\r\ntwo one\r\n--alt--"
OUTER_TEXT = (
    b"--out\r\nX-Part: 1\r\n\r\none\r\n"
    b"--out\r\nContent-Type: multipart/alternative; boundary=alt\r\n\r\n" + PART_2 + b"\r\n"
    b"--out\r\nContent-Type: message/rfc822\r\n\r\n"
    + INNER_HEADER
    + INNER_TEXT
    + b"\r\n--out--\r\n"
)
MESSAGE = OUTER_HEADER + OUTER_TEXT
PLAIN = b"Subject: plain\r\n\r\ntext\r\n"
WRAPPED = b"Content-Type: message/rfc822\r\n\r\n" + PLAIN


def section(message: bytes, *numbers: int, text: SectionText | None = None) -> bytes | None:
    root = parse_message(message)
    octets = section_octets(message, root, Section(numbers, text))
    stored = unpack_parts(pack_parts(root))
    assert section_octets(message, stored, Section(numbers, text)) == octets
    return octets


def test_whole_message() -> None:
    assert section(MESSAGE) == MESSAGE
    assert section(MESSAGE, text=HEADER) == OUTER_HEADER
    assert section(MESSAGE, text=TEXT) == OUTER_TEXT


@pytest.mark.parametrize(
    ("numbers", "octets"),
    [
        ((1,), b"one"),
        ((2,), PART_2),
        ((2, 1), b"two one"),
        ((3,), INNER_HEADER + INNER_TEXT),
        ((3, 1), b"three one"),
        ((3, 2), b"three two"),
        ((0,), None),
        ((4,), None),
        ((1, 1), None),
        ((2, 2), None),
        ((3, 3), None),
        ((3, 1, 1), None),
    ],
)
def test_part_numbers(numbers: tuple[int, ...], octets: bytes | None) -> None:
    assert section(MESSAGE, *numbers) == octets


def test_mime_headers_belong_to_parts() -> None:
    assert section(MESSAGE, 1, text=MIME) == b"X-Part: 1\r\n\r\n"
    assert section(MESSAGE, 3, 1, text=MIME) == b"\r\n"
    assert section(MESSAGE, 3, 2, text=MIME) == b"X: 1\r\n\r\n"
    assert section(MESSAGE, text=MIME) is None
    assert section(MESSAGE, 7, text=MIME) is None


def test_header_and_text_of_a_part_are_those_of_an_embedded_message() -> None:
    assert section(MESSAGE, 3, text=HEADER) == INNER_HEADER
    assert section(MESSAGE, 3, text=TEXT) == INNER_TEXT
    for numbers in ((1,), (2,), (2, 1), (3, 1)):
        assert section(MESSAGE, *numbers, text=HEADER) is None
        assert section(MESSAGE, *numbers, text=TEXT) is None


def test_a_message_that_is_no_multipart_is_its_own_part_1() -> None:
    assert section(PLAIN, 1) == b"text\r\n"
    assert section(PLAIN, 1, text=MIME) == b"Subject: plain\r\n\r\n"
    assert section(PLAIN, 1, text=HEADER) is None
    assert section(PLAIN, 2) is None
    assert section(PLAIN, 1, 1) is None


def test_a_message_in_a_message() -> None:
    assert section(WRAPPED, 1) == PLAIN
    assert section(WRAPPED, 1, text=HEADER) == b"Subject: plain\r\n\r\n"
    assert section(WRAPPED, 1, 1) == b"text\r\n"
    assert section(WRAPPED, 1, 2) is None
    assert section(WRAPPED, 1, 1, 1) is None


def test_fields_are_chosen_from_the_right_header() -> None:
    root = parse_message(MESSAGE)
    outer = Section((), FIELDS, (b"SUBJECT", b"x"))
    inner = Section((3,), FIELDS, (b"subject",))
    rest = Section((3,), NOT, (b"Subject",))
    assert section_octets(MESSAGE, root, outer) == b"Subject: outer\r\n\r\n"
    assert section_octets(MESSAGE, root, inner) == b"Subject: inner\r\n\r\n"
    assert section_octets(MESSAGE, root, rest) == INNER_HEADER.replace(b"Subject: inner\r\n", b"")
    assert section_octets(MESSAGE, root, Section((1,), FIELDS, (b"x-part",))) is None


def test_the_range_of_chosen_fields_is_their_header() -> None:
    root = parse_message(MESSAGE)
    assert section_range(root, Section((), FIELDS, (b"subject",))) == (0, len(OUTER_HEADER))
