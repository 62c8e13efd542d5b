"""What the server announces is implemented, described and shown in a dialogue."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from mailstore.imap.connection import REGISTRY
from tests.transcripts.script import load

ROOT: Final = Path(__file__).parents[2]
TRANSCRIPTS: Final = Path(__file__).parent / "imap"

_COMMAND = re.compile(rb"(\S+) ((?:UID )?[A-Z]+)", re.IGNORECASE)
_ANSWER = re.compile(rb"(\S+) (OK|NO|BAD)\b")

COLUMNS: Final = ["rfc", "title", "status", "where", "transcripts", "deviations"]


@cache
def rows() -> list[dict[str, str]]:
    with (ROOT / "docs" / "rfc.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, dialect="excel-tab", quoting=csv.QUOTE_NONE))


@cache
def answers() -> dict[bytes, set[bytes]]:
    """Which tagged answers each command gets in any transcript."""
    found: dict[bytes, set[bytes]] = {}
    for path in TRANSCRIPTS.glob("*.txt"):
        sent: dict[tuple[str, bytes], bytes] = {}
        for step in load(path).steps:
            if step.kind == "C" and (command := _COMMAND.match(step.octets)):
                sent[step.client, command[1]] = command[2].upper()
            elif step.kind == "S" and (answer := _ANSWER.match(step.octets)):
                name = sent.get((step.client, answer[1]), b"")
                found.setdefault(name, set()).add(answer[2])
    return found


def test_every_row_of_the_table_is_complete() -> None:
    for row in rows():
        assert list(row) == COLUMNS, row
        assert row["status"] in {"yes", "partial", "no"}, row
        assert row["status"] != "partial" or row["deviations"], row


def test_the_table_is_in_order_and_has_no_rfc_twice() -> None:
    numbers = [int(row["rfc"]) for row in rows()]
    assert numbers == sorted(set(numbers))


def test_every_place_that_the_table_names_exists() -> None:
    for row in rows():
        for where in row["where"].split():
            assert (ROOT / where).exists(), where
        for name in row["transcripts"].split():
            assert (TRANSCRIPTS / f"{name}.txt").exists(), name


@pytest.mark.parametrize(
    "rfc", sorted({each.rfc for each in REGISTRY.extensions if each.rfc is not None})
)
def test_every_extension_has_a_row_with_a_transcript(rfc: int) -> None:
    row = next((row for row in rows() if row["rfc"] == str(rfc)), None)
    assert row is not None
    assert row["status"] != "no"
    assert row["transcripts"]


@pytest.mark.parametrize("name", REGISTRY.commands, ids=bytes.decode)
def test_every_command_is_shown_at_work_and_refused(name: bytes) -> None:
    seen = answers().get(name, set())
    assert b"OK" in seen
    assert seen & {b"NO", b"BAD"}
