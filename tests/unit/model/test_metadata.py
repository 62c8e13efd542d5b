from __future__ import annotations

import pytest

from mailstore.model.metadata import changed, entry_name, is_within, may_be_set, within_limits


def test_names_are_in_lower_case() -> None:
    assert entry_name(b"/PRIVATE/Comment") == b"/private/comment"


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b"/",
        b"/private/",
        b"/privates",
        b"comment",
        b"/private//x",
        b"/private/x/",
        b"/private/*",
        b"/private/%",
        b"/private/\x19",
        b"/private/\xc3\xa4",
        b"/private/x\n",
    ],
)
def test_what_is_no_name(name: bytes) -> None:
    with pytest.raises(ValueError, match="entry"):
        entry_name(name)


def test_the_top_has_no_value_and_names_end_somewhere() -> None:
    assert not may_be_set(b"/private")
    assert may_be_set(b"/private/x")
    assert not may_be_set(b"/private" + b"/x" * 16)
    assert not may_be_set(b"/private/" + b"x" * 300)


@pytest.mark.parametrize(
    ("name", "depth", "within"),
    [
        (b"/private/a", 0, True),
        (b"/private/a/b", 0, False),
        (b"/private/a/b", 1, True),
        (b"/private/a/b/c", 1, False),
        (b"/private/a/b/c", None, True),
        (b"/private/ab", None, False),
        (b"/private", None, False),
    ],
)
def test_depth_counts_levels_below(name: bytes, depth: int | None, within: bool) -> None:
    assert is_within(name, b"/private/a", depth) == within


def test_none_removes() -> None:
    assert changed({b"/a": b"1", b"/b": b"2"}, {b"/a": None, b"/c": b"", b"/d": None}) == {
        b"/b": b"2",
        b"/c": b"",
    }


def test_names_count_too() -> None:
    assert within_limits({b"x": b"y" * ((1 << 20) - 1)})
    assert not within_limits({b"xx": b"y" * ((1 << 20) - 1)})
