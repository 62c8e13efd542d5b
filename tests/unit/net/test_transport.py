"""The write-through transport on loopback, with a reactor of its own that is turned by hand."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

import pytest
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.selectreactor import SelectReactor

from mailstore.net.transport import WriteThrough, WriteThroughPort, outstanding, prepare


class Talker(Protocol):
    def __init__(self) -> None:
        self.paused = 0
        self.resumed = 0
        self.lost = False

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        self.lost = True

    def pauseProducing(self) -> None:  # noqa: N802
        self.paused += 1

    def resumeProducing(self) -> None:  # noqa: N802
        self.resumed += 1

    def stopProducing(self) -> None:  # noqa: N802
        pass


class Loop:
    def __init__(self) -> None:
        self.reactor = SelectReactor()
        self.protocols: list[Talker] = []
        factory = Factory()
        factory.noisy = False
        factory.buildProtocol = self._build  # type: ignore[method-assign,assignment]
        wanted = cast(IProtocolFactory, factory)
        self.port = WriteThroughPort(0, wanted, interface="127.0.0.1", reactor=self.reactor)
        self.port.startListening()
        self.client = socket.create_connection(("127.0.0.1", self.port.getHost().port))
        self.until(lambda: bool(self.protocols))
        self.protocol = self.protocols[0]
        self.transport: WriteThrough = self.protocol.transport  # type: ignore[assignment]

    def _build(self, address: object) -> Talker:
        self.protocols.append(Talker())
        return self.protocols[-1]

    def until(self, true: Callable[[], bool]) -> None:
        for _ in range(2000):
            if true():
                return
            self.reactor.iterate(0.01)
        raise AssertionError("it did not happen")

    def close(self) -> None:
        self.client.close()
        self.port.stopListening()
        self.until(lambda: self.protocol.lost and not self.port.connected)


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def test_an_answer_leaves_before_the_reactor_turns(loop: Loop) -> None:
    loop.transport.write(b"hello")
    loop.client.settimeout(5)
    assert loop.client.recv(100) == b"hello"
    assert outstanding(loop.transport) == 0


def test_what_the_socket_does_not_take_is_sent_later_in_order(loop: Loop) -> None:
    prepare(loop.transport, 100_000)
    loop.transport.registerProducer(loop.protocol, True)
    sent = b"".join(b"%07d\n" % number for number in range(2_000_000))
    loop.transport.write(sent)
    assert loop.protocol.paused == 1
    loop.transport.write(b"end")
    loop.client.setblocking(False)
    received = bytearray()

    def all_received() -> bool:
        with suppress(BlockingIOError):
            received.extend(loop.client.recv(1 << 20))
        return len(received) >= len(sent) + 3

    loop.until(all_received)
    assert bytes(received) == sent + b"end"
    loop.until(lambda: loop.protocol.resumed == 1)
    loop.transport.unregisterProducer()


def test_writing_to_a_client_that_is_gone_ends_the_connection(loop: Loop) -> None:
    loop.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    loop.client.close()
    for _ in range(10):
        loop.transport.write(b"x" * 1000)
    loop.until(lambda: loop.protocol.lost)


def test_close_sends_what_is_queued(loop: Loop) -> None:
    data = b"y" * 20_000_000
    loop.transport.write(data)
    loop.transport.loseConnection()
    loop.client.setblocking(False)
    received = bytearray()
    closed = False

    def at_end() -> bool:
        nonlocal closed
        try:
            piece = loop.client.recv(1 << 20)
        except BlockingIOError:
            return False
        received.extend(piece)
        closed = not piece
        return closed

    loop.until(at_end)
    assert len(received) == len(data)
