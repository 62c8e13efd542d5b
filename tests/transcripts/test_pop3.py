"""Every POP3 transcript, on each store and over the network."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from mailstore.account.account import Account
from mailstore.account.accounts import Accounts
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.ports import Peer
from mailstore.model.errors import AuthenticationFailed
from mailstore.model.limits import Pop3Limits
from mailstore.model.task import Completed
from mailstore.pop3.connection import Pop3Connection
from mailstore.pop3.registry import commands
from mailstore.store import open_user
from mailstore.store.check import check_user
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import UserStore
from tests.engine import PASSWORD, USER, EnginePeer
from tests.integration.wire import Wire
from tests.server import Server as RunningServer
from tests.transcripts.play import NothingCame, play, prepare
from tests.transcripts.script import Transcript, load

TRANSCRIPTS = sorted((Path(__file__).parent / "pop3").glob("*.txt"))


class Client:
    """An engine, fed whole packets or octet by octet."""

    def __init__(self, engine: Pop3Connection, peer: EnginePeer, piece: int) -> None:
        self.engine = engine
        self._peer = peer
        self._piece = piece
        self._unread = b""
        engine.connection_made()

    def send(self, octets: bytes) -> None:
        for start in range(0, len(octets), self._piece):
            self.engine.data_received(octets[start : start + self._piece])
        if self._peer.closed:
            self.engine.connection_lost()

    def line(self) -> bytes | None:
        self._unread += self._taken()
        line, crlf, rest = self._unread.partition(b"\r\n")
        if crlf:
            self._unread = rest
            return line
        if self._peer.closed and not line:
            return None
        raise NothingCame

    def timed_out(self) -> None:
        self.engine.timed_out()
        self.engine.connection_lost()

    def rest(self) -> bytes:
        return self._unread + self._taken()

    def _taken(self) -> bytes:
        octets = b"".join(self._peer.writes)
        self._peer.writes.clear()
        return octets


class Server:
    """Engines on one store; clients of ``transaction`` transcripts are signed in."""

    def __init__(
        self, open_store: Callable[[], UserStore], limits: Pop3Limits, state: str, piece: int
    ) -> None:
        self._accounts = Accounts(lambda user: Mail(open_store(), InPlaceLane(), None), per_user=50)
        self._limits = limits
        self._state = state
        self._piece = piece
        self.clients: list[Client] = []
        self.incidents: list[BaseException] = []

    def connect(self, channel: str) -> Client:
        peer = EnginePeer(channel)
        engine = Pop3Connection(peer, self, self._limits, incident=self._incident)
        client = Client(engine, peer, self._piece)
        self.clients.append(client)
        if self._state == "transaction":
            client.send(b"USER %b\r\nPASS %b\r\n" % (USER, PASSWORD))
            for _ in range(3):
                line = client.line()
                assert line is not None
                assert line.startswith(b"+OK")
        return client

    def login(
        self, user: bytes, password: bytes, peer: Peer, *, protocol: str
    ) -> Awaitable[Account]:
        assert protocol == "pop3"
        if (user, password) != (USER, PASSWORD):
            raise AuthenticationFailed("wrong")
        return Completed(self._accounts.open(user.decode()))

    def _incident(self, error: BaseException) -> str:
        self.incidents.append(error)
        return "incident"

    def shut_down(self) -> None:
        for client in self.clients:
            client.engine.shutting_down()

    def end(self) -> None:
        for client in self.clients:
            client.engine.connection_lost()
        if self.incidents:
            raise self.incidents[0]


def play_on(
    transcript: Transcript, open_store: Callable[[], UserStore], piece: int = 1 << 20
) -> None:
    """``open_store`` opens the same mail each time, as sessions that come one after another do."""
    store = open_store()
    prepare(transcript, store)
    store.close()
    server = Server(open_store, Pop3Limits(**transcript.limits), transcript.state, piece)
    play(dataclasses.replace(transcript, state="connected"), server)
    server.end()


@pytest.fixture(params=TRANSCRIPTS, ids=lambda path: path.stem)
def transcript(request: pytest.FixtureRequest) -> Transcript:
    return load(request.param)


def test_on_the_store_in_memory(transcript: Transcript) -> None:
    store = MemoryStore()
    play_on(transcript, lambda: store)


def test_octet_by_octet(transcript: Transcript) -> None:
    """How input is cut into packets makes no difference."""
    if transcript.whole_packets:
        pytest.skip("is about what one packet holds")
    store = MemoryStore()
    play_on(transcript, lambda: store, piece=1)


def test_on_a_maildir(transcript: Transcript, tmp_path: Path) -> None:
    play_on(transcript, lambda: open_user(tmp_path / "mail"))
    assert check_user(tmp_path / "mail") == []


class NetworkClient:
    """A connection to a server in another process."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, octets: bytes) -> None:
        self._wire.send(octets)

    def line(self) -> bytes | None:
        return self._wire.line_or_end()

    def timed_out(self) -> None:
        raise NotImplementedError("only engines can be told the time")

    def rest(self) -> bytes:
        return self._wire.unread


class NetworkServer:
    def __init__(self, server: RunningServer, user: str, state: str) -> None:
        self._server = server
        self._user = user
        self._state = state
        self.wires: list[Wire] = []

    def connect(self, channel: str) -> NetworkClient:
        wire = Wire(self._server, "pop3s")
        self.wires.append(wire)
        client = NetworkClient(wire)
        if self._state == "transaction":
            client.send(b"USER %b\r\nPASS %b\r\n" % (self._user.encode(), PASSWORD))
            for _ in range(3):
                assert wire.line().startswith(b"+OK")
        return client

    def shut_down(self) -> None:
        raise NotImplementedError("the server is for many transcripts")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningServer]:
    """One user for each transcript, named as in the transcripts where the name is sent."""
    users = {user_of(path): PASSWORD.decode() for path in TRANSCRIPTS}
    with RunningServer(None, users) as server:
        yield server


def user_of(path: Path) -> str:
    return f"alice-{path.stem}"


def test_over_the_network(transcript: Transcript, running: RunningServer) -> None:
    if transcript.engine_only or transcript.limits or transcript.peer != "tls":
        pytest.skip("needs an engine with settings of its own")
    if transcript.state == "connected":
        pytest.skip("has the name of the one user of the engine in it")
    user = user_of(transcript.path)
    store = open_user(running.accounts[user].maildir)
    prepare(transcript, store)
    store.close()
    network = NetworkServer(running, user, transcript.state)
    play(dataclasses.replace(transcript, state="connected"), network)
    for wire in network.wires:
        wire.close()


@cache
def replies() -> dict[bytes, set[bytes]]:
    """How each command is answered in any transcript, where one line answers each."""
    found: dict[bytes, set[bytes]] = {}
    for path in TRANSCRIPTS:
        waiting: dict[str, list[bytes]] = {}
        for step in load(path).steps:
            if step.kind == "C" and (word := re.match(rb"[A-Za-z]{3,4}(?= |$)", step.octets)):
                waiting.setdefault(step.client, []).append(word[0].upper())
            elif step.kind == "S" and re.match(rb"\+OK|-ERR", step.octets):
                asked = waiting.get(step.client, [])
                if asked:
                    found.setdefault(asked.pop(0), set()).add(step.octets[:3])
    return found


@pytest.mark.parametrize("name", commands(), ids=bytes.decode)
def test_every_command_is_shown_at_work_and_refused(name: bytes) -> None:
    assert replies().get(name) == {b"+OK", b"-ER"}
