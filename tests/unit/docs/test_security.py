"""The tests that docs/security.md names are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
TABLE = (TESTS.parent / "docs/security.md").read_text("utf-8")


def test_every_threat_has_a_test_that_exists() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("| ") and "---" not in line]
    rows = [row for row in rows if not row.startswith("| threat |")]
    assert len(rows) > 30
    for row in rows:
        _, _, shown_by = row.strip("| ").split(" | ")
        names = re.findall(r"`([\w/]+)`", shown_by)
        assert names, row
        for name in names:
            places = [TESTS / "adversary" / f"{name}.py", TESTS / f"{name}.py", TESTS / name]
            assert any(place.exists() for place in places), name
