"""Every IMAP transcript, on each store and over the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.model.limits import ImapLimits
from mailstore.model.offers import ImapOffers
from mailstore.model.quota import Quota
from mailstore.store.check import check_user
from mailstore.store.memory import MemoryStore
from mailstore.store.opening import open_user
from mailstore.store.ports import UserStore
from tests.engine import EngineClient, EngineServer
from tests.transcripts.network import NetworkServer
from tests.transcripts.play import NothingCame, play, prepare
from tests.transcripts.script import Transcript, load

TRANSCRIPTS = sorted((Path(__file__).parent / "imap").glob("*.txt"))


class InProcessClient:
    """An engine, fed whole packets or octet by octet."""

    def __init__(self, client: EngineClient, piece: int) -> None:
        self._client = client
        self._piece = piece
        self._unread = b""

    def send(self, octets: bytes) -> None:
        for start in range(0, len(octets), self._piece):
            self._client.send(octets[start : start + self._piece])

    def line(self) -> bytes | None:
        self._unread += self._client.taken()
        line, crlf, rest = self._unread.partition(b"\r\n")
        if crlf:
            self._unread = rest
            return line
        if self._client.peer.closed and not line:
            return None
        raise NothingCame

    def timed_out(self) -> None:
        self._client.engine.timed_out()

    def rest(self) -> bytes:
        return self._unread + self._client.taken()


class InProcessServer:
    def __init__(self, server: EngineServer, piece: int) -> None:
        self._server = server
        self._piece = piece

    def connect(self, channel: str) -> InProcessClient:
        return InProcessClient(self._server.connect(channel), self._piece)

    def shut_down(self) -> None:
        for client in self._server.clients:
            client.engine.shutting_down()


def play_in_process(transcript: Transcript, store: UserStore, piece: int = 1 << 20) -> None:
    prepare(transcript, store)
    server = EngineServer(
        store,
        ImapLimits(**transcript.limits),
        offers=ImapOffers(**transcript.offers),
        quota=Quota(**transcript.quota),
    )
    play(transcript, InProcessServer(server, piece))
    server.end()


@pytest.fixture(params=TRANSCRIPTS, ids=lambda path: path.stem)
def transcript(request: pytest.FixtureRequest) -> Transcript:
    return load(request.param)


def test_on_the_store_in_memory(transcript: Transcript) -> None:
    play_in_process(transcript, MemoryStore())


def test_on_a_maildir(transcript: Transcript, tmp_path: Path) -> None:
    store = open_user(tmp_path / "mail")
    play_in_process(transcript, store)
    store.close()
    assert check_user(tmp_path / "mail") == []


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkServer]:
    server = NetworkServer(tmp_path_factory.mktemp("server"))
    yield server
    incidents = server.incidents()
    server.close()
    assert incidents == []


def test_over_the_network(transcript: Transcript, network: NetworkServer, tmp_path: Path) -> None:
    if transcript.engine_only:
        pytest.skip("is about time, or the end of the server")
    store = open_user(tmp_path / "mail")
    prepare(transcript, store)
    store.close()
    network.use(transcript, tmp_path / "mail")
    play(transcript, network)
    assert check_user(tmp_path / "mail") == []


def test_octet_by_octet(transcript: Transcript) -> None:
    """How input is cut into packets makes no difference."""
    if transcript.whole_packets:
        pytest.skip("is about what one packet holds")
    play_in_process(transcript, MemoryStore(), piece=1)
