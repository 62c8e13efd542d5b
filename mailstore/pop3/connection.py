"""The engine of one POP3 connection: lines in, replies out, one command at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailstore.account.ports import Peer, SignIn
from mailstore.model.errors import AuthenticationFailed, MailError
from mailstore.model.limits import Pop3Limits
from mailstore.model.task import Task, Waiter
from mailstore.pop3.lines import BadLine, LineReader
from mailstore.pop3.registry import commands
from mailstore.pop3.replies import BadSyntax, Refused, encode_error, encode_ok, reply_to
from mailstore.pop3.session import Session

T = TypeVar("T")

READ_AHEAD = 64 * 1024
"""Octets that wait for the command that runs, beyond which nothing more is read."""

Incident = Callable[[BaseException], str]
"""Logs an error that nobody foresaw, and gives the id under which it was logged."""


class ClientGone(Exception):
    """The client went away while the handler waited for the store."""


class Pop3Connection:
    """The shell calls the methods without underscore, the handlers those of ``Wire``.

    Commands that arrive while one runs wait in the line reader; beyond ``limits.pipeline``
    of them the peer is asked to deliver nothing more.
    """

    def __init__(
        self,
        peer: Peer,
        sign_in: SignIn,
        limits: Pop3Limits | None = None,
        *,
        incident: Incident,
    ) -> None:
        self._peer = peer
        self._limits = limits or Pop3Limits()
        self._incident = incident
        self._session = Session(peer, sign_in, self._limits, self)
        self._lines = LineReader()
        self._task: Task | None = None
        self._running = False
        self._line_wanted: tuple[Waiter[bytes], int] | None = None
        self._waits_for_client = False
        self._bad_commands = 0
        self._failed_logins = 0
        self._paused = False
        self._pumping = False
        self._closing = False
        self._lost = False
        self._stopping = False

    # What the shell calls.

    def connection_made(self) -> None:
        self._peer.set_deadline(self._limits.login_timeout_s)
        self._peer.write(encode_ok("mailstore POP3 ready"))

    def data_received(self, octets: bytes) -> None:
        if self._closing:
            return
        self._lines.feed(octets)
        self._pump()

    def timed_out(self) -> None:
        """RFC 1939, section 3: close without a reply; nothing is deleted."""
        if self._running and not self._waits_for_client:
            # The store is slow, not the client.
            self._peer.set_deadline(self._limits.login_timeout_s)
            return
        self._closing = True
        self._peer.close()

    def shutting_down(self) -> None:
        """Finish the command that runs, then close; say so to a client that is idle."""
        self._stopping = True
        if not self._running or self._line_wanted is not None:
            self._give_up("The server is shutting down", "SYS/TEMP")

    def connection_lost(self) -> None:
        """Nothing is deleted: there was no QUIT, or it has been answered.

        A handler that waits for the store runs to its end, so that what it takes (a lock,
        an account) is given back; one that waits for the client ends here.
        """
        self._closing = self._lost = True
        if self._running and not self._waits_for_client:
            return
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._session.close()

    @property
    def counts(self) -> dict[str, int]:
        """For the log: what the session did."""
        return {
            "retrieved": len(self._session.retrieved),
            "deleted": len(self._session.deleted),
        }

    # What handlers call, see session.Wire.

    async def line(self, limit: int) -> bytes:
        self._check_lost()
        waiter: Waiter[bytes] = Waiter()
        self._line_wanted = waiter, limit
        return await self._by_client(waiter)

    async def drained(self) -> None:
        self._check_lost()
        await self._by_client(self._peer.drained())

    def _check_lost(self) -> None:
        """End a handler that outlived its client."""
        if self._lost:
            raise ClientGone

    async def _by_client(self, awaitable: Awaitable[T]) -> T:
        self._waits_for_client = True
        try:
            return await awaitable
        finally:
            self._waits_for_client = False

    def forget_input(self) -> None:
        self._lines.clear()

    def close(self) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = self._lost = True
        self._peer.abort()

    # Input.

    def _pump(self) -> None:
        """Run what is waiting, until a command has to wait or there is none."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while not self._closing and self._step():
                pass
        finally:
            self._pumping = False
        self._pause_or_resume()

    def _step(self) -> bool:
        """Use one line, if there is one and somebody for it."""
        if self._running and self._line_wanted is None:
            return False
        limit = self._limits.line if self._line_wanted is None else self._line_wanted[1]
        try:
            line = self._lines.next_line(limit)
        except BadLine as error:
            self._bad_line(BadSyntax(str(error)))
            return True
        if line is None:
            return False
        if self._line_wanted is not None:
            waiter, _ = self._line_wanted
            self._line_wanted = None
            waiter.succeed(line)
        else:
            self._start(line)
        return True

    def _bad_line(self, error: BadSyntax) -> None:
        if self._line_wanted is not None:
            waiter, _ = self._line_wanted
            self._line_wanted = None
            waiter.fail(error)
        else:
            self._answer(error)

    def _pause_or_resume(self) -> None:
        if self._closing:
            return
        lines = self._lines
        full = lines.waiting >= self._limits.pipeline or lines.octets > READ_AHEAD
        if full and not self._paused:
            self._paused = True
            self._peer.pause_input()
        elif self._paused and not full:
            self._paused = False
            self._peer.resume_input()

    # Commands.

    def _start(self, line: bytes) -> None:
        name, _, argument = line.partition(b" ")
        command = commands().get(name.upper())
        try:
            if command is None:
                raise BadSyntax("Unknown command")
            if self._session.state not in command.states:
                raise BadSyntax(f"Not allowed {self._session.state.value}")
        except BadSyntax as error:
            self._answer(error)
            return
        self._running = True
        task = Task(command.handler(self._session, argument), self._ended)
        if not task.done:
            self._task = task

    def _ended(self, error: BaseException | None) -> None:
        self._running, self._task, self._line_wanted = False, None, None
        if self._lost:
            self._session.close()
            return
        if not isinstance(error, BadSyntax):
            self._bad_commands = 0
        if error is not None:
            self._answer(error)
        if self._closing:
            self._peer.close()
        elif self._stopping:
            self._give_up("The server is shutting down", "SYS/TEMP")
        else:
            self._pump()

    def _answer(self, error: BaseException) -> None:
        """The one place where errors become replies."""
        self._peer.write(self._reply(error))
        if isinstance(error, AuthenticationFailed):
            self._failed_logins += 1
            if self._failed_logins > self._limits.failed_logins:
                self._give_up("Too many failed logins")
        elif isinstance(error, BadSyntax):
            self._bad_commands += 1
            if self._bad_commands >= self._limits.bad_commands:
                self._give_up("Too many bad commands")

    def _give_up(self, why: str, code: str = "") -> None:
        if not self._closing:
            self._closing = True
            self._peer.write(encode_error(why, code))
            self._peer.close()

    def _reply(self, error: BaseException) -> bytes:
        if isinstance(error, Refused):
            return encode_error(error.text, error.code)
        if isinstance(error, MailError):
            return reply_to(error)
        incident = self._incident(error)
        return encode_error(f"Internal error, logged as {incident}", "SYS/TEMP")
