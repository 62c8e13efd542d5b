"""What the protocol engines need from outside, so that they run without a reactor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from mailstore.account.account import Account

T = TypeVar("T")


class Peer(Protocol):
    """The other end of a connection, as an engine sees it.

    The shell that implements it calls the engine's ``connection_made``,
    ``data_received(octets)``, ``timed_out`` and ``connection_lost``, never from inside a
    call that the engine makes here.
    """

    @property
    def address(self) -> str:
        """The client's address as text, for logs and limits."""

    @property
    def secure(self) -> bool:
        """TLS is on."""

    @property
    def can_start_tls(self) -> bool:
        """STARTTLS or STLS may be offered: there is a certificate, and TLS is not on yet."""

    @property
    def may_send_password(self) -> bool:
        """Clear-text passwords are acceptable: TLS is on, or the settings allow it."""

    def write(self, octets: bytes) -> None:
        """Send. Never blocks; await ``drained`` between pieces of a long answer."""

    def drained(self) -> Awaitable[None]:
        """Wait until little output is outstanding, and let others have their turn.

        Fulfilled at once while the client keeps up and this connection has not used up
        its slice of time.
        """

    def pause_input(self) -> None:
        """Deliver no more data; the engine has enough commands queued."""

    def resume_input(self) -> None: ...

    def start_tls(self) -> None:
        """Begin the handshake. What was written is sent before, in clear.

        Data that arrived before and was not delivered yet is thrown away
        (CVE-2021-33515 and its relatives). ``secure`` is true from now on.
        """

    @property
    def compressed(self) -> bool:
        """Compression is on (RFC 4978)."""

    def start_compression(self, begun: bytes) -> None:
        """Compress from now on, both ways. What was written is sent before, as it is.

        ``begun`` is what the engine was given and has not used: the client's compressed
        stream begins with it, and goes on with what was not delivered yet.
        """

    def end_compression(self) -> None:
        """Compress no more. What was written is sent before, compressed.

        What the client compressed and was not delivered yet is thrown away; what it sent
        behind that is delivered as it is.
        """

    def set_timeout(self, seconds: float) -> None:
        """Call ``timed_out`` after so many seconds without input; each input starts anew."""

    def set_deadline(self, seconds: float) -> None:
        """Call ``timed_out`` after so many seconds whatever arrives, in place of ``set_timeout``.

        A client that sends an octet now and then must not stay for ever without a login.
        """

    def call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call once after so many seconds, like the engine's other methods.

        Returns what calls it off, which the engine does by ``connection_lost`` at last.
        """

    def close(self) -> None:
        """Close once everything written was sent, or the client stopped taking it."""

    def abort(self) -> None:
        """Close at once."""


class SignIn(Protocol):
    """Turns credentials into an account."""

    def login(
        self, user: bytes, password: bytes, peer: Peer, *, protocol: str
    ) -> Awaitable[Account]:
        """``protocol`` is ``imap`` or ``pop3``.

        Raises AuthenticationFailed, AuthenticationUnavailable, TooManyConnections, and
        Unavailable when the user is fine but the mail cannot be opened.
        """


class Lane(Protocol):
    """Runs the store's calls of one user, one at a time, in the order they were asked for."""

    def run(self, call: Callable[[], T]) -> Awaitable[T]:
        """A call of at most a few milliseconds: in place if nothing is running."""

    def run_long(self, call: Callable[[], T]) -> Awaitable[T]:
        """A call that may take longer or waits for the disk: in a worker thread."""


class Watcher(Protocol):
    """Tells of changes in directories (inotify, with a slow poll behind it)."""

    def watch(self, paths: Sequence[Path], changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` soon after anything appears, goes or is renamed in ``paths``.

        Returns what ends the watch. Bursts are told as one.
        """
