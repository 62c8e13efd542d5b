"""What holds for every message, whatever it is made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailstore.mime.content import describe
from mailstore.mime.date import parse_date
from mailstore.mime.fields import KNOWN_FIELDS, known_fields, select_fields
from mailstore.mime.limits import MimeLimits
from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.part import Part
from mailstore.mime.preview import PREVIEW_CHARACTERS
from mailstore.mime.quote import encode_string
from mailstore.mime.section import Section, SectionText, section_octets, section_range
from mailstore.mime.transfer import decode_transfer
from mailstore.mime.words import decode_words
from tests.oracle.client import Value, read_value

PIECES = (
    b"\r\n", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b" ", b"\t", b";", b":", b",", b'"', b"\\",
    b"(", b")", b"<", b">", b"@", b"a", b"b", b"=", b"--", b"--a", b"--b", b"--a--", b"--b--",
    b"From: ", b"To: ", b"Subject: ", b"Content-Type: ", b"text/plain", b"message/rfc822\r\n",
    b"multipart/mixed; boundary=a\r\n", b"multipart/digest; boundary=b\r\n", b"MIME-Version: 1.0",
    b"Content-Disposition: ", b"; name*0*=", b"=?utf-8?q?", b"?=", b"\r\n\r\n", b"\r\n\r\n--a\r\n",
)  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)
messages = st.one_of(st.binary(max_size=300), soup)
limits = st.builds(
    MimeLimits,
    depth=st.integers(1, 6),
    parts=st.integers(1, 8),
    header_octets=st.integers(1, 200),
    addresses=st.integers(1, 4),
    params=st.integers(1, 3),
    tokens=st.integers(1, 30),
)


def all_parts(root: Part) -> list[Part]:
    parts = [root]
    for part in parts:
        parts += part.children
    return parts


@given(messages, limits)
def test_parts_lie_within_one_another(message: bytes, bounds: MimeLimits) -> None:
    root = parse_message(message, bounds)
    assert (root.header_start, root.body_end) == (0, len(message))
    parts = all_parts(root)
    assert len(parts) <= bounds.parts + 1
    for part in parts:
        assert part.header_start <= part.header_end == part.body_start <= part.body_end
        assert part.lines == message.count(b"\n", part.body_start, part.body_end)
        end = part.body_start
        for child in part.children:
            assert end <= child.header_start
            end = child.body_end
        assert end <= part.body_end
        assert len(part.children) == 1 if part.is_message else True
        assert bool(part.children) == (part.is_message or part.is_multipart)
    assert depth(root) <= bounds.depth + 1


def depth(root: Part) -> int:
    return 1 + max((depth(child) for child in root.children), default=0)


@given(messages, limits)
def test_answers_are_well_formed_and_agree(message: bytes, bounds: MimeLimits) -> None:
    content = describe(message, bounds)
    for wire in (content.envelope, content.body, content.body_structure):
        assert b"\x00" not in wire
        value, end = read_value(wire)
        assert end == len(wire)
        assert isinstance(value, list)
    envelope, _ = read_value(content.envelope)
    assert isinstance(envelope, list)
    assert len(envelope) == 10
    check_structure(read_value(content.body_structure)[0], parse_message(message, bounds))


def check_structure(value: Value, part: Part) -> None:
    """The answer describes this tree."""
    assert isinstance(value, list)
    if part.is_multipart:
        count = len(part.children)
        assert value[count] == part.subtype
        assert len(value) == count + 5
        for child_value, child in zip(value, part.children, strict=False):
            check_structure(child_value, child)
        return
    assert value[6] == str(part.size).encode()
    if part.is_message:
        check_structure(value[8], part.children[0])
    extension = {b"TEXT": 1}.get(part.media_type, 3 if part.is_message else 0)
    assert len(value) == 7 + extension + 4


@given(messages, st.lists(st.integers(0, 3), max_size=3).map(tuple), st.sampled_from(SectionText))
def test_sections_are_ranges(message: bytes, numbers: tuple[int, ...], text: SectionText) -> None:
    root = parse_message(message)
    for section in (Section(numbers), Section(numbers, text, (b"From", b"x"))):
        octets = section_octets(message, root, section)
        found = section_range(root, section)
        assert (octets is None) == (found is None)
        if found is not None and "FIELDS" not in (section.text or ""):
            assert octets == message[slice(*found)]


@given(messages, limits)
def test_stored_parts_give_the_same_sections(message: bytes, bounds: MimeLimits) -> None:
    root = parse_message(message, bounds)
    packed = pack_parts(root)
    stored = unpack_parts(packed)
    assert pack_parts(stored) == packed
    for one, other in zip(all_parts(root), all_parts(stored), strict=True):
        for name in "header_start header_end body_end lines media_type subtype encoding".split():
            assert getattr(one, name) == getattr(other, name)


@given(st.binary(max_size=40))
def test_unpacking_anything_is_a_value_error_or_a_tree(packed: bytes) -> None:
    try:
        root = unpack_parts(packed)
    except ValueError:
        return
    assert unpack_parts(pack_parts(root)) == root


names = st.frozensets(st.sampled_from([*sorted(KNOWN_FIELDS)[:6], b"from", b"to", b"subject"]))
lines = st.lists(
    st.sampled_from(
        [b"From: a", b"FROM : b", b"to:", b"Subject: x", b"X: 1", b": x", b"none", b"Bcc: y",
         b"\r\n\tfold", b"\r\n", b"\n", b"\r", b"", b" from: lead", b"\x00: y"]
    ),
    max_size=12,
).map(b"\r\n".join)  # fmt: skip


@given(st.one_of(lines, messages), names)
def test_known_fields_answer_for_the_header(header: bytes, chosen: frozenset[bytes]) -> None:
    assert select_fields(known_fields(header), chosen) == select_fields(header, chosen)


@given(st.one_of(lines, messages), names)
def test_every_line_is_of_the_chosen_or_of_the_others(
    message: bytes, chosen: frozenset[bytes]
) -> None:
    header = message[: parse_message(message).header_end]
    some = select_fields(header, chosen)
    others = select_fields(header, chosen, invert=True)
    assert some.endswith(b"\r\n")
    assert others.endswith(b"\r\n")
    kept = len(some) + len(others) - 4
    end = len(header.removesuffix(b"\n").removesuffix(b"\r"))
    assert end - 2 <= kept <= len(header) + 2


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5), st.booleans())
def test_parts_come_back_as_they_were_put_in(bodies: list[bytes], preamble: bool) -> None:
    boundary = b"=_boundary_="
    assert all(boundary not in body for body in bodies)
    start = b"preamble\r\n" if preamble else b""
    delimiter = b"--" + boundary
    message = (
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + start
        + b"".join(delimiter + b"\r\n\r\n" + body + b"\r\n" for body in bodies)
        + delimiter + b"--\r\n"
    )  # fmt: skip
    root = parse_message(message)
    found = [message[part.body_start : part.body_end] for part in root.children]
    assert found == bodies


@given(st.binary(max_size=60).map(lambda value: value.replace(b"\x00", b"")))
def test_strings_survive_the_wire(value: bytes) -> None:
    assert read_value(encode_string(value))[0] == value


@given(messages, st.sampled_from([b"7bit", b"base64", b"quoted-printable", b"x-uuencode"]))
def test_decoders_never_raise(octets: bytes, encoding: bytes) -> None:
    assert isinstance(decode_words(octets), str)
    assert decode_transfer(octets, encoding) is not None
    date = parse_date(octets)
    assert date is None or date.tzinfo is not None


@given(messages, limits)
def test_a_preview_is_one_short_line(message: bytes, bounds: MimeLimits) -> None:
    text = describe(message, bounds).preview.decode("utf-8")
    assert len(text) <= PREVIEW_CHARACTERS
    assert text == text.strip(" ")
    assert "  " not in text
    assert all(ord(each) >= 32 for each in text)
