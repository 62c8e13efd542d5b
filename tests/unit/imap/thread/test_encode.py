"""Trees on the wire, with the examples of RFC 5256, section 4."""

from __future__ import annotations

import pytest

from mailstore.imap.thread.algorithm import Threads
from mailstore.imap.thread.encode import encode_threads


def encode(roots: list[int], children: dict[int, list[int]], count: int) -> bytes:
    return encode_threads(Threads(roots, children), range(count)).decode().encode()


@pytest.mark.parametrize(
    ("roots", "children", "line"),
    [
        ([], {}, b"* THREAD\r\n"),
        ([2], {}, b"* THREAD (2)\r\n"),
        (
            [2, 3],
            {3: [6], 6: [4, 44], 4: [23], 44: [7], 7: [96]},
            b"* THREAD (2)(3 6 (4 23)(44 7 96))\r\n",
        ),
        ([100], {100: [3, 5]}, b"* THREAD ((3)(5))\r\n"),
        ([100, 1], {100: [3, 5], 5: [8, 9]}, b"* THREAD ((3)(5 (8)(9)))(1)\r\n"),
    ],
)
def test_lists(roots: list[int], children: dict[int, list[int]], line: bytes) -> None:
    assert encode(roots, children, 100) == line


def test_numbers_are_given_for_places() -> None:
    assert encode_threads(Threads([1], {1: [0]}), [7, 9]) == b"* THREAD (9 7)\r\n"


def test_a_chain_needs_no_parentheses() -> None:
    count = 100_000
    line = encode([0], {place: [place + 1] for place in range(count - 1)}, count)
    assert line.count(b"(") == 1


def test_forks_at_every_level_need_no_recursion() -> None:
    depth = 50_000
    children = {2 * n: [2 * n + 1, 2 * n + 2] for n in range(depth)}
    line = encode([0], children, 2 * depth + 1)
    assert line.count(b"(") == line.count(b")") == 2 * depth + 1
    assert line.endswith(b")" * depth + b"\r\n")
