"""Dovecot 2.3 sorts every message of the corpus; each difference has to be explained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest

from tests.dovecot import dovecot_binary
from tests.engine import EngineClient
from tests.oracle.client import Client
from tests.oracle.engine import mailstore_client
from tests.oracle.messages import all_messages
from tests.oracle.server import serve
from tests.oracle.sort_differences import SORT_DIFFERENCES

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

CRITERIA = "ARRIVAL CC DATE DISPLAYFROM DISPLAYTO FROM SIZE SUBJECT TO".split()
NAMES = tuple(all_messages())
EXPLAINED = [
    (name, criterion)
    for difference in SORT_DIFFERENCES
    for name in difference.messages
    for criterion in difference.criteria
]

Orders = tuple[list[str], list[str]]


class Servers:
    """Both of them, with the same mail."""

    def __init__(self, dovecot: Client, mailstore: EngineClient) -> None:
        self._dovecot = dovecot
        self._mailstore = mailstore
        self._known: dict[str, Orders] = {}

    def sort(self, criteria: str) -> Orders:
        """Names of the messages in the order of Dovecot, and in ours."""
        if criteria not in self._known:
            command = b"SORT (%b) UTF-8 ALL" % criteria.encode()
            status, untagged = self._dovecot.command(command)
            assert status == b"OK"
            [theirs] = [line for line in untagged if line.startswith(b"* SORT")]
            self._known[criteria] = names(theirs), names(self._mailstore.ask(b"a " + command)[0])
        return self._known[criteria]


def names(line: bytes) -> list[str]:
    return [NAMES[int(word) - 1] for word in line.split()[2:]]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with serve(all_messages()) as dovecot:
        yield Servers(dovecot, mailstore_client(all_messages()))


def without(orders: Orders, excepted: set[str]) -> Orders:
    theirs, ours = orders
    return [n for n in theirs if n not in excepted], [n for n in ours if n not in excepted]


def explained(*criteria: str) -> set[str]:
    return {name for name, criterion in EXPLAINED if criterion in criteria}


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("reverse", ["", "REVERSE "])
def test_by_one_criterion(servers: Servers, criterion: str, reverse: str) -> None:
    theirs, ours = without(servers.sort(reverse + criterion), explained(criterion))
    assert ours == theirs
    assert len(ours) > 700


@pytest.mark.parametrize(("first", "second"), list(permutations(CRITERIA, 2)))
def test_by_two_criteria(servers: Servers, first: str, second: str) -> None:
    orders = servers.sort(f"{first} REVERSE {second}")
    theirs, ours = without(orders, explained(first, second))
    assert ours == theirs


@pytest.mark.parametrize(
    "name", [name for difference in SORT_DIFFERENCES for name in difference.messages]
)
def test_every_explanation_is_needed(servers: Servers, name: str) -> None:
    for criterion in {criterion for each, criterion in EXPLAINED if each == name}:
        theirs, ours = without(servers.sort(criterion), explained(criterion) - {name})
        if theirs != ours:
            return
    pytest.fail("both servers sort it alike")
