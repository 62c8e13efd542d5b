"""What a handler may use: the session of one connection.

A session knows who is signed in, which mailbox is selected and what the client enabled. It
hands out the connection's input and output in the few forms that handlers need, and runs
no command itself; :mod:`mailstore.imap.dispatch` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Protocol

from mailstore.account.account import Account
from mailstore.account.ports import Peer, SignIn
from mailstore.imap.output import Output
from mailstore.imap.progress import Progress
from mailstore.imap.registry import Command, Registry, State
from mailstore.imap.responses import Disconnected
from mailstore.imap.upload import Upload
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.model.errors import MailboxGone
from mailstore.model.limits import ImapLimits


class Wake(Enum):
    """Why a wait for a line ended without one."""

    CHANGE = "the selected mailbox may have changed"
    TIMEOUT = "no input for as long as Peer.set_timeout was told"


class Connection(Protocol):
    """What the few commands need that go on talking with the client, or change the channel."""

    def line(self) -> Awaitable[bytes]:
        """The next line, without CRLF. Raises Disconnected, Unacceptable."""

    def line_or_wake(self) -> Awaitable[bytes | Wake]:
        """The next line, or what happened before it came (IDLE). Raises like ``line``."""

    def changed(self) -> None:
        """The selected mailbox may have changed: wake who waits."""

    def hold_input(self) -> None:
        """Have nothing more delivered until the command has been answered."""

    def logged_in(self) -> None:
        """The limits of a known user hold from now on."""

    def logged_out(self) -> None:
        """The limits and the deadline of a client without a user hold again."""

    def start_tls(self) -> None:
        """Throw away all input that waits, and begin the handshake."""

    def start_compression(self) -> None:
        """All input that waits is the beginning of the client's compressed stream."""

    def end_compression(self) -> None:
        """Input that is compressed and waits is thrown away; what follows is clear text."""

    def hang_up(self) -> None:
        """Close once everything written was sent."""

    def give_up(self) -> None:
        """Close at once: an answer was begun that cannot be ended."""


class Session:
    """One connection's state, as handlers see and change it.

    Attributes:
        peer: The other end.
        sign_in: Turns credentials into an account.
        limits: What the client may ask for.
        output: Where answers go; ``session.output.untagged(b"SEARCH 1 2")``.
        progress: Told where long work stands; ``session.progress.at(300, 1000)``.
        connection: For commands that read lines of their own (AUTHENTICATE, IDLE).
        registry: What this server speaks.
        identity: Fields of the server's ID answer (RFC 2971).
        client: Fields of the client's ID command; for logs, quote them there.
        enabled: Names that the client enabled (RFC 5161), ``CONDSTORE`` also by use.
        tag: Of the command being run.
        command: The command being run.
        upload: The messages that came with it (APPEND).
        failed_logins: Refused logins so far.
        bad_commands: Commands answered BAD in a row.
        ended: The client is gone, or was told BYE.
    """

    def __init__(
        self,
        peer: Peer,
        sign_in: SignIn,
        limits: ImapLimits,
        registry: Registry,
        connection: Connection,
        identity: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self.peer = peer
        self.sign_in = sign_in
        self.limits = limits
        self.registry = registry
        self.connection = connection
        self.identity = identity
        self.output = Output(peer, limits.output)
        self.progress = Progress(self.output, limits.progress_s)
        self.client: tuple[tuple[bytes, bytes | None], ...] = ()
        self.enabled: set[bytes] = set()
        self.tag = b"*"
        self.command: Command[Any] | None = None
        self.upload: Upload | None = None
        self.failed_logins = 0
        self.bad_commands = 0
        self.ended = False
        self._account: Account | None = None
        self._view: View | None = None

    @property
    def state(self) -> State:
        if self._view is not None:
            return State.SELECTED
        return State.NOT_AUTHENTICATED if self._account is None else State.AUTHENTICATED

    @property
    def account(self) -> Account:
        """Whose mail it is; there is one in every state but the first."""
        if self._account is None:
            raise RuntimeError("nobody is signed in")
        return self._account

    @property
    def selected(self) -> View | None:
        """The selected mailbox, if any."""
        return self._view

    @property
    def view(self) -> View:
        """The selected mailbox; there is one in the selected state."""
        if self._view is None:
            raise RuntimeError("no mailbox is selected")
        return self._view

    @property
    def condstore(self) -> bool:
        """The client knows of mod-sequences: FETCH answers carry MODSEQ (RFC 7162, 3.1)."""
        return b"CONDSTORE" in self.enabled

    def enable_condstore(self) -> None:
        """A CONDSTORE enabling command was given (RFC 7162, section 3.1).

        With a mailbox selected, its HIGHESTMODSEQ is told once.
        """
        if not self.condstore:
            self.enabled.add(b"CONDSTORE")
            if self._view is not None:
                self.output.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % self._view.mod_seq)

    def cursor(self, frame: Frame) -> Cursor:
        """Reads a command by this session's limits and registry."""
        return Cursor(frame, self.limits, self.registry)

    def capability_line(self) -> bytes:
        """``CAPABILITY IMAP4rev1 ...`` as it is now, for the answer and for the code."""
        return b" ".join([b"CAPABILITY", *self.registry.capabilities(self)])

    def signed_in(self, account: Account) -> None:
        """The client is ``account``'s user from now on. Raises Disconnected."""
        if self.ended:
            account.close()
            raise Disconnected
        self._account = account
        self.connection.logged_in()

    def sign_out(self) -> None:
        """Nobody is signed in any more: all that the user's session brought about is gone.

        Refused logins still count. They belong to the connection, or whoever has one password
        could try others without end.
        """
        self.release()
        self.enabled.clear()
        self.connection.logged_out()

    def select(self, view: View) -> None:
        """``view`` is selected from now on; nothing was before. Raises Disconnected."""
        if self.ended:
            view.mailbox.close()
            raise Disconnected
        view.mailbox.subscribe(self._changed(view))
        self._view = view

    def unselect(self) -> None:
        """No mailbox is selected any more."""
        view, self._view = self._view, None
        if view is not None:
            view.mailbox.close()

    def close_selected(self) -> None:
        """Unselect, and say so (RFC 7162, section 3.2.11): what follows is of no mailbox."""
        self.unselect()
        self.output.untagged(b"OK [CLOSED] Previous mailbox closed")

    async def close_if_gone(self) -> None:
        """Close the selected mailbox if this session's own command removed or renamed it."""
        if self._view is not None:
            try:
                await self._view.mailbox.state()
            except MailboxGone:
                self.close_selected()

    def _changed(self, view: View) -> Callable[[], None]:
        def notice() -> None:
            view.stale = True
            self.connection.changed()

        return notice

    def disconnect(self) -> None:
        """The client is gone or told BYE: nothing more is sent.

        A command that still runs hears of it by Disconnected when it next talks to the
        client; what it has begun in the store it finishes.
        """
        self.ended = True
        self.output.close()

    def release(self) -> None:
        """Close mailbox and account, once no command runs any more."""
        self.unselect()
        account, self._account = self._account, None
        if account is not None:
            account.close()
