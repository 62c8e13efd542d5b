"""Dovecot 2.3 is asked about every message; each difference has to be explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dovecot import dovecot_binary
from tests.oracle.client import Client
from tests.oracle.compare import Answers, Mismatch, ask_dovecot, ask_mailstore, compare
from tests.oracle.differences import DIFFERENCES, Difference, explain
from tests.oracle.messages import all_messages, real_messages, with_crlf
from tests.oracle.odd import odd_messages
from tests.oracle.server import serve

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

_DOCUMENT = Path(__file__).parents[2] / "docs" / "mime-differences.md"

Found = list[tuple[Mismatch, Answers]]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serve(all_messages()) as connection:
        yield connection


@pytest.fixture(scope="module")
def found(client: Client) -> Found:
    """Every mismatch, with what else Dovecot says of the message."""
    mismatches: Found = []
    for number, (name, octets) in enumerate(all_messages().items(), 1):
        ours = ask_mailstore(with_crlf(octets))
        theirs = ask_dovecot(client, number, list(ours))
        assert theirs.keys() == ours.keys(), f"Dovecot does not answer for {name}"
        mismatches += [(mismatch, theirs) for mismatch in compare(name, theirs, ours)]
    return mismatches


def test_there_are_enough_messages() -> None:
    assert len(real_messages()) >= 300
    assert len(odd_messages()) >= 200


def test_every_difference_is_explained(found: Found) -> None:
    unexplained = [mismatch for mismatch, theirs in found if explain(mismatch, theirs) is None]
    assert not unexplained, "\n".join(
        f"{mismatch.message} {mismatch.item}\n  Dovecot   {mismatch.dovecot!r:.500}"
        f"\n  mailstore {mismatch.mailstore!r:.500}"
        for mismatch in unexplained[:20]
    )


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_every_explanation_is_needed(difference: Difference, found: Found) -> None:
    seen = {
        mismatch.message for mismatch, theirs in found if explain(mismatch, theirs) is difference
    }
    assert seen
    assert not set(difference.messages) - seen, "these no longer differ"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_every_explanation_is_documented(difference: Difference) -> None:
    text = _DOCUMENT.read_text()
    assert f"| {difference.name} |" in text
    assert difference.source in text
