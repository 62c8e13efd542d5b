"""What FETCH sends of any message is what the message holds."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.fetch.content import SLICE, BodySection, encode_fields
from mailstore.imap.grammar.section import Partial, encode_section, parse_section
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.mime.fields import KNOWN_FIELDS, known_fields, select_fields, selector
from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.section import Section, SectionText, section_octets
from mailstore.store.memory_mailbox import MemoryMessage

NAMES = sorted(KNOWN_FIELDS)

header_lines = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from([b"Date", b"SUBJECT", b"x-priority", b"X-Other", b"", b"To "]),
            st.sampled_from([b":", b" :", b"", b"::"]),
            st.sampled_from([b" a", b"", b" a\r\n b", b" x\n\ty", b"\r", b" Date: no"]),
            st.sampled_from([b"\r\n", b"\n"]),
        ).map(b"".join),
        st.binary(max_size=10),
    ),
    max_size=12,
).map(b"".join)

MESSAGE = (
    b"Subject: parts\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
    b"--o\r\n\r\none\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
    b"--i\r\n\r\ntwo\r\n--i\r\nX: y\r\n\r\nthree\r\n--i--\r\n--o--\r\n"
)

sections = (
    st.builds(
        Section,
        st.lists(st.integers(1, 3), max_size=4).map(tuple),
        st.sampled_from([None, *SectionText]),
        st.just(()),
    )
    .map(
        lambda section: section._replace(
            fields=(b"SUBJECT", b"X")
            if section.text in (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT)
            else ()
        )
    )
    .filter(lambda section: section.numbers or section.text is not SectionText.MIME)
)


@given(header_lines, st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=8))
def test_fields_from_the_index_are_those_of_the_header(
    header: bytes, names: frozenset[bytes]
) -> None:
    names |= {b"date"}
    expected = select_fields(header, names)
    literal = encode_fields(selector(names)(known_fields(header)))
    size, rest = re.match(rb"\{(\d+)\}\r\n", literal), literal.partition(b"\r\n")[2]
    assert size is not None
    assert int(size[1]) == len(rest)
    assert rest == expected.replace(b"\0", b"\x80")


@given(sections)
def test_sections_come_back(section: Section) -> None:
    cursor = Cursor(Frame(encode_section(section)))
    assert parse_section(cursor) == section
    cursor.end()


@given(
    sections,
    st.none() | st.tuples(st.integers(0, 400), st.integers(1, 400)),
)
def test_sections_and_partials_are_slices(section: Section, partial: Partial | None) -> None:
    root = unpack_parts(pack_parts(parse_message(MESSAGE)))
    expected = section_octets(MESSAGE, root, section)
    opened = BodySection(b"", section, partial).open(MemoryMessage(MESSAGE), root)
    if expected is None:
        assert opened is None
        return
    if partial is not None:
        expected = expected[partial[0] : partial[0] + partial[1]]
    assert opened is not None
    octets = b"".join(opened.pieces)
    assert octets == expected
    assert opened.head == b"{%d}\r\n" % len(octets)


@given(st.integers(0, 3 * SLICE), st.integers(1, 3 * SLICE))
def test_slices_join_to_the_whole(first: int, count: int) -> None:
    message = bytes(range(1, 256)) * (2 * SLICE // 255)
    opened = BodySection(b"", Section(), (first, count)).open(MemoryMessage(message), None)
    assert opened is not None
    pieces = list(opened.pieces)
    assert b"".join(pieces) == message[first : first + count]
    assert all(len(piece) <= SLICE for piece in pieces)
