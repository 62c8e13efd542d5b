"""LIST patterns against names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.mailbox_pattern import MailboxPattern


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "Work/2026", True),
        ("%", "Work", True),
        ("%", "Work/2026", False),
        ("Work/%", "Work/2026", True),
        ("Work/%", "Work", False),
        ("Work*", "Work", True),
        ("Work%", "Workshop", True),
        ("%/%", "Work/2026", True),
        ("%/2026", "Work/2026", True),
        ("*2026", "Work/a/2026", True),
        ("%2026", "Work/2026", False),
        ("*%", "a/b", True),
        ("%*", "a/b", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxcyyb", False),
        ("", "", True),
        ("", "a", False),
        ("Entwürfe", "Entwürfe", True),
        ("work", "Work", False),
    ],
)
def test_wildcards(pattern: str, name: str, expected: bool) -> None:
    assert MailboxPattern(pattern).matches(name) is expected


@pytest.mark.parametrize("pattern", ["inbox", "INBOX", "InBoX", "in*", "%x", "i%"])
def test_inbox_matches_in_any_case(pattern: str) -> None:
    assert MailboxPattern(pattern).matches("INBOX")


def test_only_the_first_level_of_names_below_inbox_matches_in_any_case() -> None:
    assert MailboxPattern("inbox/Work").matches("INBOX/Work")
    assert not MailboxPattern("inbox/work").matches("INBOX/Work")


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=10))
def test_a_pattern_means_what_the_regular_expression_would(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(each, each) for each in pattern)
    expected = re.fullmatch(expression, name) is not None
    assert MailboxPattern(pattern).matches(name) is expected


def test_a_pattern_that_would_make_a_backtracking_matcher_hang_is_answered() -> None:
    pattern = MailboxPattern("*a" * 2000 + "b")
    assert not pattern.matches("a" * 2000)
