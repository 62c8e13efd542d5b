"""COMPRESS=DEFLATE over sockets, with and without TLS."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import pytest

from mailstore.net.deflate import Inflater
from tests.integration.test_lifecycle import append, log_in
from tests.integration.test_pressure import MIB, resident
from tests.integration.wire import Wire
from tests.server import Server

TEXT = b"Subject: long\r\n\r\n" + b"All work and no play makes Jack a dull boy.\r\n" * 100_000


class CompressedWire(Wire):
    """Lines in and out, compressed once ``compress`` was called."""

    deflater: zlib._Compress | None = None
    inflater: Inflater | None = None
    received = 0

    def compress(self, level: int = 6) -> None:
        assert self.ask(b"z COMPRESS DEFLATE").startswith(b"z OK ")
        self.deflater = zlib.compressobj(level, wbits=-15)
        self.inflate()

    def inflate(self) -> None:
        """What comes from here on is compressed."""
        self.inflater, self.unread = Inflater(self.unread), b""

    def encode(self, octets: bytes) -> bytes:
        assert self.deflater is not None
        return self.deflater.compress(octets) + self.deflater.flush(zlib.Z_SYNC_FLUSH)

    def send(self, octets: bytes) -> None:
        super().send(octets if self.deflater is None else self.encode(octets))

    def send_octet_by_octet(self, octets: bytes) -> None:
        for octet in self.encode(octets):
            self.socket.sendall(bytes((octet,)))

    def _receive(self) -> bytes:
        while True:
            if self.inflater is not None and (octets := self.inflater.read()):
                return octets
            octets = super()._receive()
            self.received += len(octets)
            if not octets or self.inflater is None:
                return octets
            self.inflater.feed(octets)


@pytest.fixture(params=["imap", "imaps"])
def wire(request: pytest.FixtureRequest, server: Server) -> Iterator[CompressedWire]:
    with CompressedWire(server, request.param) as wire:
        log_in(wire)
        yield wire


def test_a_session_goes_on_compressed(wire: CompressedWire) -> None:
    wire.compress()
    append(wire, TEXT)
    assert wire.ask(b"s STATUS INBOX (MESSAGES)").startswith(b"* STATUS INBOX (MESSAGES ")
    wire.until(b"s OK")
    wire.send(b"t SELECT INBOX\r\n")
    wire.until(b"t OK")
    before = wire.received
    wire.send(b"f FETCH * BODY.PEEK[]\r\ng LOGOUT\r\n")
    assert wire.line().endswith(b"{%d}" % len(TEXT))
    assert wire.rest().startswith(TEXT + b")\r\nf OK ")
    assert wire.received - before < len(TEXT) / 20


def test_starttls_and_then_compression(server: Server) -> None:
    with CompressedWire(server, "imap") as wire:
        wire.line()
        assert wire.ask(b"a STARTTLS").startswith(b"a OK")
        wire.start_tls()
        wire.send(b'in LOGIN alice "correct horse"\r\n')
        wire.until(b"in OK")
        wire.compress()
        assert wire.ask(b"b NOOP").startswith(b"b OK")


def test_octet_by_octet(wire: CompressedWire) -> None:
    wire.compress()
    wire.send_octet_by_octet(b"a NOOP\r\nb CREATE {4+}\r\nWork\r\nc DELETE Work\r\n")
    assert [wire.line()[:4] for _ in range(3)] == [b"a OK", b"b OK", b"c OK"]


def test_what_is_sent_behind_the_command_is_compressed(wire: CompressedWire) -> None:
    """All in one packet, without waiting for the OK."""
    wire.deflater = zlib.compressobj(wbits=-15)
    stream = wire.encode(b"b NOOP\r\nc CAPABILITY\r\n")
    wire.socket.sendall(b"a COMPRESS DEFLATE\r\n" + stream)
    assert wire.line().startswith(b"a OK ")
    wire.inflate()
    assert wire.line().startswith(b"b OK ")
    assert b"COMPRESS" not in wire.line()
    assert wire.line().startswith(b"c OK ")


def test_idle_hears_of_mail_at_once(wire: CompressedWire, server: Server) -> None:
    wire.compress()
    wire.send(b"s SELECT INBOX\r\n")
    wire.until(b"s OK")
    assert wire.ask(b"i IDLE") == b"+ idling"
    with Wire(server, "imap") as other:
        log_in(other)
        append(other, b"Subject: new\r\n\r\n")
    assert wire.line().endswith(b" EXISTS")


def test_unauthenticate_ends_compression_with_a_login_in_the_same_packet(
    wire: CompressedWire,
) -> None:
    """RFC 8437, section 4.1: the client compresses up to the end of that command."""
    wire.compress()
    assert wire.inflater is not None
    packet = wire.encode(b"a UNAUTHENTICATE\r\n") + b'b LOGIN bob "battery staple"\r\n'
    wire.deflater = None
    wire.socket.sendall(packet)
    assert wire.line().startswith(b"a OK [CAPABILITY ")
    wire.inflater.end()
    assert wire.line().startswith(b"b OK [CAPABILITY ")
    assert wire.ask(b"c NOOP").startswith(b"c OK")


def test_a_stream_that_is_none_ends_the_connection(wire: CompressedWire, server: Server) -> None:
    wire.compress()
    wire.socket.sendall(b"b NOOP\r\n\xff\xff\xff\xff")
    assert wire.rest() == b""
    assert "deflate-broken" in server.log()


def test_a_stream_that_was_ended_ends_the_connection(wire: CompressedWire) -> None:
    wire.compress()
    assert wire.deflater is not None
    end = wire.deflater.compress(b"b NOOP\r\n") + wire.deflater.flush(zlib.Z_FINISH)
    wire.socket.sendall(end)
    assert wire.line().startswith(b"b OK")
    wire.socket.sendall(b"more")
    assert wire.rest() == b""


@pytest.mark.parametrize("filling", [b"\0", b"n NOOP\r\n"], ids=["line", "commands"])
def test_a_bomb_fills_no_memory_and_keeps_nobody_waiting(
    wire: CompressedWire, server: Server, filling: bytes
) -> None:
    """100 MiB in less than a megabyte: one line that never ends, or commands without number."""
    wire.compress(9)
    size = 100 * MIB if filling == b"\0" else 4 * MIB
    bomb = wire.encode(filling * (size // len(filling)))
    before, began = resident(server), time.monotonic()
    wire.socket.sendall(bomb)
    with Wire(server, "imap") as other:
        log_in(other)
        for _ in range(50):
            assert other.ask(b"n NOOP").startswith(b"n OK")
    assert resident(server) - before < 16 * MIB
    assert time.monotonic() - began < 10
