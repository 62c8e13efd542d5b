"""Trees are written as nested tuples: (type/subtype, octets of the body, children)."""

from __future__ import annotations

from typing import Any

import pytest

from mailstore.mime.limits import MimeLimits
from mailstore.mime.parse import parse_message
from mailstore.mime.part import Part


def message(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def tree(octets: bytes, part: Part | None = None) -> tuple[Any, ...]:
    part = part or parse_message(octets)
    kind = f"{part.media_type.decode()}/{part.subtype.decode()}".lower()
    children = [tree(octets, child) for child in part.children]
    return (kind, *children) if children else (kind, octets[part.body_start : part.body_end])


def texts(octets: bytes) -> list[bytes]:
    return [octets[part.body_start : part.body_end] for part in parse_message(octets).children]


MIXED = "Content-Type: multipart/mixed; boundary=b"


def test_header_and_body_meet_after_the_empty_line() -> None:
    part = parse_message(b"A: 1\r\nB: 2\r\n\r\nbody\r\n")
    assert (part.header_start, part.header_end) == (0, 14)
    assert (part.body_start, part.body_end) == (14, 20)
    assert part.lines == 1


@pytest.mark.parametrize(
    ("octets", "header_end"),
    [
        (b"", 0),
        (b"\r\n", 2),
        (b"\r\n\r\nbody", 2),
        (b"\n\nbody", 1),
        (b"A: 1", 4),
        (b"A: 1\r\n", 6),
        (b"A: 1\n\nbody", 6),
        (b"A: 1\n\r\nbody", 7),
        (b"A: 1\r\n \r\nB: 2\r\n\r\nbody", 17),
        (b"A: 1\r\r\n\r\nbody", 9),
    ],
)
def test_where_a_header_ends(octets: bytes, header_end: int) -> None:
    part = parse_message(octets)
    assert part.header_end == part.body_start == header_end
    assert part.body_end == len(octets)


def test_multipart() -> None:
    octets = message(
        MIXED, "", "preamble", "--b", "", "one", "--b", "Content-Type: text/html", "", "two", "",
        "--b--", "epilogue",
    )  # fmt: skip
    assert tree(octets) == ("multipart/mixed", ("text/plain", b"one"), ("text/html", b"two\r\n"))
    root = parse_message(octets)
    assert root.body_end == len(octets)
    second = root.children[1]
    assert octets[second.header_start : second.header_end] == b"Content-Type: text/html\r\n\r\n"


def test_lines_are_counted_in_every_part() -> None:
    octets = message(MIXED, "", "--b", "", "1", "2", "--b", "X: 1", "", "3", "4", "", "--b--", "")
    root = parse_message(octets)
    assert [part.lines for part in root.children] == [1, 2]
    assert root.lines == octets.count(b"\n", root.body_start)


def test_delimiters_may_be_missing() -> None:
    assert texts(message(MIXED, "", "--b", "", "one")) == [b"one"]
    assert texts(message(MIXED, "", "--b--")) == [b""]
    assert texts(message(MIXED, "", "none")) == [b""]
    assert texts(message(MIXED)) == [b""]


def test_delimiters_stand_at_the_start_of_a_line_and_may_go_on() -> None:
    octets = message(
        MIXED, "", "--b  ", "", "x--b", " --b", "---b", "--", "--bar", "", "two", "--b--"
    )
    assert texts(octets) == [b"x--b\r\n --b\r\n---b\r\n--", b"two"]


def test_nothing_follows_the_close_delimiter() -> None:
    assert texts(message(MIXED, "", "--b", "", "one", "--b--", "--b", "", "two")) == [b"one"]


def test_the_line_end_before_a_delimiter_belongs_to_it() -> None:
    root = parse_message(message(MIXED, "", "--b", "X: 1", "", "--b", "", "--b", "--b--"))
    sizes = [(part.header_end - part.header_start, part.size) for part in root.children]
    assert sizes == [(6, 0), (0, 0), (0, 0)]


def test_a_delimiter_ends_a_header() -> None:
    octets = message(MIXED, "", "--b", "Content-Type: text/html", "--b", "", "two", "--b--")
    root = parse_message(octets)
    assert tree(octets) == ("multipart/mixed", ("text/html", b""), ("text/plain", b"two"))
    first = root.children[0]
    assert octets[first.header_start : first.header_end] == b"Content-Type: text/html"


def nested(inner: str, *lines: str) -> bytes:
    return message(
        "Content-Type: multipart/mixed; boundary=out", "", "--out",
        f"Content-Type: multipart/related; boundary={inner}", "", *lines,
    )  # fmt: skip


def test_an_outer_delimiter_closes_what_is_within() -> None:
    octets = nested("in", "--in", "", "one", "--out", "", "two", "--out--")
    assert tree(octets) == (
        "multipart/mixed",
        ("multipart/related", ("text/plain", b"one")),
        ("text/plain", b"two"),
    )


def test_a_closed_boundary_is_text_again() -> None:
    octets = nested("in", "--in", "", "one", "--in--", "--in", "", "no", "--out--")
    inner = parse_message(octets).children[0]
    assert len(inner.children) == 1
    assert octets[inner.body_start : inner.body_end].endswith(b"--in\r\n\r\nno")


@pytest.mark.parametrize("inner", ["outer", "o", "out--", "xout"])
def test_the_longest_boundary_wins(inner: str) -> None:
    octets = nested(inner, f"--{inner}", "", "one", f"--{inner}--", "--out", "", "two", "--out--")
    assert tree(octets) == (
        "multipart/mixed",
        ("multipart/related", ("text/plain", b"one")),
        ("text/plain", b"two"),
    )


def test_of_equal_boundaries_the_inner_one_counts() -> None:
    octets = nested("out", "--out", "", "one", "--out--", "--out", "", "two", "--out--")
    assert tree(octets) == (
        "multipart/mixed",
        ("multipart/related", ("text/plain", b"one")),
        ("text/plain", b"two"),
    )


def test_closing_beats_opening_a_longer_outer_boundary() -> None:
    octets = message(
        "Content-Type: multipart/mixed; boundary=in--", "", "--in--",
        "Content-Type: multipart/related; boundary=in", "", "--in", "", "one", "--in--",
        "--in--", "", "two", "--in----",
    )  # fmt: skip
    assert tree(octets)[1] == ("multipart/related", ("text/plain", b"one"))
    assert tree(octets)[2] == ("text/plain", b"two")


def test_embedded_message() -> None:
    octets = message("Content-Type: message/rfc822", "", "Subject: in", "", "text")
    root = parse_message(octets)
    child = root.children[0]
    assert root.is_message
    assert child.header_start == root.body_start
    assert child.body_end == root.body_end
    assert tree(octets) == ("message/rfc822", ("text/plain", b"text"))


@pytest.mark.parametrize(
    "lines",
    [(), ("",), ("", ""), ("Subject: cut",)],
)
def test_an_embedded_message_may_be_cut_short(lines: tuple[str, ...]) -> None:
    octets = message(MIXED, "", "--b", "Content-Type: message/rfc822", *lines, "--b--")
    embedded = parse_message(octets).children[0]
    assert embedded.is_message
    assert len(embedded.children) == 1
    assert embedded.children[0].size == 0


def test_parts_of_a_digest_are_messages() -> None:
    octets = message(
        "Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: one", "", "1",
        "--b", "Content-Type: text/plain", "", "2", "--b--",
    )  # fmt: skip
    assert tree(octets) == (
        "multipart/digest",
        ("message/rfc822", ("text/plain", b"1")),
        ("text/plain", b"2"),
    )


def test_content_fields_count_without_mime_version() -> None:
    assert tree(message("Content-Type: text/html", "", "x")) == ("text/html", b"x")


def test_the_first_content_type_counts() -> None:
    octets = message("Content-Type: text/html", "Content-Type: image/png", "", "x")
    assert tree(octets) == ("text/html", b"x")


@pytest.mark.parametrize("field", ["", "multipart/mixed", 'multipart/mixed; boundary=""', "text"])
def test_an_invalid_type_is_plain_text(field: str) -> None:
    assert tree(message(f"Content-Type: {field}", "", "x")) == ("text/plain", b"x")


@pytest.mark.parametrize(
    "params",
    ["boundary*=us-ascii''a%20b", 'boundary*0=a;boundary*1=" b"', 'boundary="a b" (comment)'],
)
def test_boundaries_in_other_forms(params: str) -> None:
    octets = message(f"Content-Type: multipart/mixed; {params}", "", "--a b", "", "x", "--a b--")
    assert texts(octets) == [b"x"]


def test_line_feeds_alone_end_lines() -> None:
    octets = message(MIXED, "", "--b", "", "one", "--b--").replace(b"\r\n", b"\n")
    assert texts(octets) == [b"one"]


def test_carriage_returns_alone_do_not() -> None:
    assert texts(message(MIXED, "", "--b", "", "one\r--b--\r")) == [b"one\r--b--\r"]


def deep(levels: int) -> bytes:
    lines = []
    for level in range(levels):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}.", "", f"--b{level}."]
    return message(*lines, "", "deep")


