"""The engine of one IMAP connection: octets in, answers out, one command at a time.

A network shell calls the methods of :class:`ImapConnection` and is called back through
:class:`mailstore.account.ports.Peer`. Commands run in the order in which they came, each to
its end before the next is even framed, so a command may change how the octets behind it are
read (IDLE, AUTHENTICATE, COMPRESS), or have them thrown away (STARTTLS). A command that has
to wait for the store or the client is a :class:`~mailstore.model.task.Task`; until it is
done, input waits in the framer, and beyond a bound the peer is asked to deliver no more.

When the client goes away, a command that waits for the client ends where it is. One that
waits for the store goes on to its end, so that what it takes is given back and what it
began is done whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, cast

from mailstore.account.ports import Peer, SignIn
from mailstore.imap.dispatch import Incident, announce, answer, refuse, refuse_frame
from mailstore.imap.extensions import EXTENSIONS
from mailstore.imap.registry import Registry, State
from mailstore.imap.responses import Bye, Disconnected, Unacceptable, encode_bye
from mailstore.imap.session import Session, Wake
from mailstore.imap.upload import Upload
from mailstore.imap.wire.framer import (
    CommandLine,
    Continuation,
    Event,
    Framer,
    FramingError,
    MessageLiteral,
    RawLine,
)
from mailstore.model.errors import MailError
from mailstore.model.limits import ImapLimits
from mailstore.model.task import Task, Waiter

READ_AHEAD: Final = 64 * 1024
"""Octets that wait for the command that runs, beyond which nothing more is read."""

REGISTRY: Final = Registry(EXTENSIONS)
"""Everything this server speaks."""


class ImapConnection:
    """The shell calls the methods of the first part, handlers those of the second."""

    def __init__(
        self,
        peer: Peer,
        sign_in: SignIn,
        limits: ImapLimits | None = None,
        *,
        incident: Incident,
        identity: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        """``identity`` is told in the answer to ID (RFC 2971)."""
        self._peer = peer
        self._limits = limits or ImapLimits()
        self._incident = incident
        self._framer = Framer(self._limits)
        self._session = Session(peer, sign_in, self._limits, REGISTRY, self, identity)
        self._task: Task | None = None
        self._running = False
        self._line: Waiter[bytes | Wake] | None = None
        self._wakeable = False
        self._changed = False
        self._upload: Upload | None = None
        self._commands = 0
        self._waiting_lines = 0
        self._pumping = False
        self._held = False
        self._paused = False
        self._closing = False
        self._stopping = False
        self._end_reminder: Callable[[], None] | None = None

    # What the shell calls

    def connection_made(self) -> None:
        """Greet. The time until login counts from here, whatever the client sends."""
        self._peer.set_deadline(self._limits.login_timeout_s)
        greeting = self._session.capability_line()
        self._session.output.untagged(b"OK [%s] Mailstore ready" % greeting)
        self._session.output.flush()

    def data_received(self, octets: bytes) -> None:
        if self._closing:
            return
        self._framer.feed(octets)
        if self._running:
            self._waiting_lines += octets.count(b"\n")
        self._pump()

    def timed_out(self) -> None:
        """Nothing came for the time that was agreed, or login took too long."""
        if self._closing:
            self._peer.abort()
        elif self._line is not None and self._wakeable:
            self._give_line(Wake.TIMEOUT)
        elif self._session.output.draining:
            # The client has not read for all that time; it will not read a BYE either.
            self._peer.abort()
        elif self._running and self._line is None:
            self._wait_on()
        elif self._session.state is State.NOT_AUTHENTICATED:
            self._say_bye(Bye(b"Login took too long"))
        else:
            self._say_bye(Bye(b"Idle for too long"))

    def shutting_down(self) -> None:
        """Finish the command that runs, then say BYE; at once to a client that waits."""
        self._stopping = True
        if not self._running or self._line is not None:
            self._stop()

    def connection_lost(self) -> None:
        """The client is gone. Safe to call after any ``close`` of the peer, and twice."""
        self._closing = True
        self._session.disconnect()
        if self._end_reminder is not None:
            self._end_reminder()
        task = self._task
        if self._line is not None:
            self._end_wait()
        elif task is not None and self._session.output.draining:
            task.cancel()
            self._running, self._task = False, None
        self._release()

    @property
    def session(self) -> Session:
        """For statistics and tests."""
        return self._session

    @property
    def counts(self) -> dict[str, int]:
        """For the log: what the session did."""
        return {"commands": self._commands}

    # What handlers call, see session.Connection

    def line(self) -> Awaitable[bytes]:
        return cast(Awaitable[bytes], self._next_line(wakeable=False))

    def line_or_wake(self) -> Awaitable[bytes | Wake]:
        return self._next_line(wakeable=True)

    def _next_line(self, *, wakeable: bool) -> Waiter[bytes | Wake]:
        self._session.output.flush()
        waiter: Waiter[bytes | Wake] = Waiter()
        if self._closing:
            waiter.fail(Disconnected())
        elif wakeable and self._changed:
            self._changed = False
            waiter.succeed(Wake.CHANGE)
        else:
            self._framer.expect_line()
            self._line, self._wakeable = waiter, wakeable
            # If the command had to wait for the store, its line may have come meanwhile.
            self._pump()
        return waiter

    def changed(self) -> None:
        """A change while nobody waits is kept for who waits next."""
        if self._line is not None and self._wakeable:
            self._give_line(Wake.CHANGE)
        else:
            self._changed = True

    def hold_input(self) -> None:
        self._held = True
        self._pause_or_resume()

    def start_tls(self) -> None:
        self._framer.clear()
        self._waiting_lines = 0
        self._peer.start_tls()

    def start_compression(self) -> None:
        self._waiting_lines = 0
        self._peer.start_compression(self._framer.clear())

    def logged_in(self) -> None:
        self._framer.logged_in = True
        self._peer.set_timeout(self._limits.idle_timeout_s)

    def logged_out(self) -> None:
        self._framer.logged_in = False
        self._changed = False
        self._peer.set_deadline(self._limits.login_timeout_s)

    def end_compression(self) -> None:
        self._framer.clear()
        self._waiting_lines = 0
        self._peer.end_compression()

    def give_up(self) -> None:
        self._closing = True
        self._session.disconnect()
        self._peer.abort()

    def hang_up(self) -> None:
        self._closing = True
        self._session.output.flush()
        self._session.disconnect()
        self._peer.close()

    # Input

    def _pump(self) -> None:
        """Use what has arrived, until a command has to wait or nothing is whole."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while not self._closing and self._step():
                pass
        finally:
            self._pumping = False
        self._session.output.flush()
        self._pause_or_resume()

    def _step(self) -> bool:
        """Handle one event, if there is one and it may be handled now."""
        if self._running and self._line is None:
            return False
        try:
            event = self._framer.next_event()
        except MailError as error:
            self._refuse_upload(error)
            return True
        if event is None:
            self._waiting_lines = 0
            return False
        self._handle(event)
        return True

    def _handle(self, event: Event) -> None:
        if isinstance(event, CommandLine):
            self._commands += 1
            upload, self._upload = self._upload, None
            self._run(answer(self._session, event.frame, upload, self._incident))
        elif isinstance(event, RawLine):
            self._give_line(event.octets)
        elif isinstance(event, Continuation):
            self._session.output.write(b"+ OK\r\n")
        elif isinstance(event, MessageLiteral):
            self._run(self._announced(event))
        else:
            self._refuse_frame(event)

    def _refuse_frame(self, error: FramingError) -> None:
        self._discard_upload()
        if error.fatal:
            self._say_bye(Bye(error.text, error.code))
        elif self._line is not None:
            line, self._line = self._line, None
            line.fail(Unacceptable(error.text, error.code))
        else:
            self._write(lambda: refuse_frame(self._session, error))

    def _write(self, reply: Callable[[], None]) -> None:
        try:
            reply()
        except Bye as bye:
            self._say_bye(bye)

    def _give_line(self, line: bytes | Wake) -> None:
        waiter, self._line = self._line, None
        if waiter is not None:
            waiter.succeed(line)

    def _pause_or_resume(self) -> None:
        if self._closing:
            return
        full = self._running and (
            self._held
            or self._waiting_lines > self._limits.pipeline
            or self._framer.buffered > READ_AHEAD
        )
        if full and not self._paused:
            self._paused = True
            self._peer.pause_input()
        elif self._paused and not full:
            self._paused = False
            self._peer.resume_input()

    # Messages of APPEND

    async def _announced(self, event: MessageLiteral) -> None:
        """A message is on its way: find room for it, or have it dropped."""
        upload = await announce(self._session, event.frame, self._upload, self._incident)
        self._upload = upload
        if upload is None:
            self._framer.refuse()
            return
        self._framer.accept(upload.write)
        if event.synchronising:
            self._session.output.write(b"+ OK\r\n")

    def _refuse_upload(self, error: MailError) -> None:
        """The room for a message ended while it came in."""
        upload, self._upload = self._upload, None
        self._framer.refuse()
        if upload is not None:
            self._write(lambda: refuse(self._session, upload, error))

    def _discard_upload(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.discard()

    # Commands and the end

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._running = True
        self._session.output.begin_turn()
        task = Task(coroutine, self._ended)
        if not task.done:
            self._task = task
            if self._end_reminder is None:
                self._remind_in(self._limits.progress_s)

    def _remind_in(self, seconds: float) -> None:
        self._end_reminder = self._peer.call_later(seconds, self._remind)

    def _remind(self) -> None:
        """Tell the client if its command has been at work for long (RFC 9585).

        Not while it waits for the client, whose answer may be in the middle of a literal.
        One timer serves all commands until none is found at work.
        """
        self._end_reminder = None
        if self._closing or not self._running:
            return
        session = self._session
        if self._line is None and not session.output.draining and session.state & State.LOGGED_IN:
            if session.progress.due_in_s() <= 0:
                session.progress.tell()
                session.output.flush()
            self._remind_in(max(session.progress.due_in_s(), 0.0))
        else:
            self._remind_in(self._limits.progress_s)

    def _ended(self, error: BaseException | None) -> None:
        self._running, self._task, self._line = False, None, None
        self._held = False
        if self._closing:
            self._release()
        elif isinstance(error, Bye):
            self._say_bye(error)
        elif error is not None:
            incident = self._incident(error)
            self._say_bye(Bye(b"Internal error, logged as " + incident.encode()))
        elif self._stopping:
            self._stop()
        else:
            self._pump()

    def _wait_on(self) -> None:
        """The server is slow, not the client: give it the same time again."""
        if self._session.state is State.NOT_AUTHENTICATED:
            self._peer.set_deadline(self._limits.login_timeout_s)
        else:
            self._peer.set_timeout(self._limits.idle_timeout_s)

    def _stop(self) -> None:
        self._say_bye(Bye(b"The server is shutting down", b"UNAVAILABLE"))

    def _say_bye(self, bye: Bye) -> None:
        if self._closing:
            return
        self._session.output.write(encode_bye(bye))
        self.hang_up()
        self._end_wait()
        self._release()

    def _end_wait(self) -> None:
        """A command that waits for the client waits no longer."""
        waiter, self._line = self._line, None
        if waiter is not None:
            waiter.fail(Disconnected())

    def _release(self) -> None:
        if not self._running:
            self._discard_upload()
            self._session.release()
