"""One connection: gives an engine its octets, and is the ``Peer`` that the engine talks to.

Invariants:

* The engine is never entered from inside a call that it makes here, nor twice at a time.
* What the engine writes while it is entered leaves together, in one write and as few TLS
  records as can be. What it writes at another time leaves at the next turn of the reactor.
* While the client does not take its answers nothing more is read from it, so that one
  connection holds ``output`` octets at most, plus the piece that an engine writes at once.
* Before TLS starts, everything that arrived and was not delivered is thrown away.
* Compression lies between the engine and TLS. While something waits to be inflated nothing
  more is read, and inflating takes turns like all other work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol, cast

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from mailstore.model.task import Completed, Waiter
from mailstore.net.admission import Refusal, plain_address
from mailstore.net.deflate import DeflateError, Deflater, Inflater
from mailstore.net.ports import Transport
from mailstore.net.timers import IdleTimer
from mailstore.net.tls import TlsError, TlsLayer
from mailstore.net.transport import WriteThrough, outstanding, prepare

if TYPE_CHECKING:
    from mailstore.net.factory import ConnectionFactory

SLICE_S: Final = 0.005
"""How long one connection works before it lets the others have their turn."""

GATHER: Final = 64 * 1024
"""Octets that are worth a write of their own."""

CLOSE_GRACE_S: Final = 10.0
"""How long a closed connection may take to send what is left, without any progress."""

_NOW: Final[Completed[None]] = Completed(None)


class Engine(Protocol):
    """What IMAP and POP3 connections have in common."""

    def connection_made(self) -> None: ...

    def data_received(self, octets: bytes) -> None: ...

    def timed_out(self) -> None: ...

    def shutting_down(self) -> None: ...

    def connection_lost(self) -> None: ...


@implementer(IPushProducer)
class Connection(TwistedProtocol):
    """Made by :class:`mailstore.net.factory.ConnectionFactory` for each client."""

    factory: ConnectionFactory

    def __init__(self, factory: ConnectionFactory, number: int) -> None:
        self.factory = factory
        self.number = number
        self.address = ""
        self.octets_in = 0
        self.octets_out = 0
        self._clock = factory.clock
        self._engine: Engine | None = None
        self._tls: TlsLayer | None = None
        self._inflater: Inflater | None = None
        self._deflater: Deflater | None = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._entered = False
        self._began = 0.0
        self._turn_due = False
        self._held: deque[bytes] = deque()
        self._input_paused = False
        self._output_full = False
        self._reading = True
        self._drains: list[Waiter[None]] = []
        self._closing = False
        self._lost = False
        self._left_to_send = 0
        self._wire: Transport
        self._wrapped = False
        self.admitted = False
        self._idle = IdleTimer(self._clock, self._expired)
        self._deadline = IdleTimer(self._clock, self._expired)
        self._close_grace = IdleTimer(self._clock, self._close_expired)

    # Twisted calls these.

    def connectionMade(self) -> None:  # noqa: N802
        factory = self.factory
        self._wire = cast(Transport, self.transport)
        self.address = self._peer_address()
        try:
            factory.admission.enter(self, self.address)
        except Refusal as refusal:
            self._turn_away(str(refusal))
            return
        self.admitted = True
        factory.events.info("connect", c=self.number, address=self.address)
        self._wrapped = not isinstance(self._wire, WriteThrough)
        prepare(self._wire, factory.output)
        self._wire.registerProducer(self, True)
        self._deadline.start(factory.login_timeout_s)
        if factory.implicit_tls:
            self._tls = factory.begin_tls()
        else:
            self._begin()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._closing or self._lost:
            return
        self._idle.touch()
        if self._wrapped:
            self._wrapped = False
            self._learn_address()
            if self._closing:
                return
        if self._tls is not None:
            self._tls.feed(data)
            self._read_tls(self._tls)
        else:
            self._deliver(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        self._lost = True
        for timer in (self._idle, self._deadline, self._close_grace):
            timer.stop()
        self._held.clear()
        engine = self._engine
        if engine is not None:
            self._enter(engine.connection_lost)
        self._wake()
        self.factory.left(self)

    def pauseProducing(self) -> None:  # noqa: N802
        self._output_full = True
        self._read_or_not()

    def resumeProducing(self) -> None:  # noqa: N802
        """The socket took everything that was written."""
        self._output_full = False
        self._idle.touch()
        self._wake()
        self._continue_input()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is lost; ``connectionLost`` follows."""

    # Peer.

    @property
    def secure(self) -> bool:
        return self._tls is not None

    @property
    def can_start_tls(self) -> bool:
        return self._tls is None and self.factory.certificate is not None

    @property
    def may_send_password(self) -> bool:
        return self._tls is not None or self.factory.may_send_password(self.address)

    def write(self, octets: bytes) -> None:
        if self._closing or self._lost:
            return
        self._out.append(octets)
        self._out_size += len(octets)
        if self._out_size > GATHER:
            self._flush()
        elif not self._entered:
            self._take_turn()

    def drained(self) -> Awaitable[None]:
        self._flush()
        if self._lost or (not self._output_full and monotonic() - self._began < SLICE_S):
            return _NOW
        waiter: Waiter[None] = Waiter()
        self._drains.append(waiter)
        if not self._output_full:
            self._take_turn()
        return waiter

    def pause_input(self) -> None:
        self._input_paused = True
        self._read_or_not()

    def resume_input(self) -> None:
        self._input_paused = False
        self._take_turn()

    def start_tls(self) -> None:
        self._flush()
        self._held.clear()
        self._tls = self.factory.begin_tls()

    @property
    def compressed(self) -> bool:
        return self._deflater is not None

    def start_compression(self, begun: bytes) -> None:
        self._flush()
        rest = self._inflater.rest() if self._inflater is not None else b""
        self._inflater = Inflater(b"".join([begun, *self._held, rest]))
        self._deflater = Deflater()
        self._held.clear()

    def end_compression(self) -> None:
        self._flush()
        self._deflater = None
        self._held.clear()
        if self._inflater is not None:
            self._inflater.end()

    def set_timeout(self, seconds: float) -> None:
        """Engines do this at sign-in, and from then on nobody may take this place."""
        self._deadline.stop()
        self.factory.admission.signed_in(self)
        if not self._closing and not self._lost:
            self._idle.start(seconds)

    def set_deadline(self, seconds: float) -> None:
        """One that runs already stays: it counts from connect, the TLS handshake included."""
        self._idle.stop()
        self.factory.admission.signed_out(self)
        if not self._deadline.running and not self._closing and not self._lost:
            self._deadline.start(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        timer = IdleTimer(self._clock, partial(self._enter, call))
        timer.start(seconds)
        return timer.stop

    def close(self) -> None:
        if self._closing or self._lost:
            return
        self._flush()
        self._closing = True
        self._idle.stop()
        self._deadline.stop()
        if self._tls is not None and self._tls.ready:
            self._tls.close()
            self._send(self._tls.take())
        self._wire.unregisterProducer()
        self._wait_for_close()

    def abort(self) -> None:
        self._closing = True
        self._wire.abortConnection()

    # Others in this layer call these.

    def make_room(self) -> None:
        self.factory.events.info("evicted", c=self.number, address=self.address)
        self.abort()

    def shut_down(self) -> None:
        """The server stops: finish what runs, then close."""
        if self._engine is None:
            self.abort()
        else:
            self._enter(self._engine.shutting_down)

    @property
    def counts(self) -> dict[str, int]:
        """What the engine counted, for the log."""
        counts: dict[str, int] = getattr(self._engine, "counts", {})
        return counts

    # Where the client is.

    def _peer_address(self) -> str:
        return plain_address(str(getattr(self._wire.getPeer(), "host", "local")))

    def _learn_address(self) -> None:
        """Behind a proxy (``haproxy:``) the client's address comes with its first data."""
        address = self._peer_address()
        if address == self.address:
            return
        self.factory.events.info("proxied", c=self.number, address=address, by=self.address)
        self.address = address
        self.factory.admission.leave(self)
        try:
            self.factory.admission.enter(self, address)
        except Refusal as refusal:
            self._turn_away(str(refusal))

    # Input.

    def _begin(self) -> None:
        self._engine = self.factory.engine(self)
        self._enter(self._engine.connection_made)

    def _deliver(self, octets: bytes) -> None:
        """Octets from the socket or from TLS."""
        self.octets_in += len(octets)
        if self._inflater is None:
            self._hand_over(octets)
        else:
            self._inflater.feed(octets)
            self._inflate()

    def _hand_over(self, octets: bytes) -> None:
        if self._input_paused or self._held:
            self._held.append(octets)
        elif self._engine is not None:
            self._enter(partial(self._engine.data_received, octets))

    def _inflate(self) -> None:
        """Work on what waits to be inflated, for one slice of time."""
        inflater, began = self._inflater, monotonic()
        if inflater is None or self._held:
            return
        try:
            # Each piece may have the engine pause input, end compression or begin it anew.
            while not self._blocked() and inflater is self._inflater:
                octets = inflater.read()
                if not octets:
                    break
                self._hand_over(octets)
                if monotonic() - began > SLICE_S:
                    self._take_turn()
                    break
        except DeflateError as error:
            why = f'"{error}"'
            self.factory.events.info("deflate-broken", c=self.number, address=self.address, why=why)
            self.close()
        self._read_or_not()

    def _read_tls(self, tls: TlsLayer) -> None:
        try:
            if not tls.ready:
                self._handshake(tls)
            while tls.ready and self._may_read():
                octets = tls.read()
                if octets is None:
                    break
                if not octets:
                    # The client closed its side. What was answered so far is sent.
                    self.close()
                    return
                self._deliver(octets)
            self._send(tls.take())
        except TlsError as error:
            self._tls_failed(tls, error)

    def _handshake(self, tls: TlsLayer) -> None:
        if tls.handshake():
            self._send(tls.take())
            self.factory.events.info("tls", c=self.number, using=tls.description)
            if self._engine is None:
                self._begin()

    def _tls_failed(self, tls: TlsLayer, error: TlsError) -> None:
        reason = (error.reason or "failed").replace("_", " ").lower()
        event = "tls-broken" if tls.ready else "tls-refused"
        self.factory.events.info(event, c=self.number, address=self.address, reason=reason)
        self._send(tls.take())
        self._closing = True
        self._wire.unregisterProducer()
        self._wait_for_close()

    def _blocked(self) -> bool:
        return self._input_paused or self._output_full or self._closing or self._lost

    def _inflating(self) -> bool:
        return self._inflater is not None and self._inflater.waiting

    def _may_read(self) -> bool:
        return not self._held and not self._inflating() and not self._blocked()

    def _read_or_not(self) -> None:
        """Read from the socket only while somebody has use for it."""
        wanted = not (self._input_paused or self._output_full or self._inflating())
        if wanted != self._reading and not self._closing and not self._lost:
            self._reading = wanted
            if wanted:
                self._wire.resumeProducing()
            else:
                self._wire.pauseProducing()

    def _continue_input(self) -> None:
        """Deliver what was held back, then read on."""
        engine = self._engine
        while self._held and not self._blocked() and engine is not None:
            octets = self._held.popleft()
            self._enter(partial(engine.data_received, octets))
        self._inflate()
        if self._tls is not None and self._may_read():
            self._read_tls(self._tls)
        self._read_or_not()

    # Entering the engine, and output.

    def _enter(self, call: Callable[[], None]) -> None:
        self._entered = True
        self._began = monotonic()
        try:
            call()
        except Exception as error:  # an engine must never take the process with it
            self.factory.events.incident(error, c=self.number, address=self.address)
            self.abort()
        finally:
            self._entered = False
            self._flush()

    def _flush(self) -> None:
        if not self._out:
            return
        pieces, self._out, self._out_size = self._out, [], 0
        if self._closing or self._lost:
            return
        octets = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self._deflater is not None and octets:
            octets = self._deflater.write(octets)
        self.octets_out += len(octets)
        if self._tls is None:
            self._send(octets)
        elif octets:
            try:
                self._tls.write(octets)
            except TlsError as error:
                self._tls_failed(self._tls, error)
            else:
                self._send(self._tls.take())

    def _send(self, octets: bytes) -> None:
        if octets and not self._lost:
            self._wire.write(octets)

    def _take_turn(self) -> None:
        if not self._turn_due and not self._lost:
            self._turn_due = True
            self._clock.callLater(0, self._turn)

    def _turn(self) -> None:
        self._turn_due = False
        self._flush()
        if self._lost:
            return
        if not self._output_full:
            self._wake()
        self._continue_input()

    def _wake(self) -> None:
        """Go on with the handlers that wait for the client."""
        drains, self._drains = self._drains, []
        for waiter in drains:
            self._enter(partial(waiter.succeed, None))

    # Timeouts.

    def _expired(self) -> None:
        if self._engine is None or (self._tls is not None and not self._tls.ready):
            self.factory.events.info("tls-timeout", c=self.number, address=self.address)
            self.abort()
        elif not self._closing:
            self._enter(self._engine.timed_out)

    def _wait_for_close(self) -> None:
        self._left_to_send = outstanding(self._wire)
        self._close_grace.start(CLOSE_GRACE_S)
        self._wire.loseConnection()

    def _close_expired(self) -> None:
        if outstanding(self._wire) < self._left_to_send:
            self._wait_for_close()
        else:
            self._wire.abortConnection()

    def _turn_away(self, why: str) -> None:
        """Say it in the protocol's words; behind TLS that would cost a handshake, so not there."""
        self.factory.events.warn("refused", c=self.number, address=self.address, why=f'"{why}"')
        self._closing = True
        if not self.factory.implicit_tls:
            self._wire.write(self.factory.refusal(why))
        self._wait_for_close()