def depth(part: Part) -> int:
    levels = 1
    while part.children:
        part = part.children[0]
        levels += 1
    return levels


def test_beyond_the_depth_is_one_opaque_part() -> None:
    limits = MimeLimits(depth=5)
    for octets in (deep(50), b"Content-Type: message/rfc822\r\n\r\n" * 50):
        root = parse_message(octets, limits)
        assert depth(root) == 5
        while root.children:
            root = root.children[0]
        assert (root.media_type, root.subtype) == (b"APPLICATION", b"OCTET-STREAM")
        assert root.body_end == len(octets)


def test_depth_within_the_limit_is_parsed() -> None:
    assert depth(parse_message(deep(99))) == 100


def test_beyond_the_number_of_parts_the_last_takes_the_rest() -> None:
    octets = message(MIXED, "", *["--b", "", "x"] * 50, "--b--")
    root = parse_message(octets, MimeLimits(parts=10))
    assert len(root.children) == 9
    assert root.children[-1].body_end == len(octets)


def test_fields_beyond_the_header_limit_are_not_read() -> None:
    octets = message("X: " + "y" * 100, "Content-Type: text/html", "", "x")
    part = parse_message(octets, MimeLimits(header_octets=50))
    assert part.subtype == b"PLAIN"
    assert octets[part.body_start :] == b"x"
