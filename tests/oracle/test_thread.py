"""Dovecot 2.3 makes threads of the corpus, and of conversations that are made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailstore.model.sequence_set import encode_numbers
from tests.dovecot import dovecot_binary
from tests.engine import EngineClient
from tests.oracle.client import Client
from tests.oracle.conversations import EACH, conversations
from tests.oracle.engine import mailstore_client
from tests.oracle.messages import all_messages
from tests.oracle.server import serve
from tests.oracle.sort_differences import SORT_DIFFERENCES

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

ALGORITHMS = (b"ORDEREDSUBJECT", b"REFERENCES", b"REFS")
GROUPS = 80
CORPUS = all_messages()
EXPLAINED = {name for each in SORT_DIFFERENCES for name in each.messages}


class Servers:
    """Both of them, with the same mail: the corpus, then the conversations."""

    def __init__(self, dovecot: Client, mailstore: EngineClient) -> None:
        self._dovecot = dovecot
        self._mailstore = mailstore

    def compare(self, algorithm: bytes, messages: bytes) -> None:
        command = b"THREAD %b UTF-8 %b" % (algorithm, messages)
        status, untagged = self._dovecot.command(command)
        assert status == b"OK"
        [theirs] = [line for line in untagged if line.startswith(b"* THREAD")]
        ours = self._mailstore.ask(b"a " + command)[0]
        assert ours.split(b")(") == theirs.strip().split(b")(")


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    messages = CORPUS | conversations(GROUPS)
    with serve(messages) as dovecot:
        yield Servers(dovecot, mailstore_client(messages))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_corpus(servers: Servers, algorithm: bytes) -> None:
    """Without the messages whose dates and subjects are known to be read in other ways."""
    alike = [number for number, name in enumerate(CORPUS, 1) if name not in EXPLAINED]
    assert len(alike) > 700
    servers.compare(algorithm, encode_numbers(alike))


@pytest.mark.parametrize(
    ("group", "algorithm"),
    [
        (group, algorithm)
        for group in range(GROUPS)
        for algorithm in ALGORITHMS
        # With REFS Dovecot puts threads that are alike in no order that could be told.
        if group % 2 or algorithm != b"REFS"
    ],
)
def test_conversations(servers: Servers, algorithm: bytes, group: int) -> None:
    first = len(CORPUS) + 1 + group * EACH
    servers.compare(algorithm, b"%d:%d" % (first, first + EACH - 1))


@pytest.mark.parametrize("algorithm", ALGORITHMS[:2])
def test_all_conversations(servers: Servers, algorithm: bytes) -> None:
    servers.compare(algorithm, b"%d:*" % (len(CORPUS) + 1))
