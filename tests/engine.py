"""IMAP engines over a store, without a network: what unit tests and transcripts talk to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mailstore.account.account import Account
from mailstore.account.accounts import Accounts
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.ports import Lane, Peer
from mailstore.imap.connection import ImapConnection
from mailstore.model.errors import AuthenticationFailed
from mailstore.model.limits import ImapLimits
from mailstore.model.quota import NO_QUOTA, Quota
from mailstore.model.task import Completed, Waiter
from mailstore.store.ports import UserStore

USER, PASSWORD = b"alice", b"correct horse"
IDENTITY = ((b"name", b"mailstore"),)


class EnginePeer:
    """Collects what an engine sends; reads slowly when ``slow`` is set."""

    address = "192.0.2.1"

    def __init__(self, channel: str = "tls") -> None:
        """``channel`` is ``tls``, ``starttls`` (offered, not on yet) or ``clear``."""
        self.secure = self.may_send_password = channel == "tls"
        self.can_start_tls = channel == "starttls"
        self.slow = False
        self.paused = False
        self.paused_for_tls = False
        self.compressed = False
        self.begun = b""
        self.closed = False
        self.timeouts: list[float] = []
        self.reminders: list[tuple[float, Callable[[], None]]] = []
        self.writes: list[bytes] = []
        self._drain: Waiter[None] | None = None

    def write(self, octets: bytes) -> None:
        assert not self.closed, "written after close"
        self.writes.append(octets)

    def drained(self) -> Awaitable[None]:
        if not self.slow:
            return Completed(None)
        self._drain = Waiter()
        return self._drain

    def drain(self) -> None:
        """The client has read everything."""
        waiter, self._drain = self._drain, None
        assert waiter is not None
        waiter.succeed(None)

    def pause_input(self) -> None:
        self.paused = True

    def resume_input(self) -> None:
        self.paused = False

    def start_tls(self) -> None:
        self.paused_for_tls = self.paused
        self.secure = self.may_send_password = True
        self.can_start_tls = False

    def start_compression(self, begun: bytes) -> None:
        """Only the dialogue is of interest here: what is compressed is for the shell to do."""
        assert self.paused
        self.compressed, self.begun = True, begun

    def end_compression(self) -> None:
        assert self.paused
        self.compressed = False

    def set_timeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    set_deadline = set_timeout

    def call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        self.reminders.append((seconds, call))
        return self.reminders.clear

    def close(self) -> None:
        self.closed = True

    abort = close


class EngineClient:
    """One connection, from the client's side."""

    def __init__(self, engine: ImapConnection, peer: EnginePeer) -> None:
        self.engine = engine
        self.peer = peer
        engine.connection_made()

    def send(self, octets: bytes) -> None:
        self.engine.data_received(octets)

    def taken(self) -> bytes:
        """Everything that the server sent since the last look."""
        octets = b"".join(self.peer.writes)
        self.peer.writes.clear()
        return octets

    def ask(self, *lines: bytes) -> list[bytes]:
        """Send lines in one packet; the lines that came back, without CRLF."""
        self.send(b"".join(line + b"\r\n" for line in lines))
        return self.taken().split(b"\r\n")[:-1]

    def log_in(self) -> EngineClient:
        self.taken()
        answer = self.ask(b'in LOGIN %s "%s"' % (USER, PASSWORD))
        assert answer[-1].startswith(b"in OK"), answer
        return self

    def select(self, mailbox: bytes = b"INBOX") -> EngineClient:
        answer = self.ask(b"sel SELECT " + mailbox)
        assert answer[-1].startswith(b"sel OK"), answer
        return self


class LastingMail(Mail):
    """Its store belongs to the test, and is there when the user comes back."""

    def close(self) -> None:
        return None


class EngineServer:
    """Engines for one user's store. ``incidents`` are errors that nobody foresaw."""

    def __init__(
        self,
        store: UserStore,
        limits: ImapLimits | None = None,
        lane: Lane | None = None,
        quota: Quota = NO_QUOTA,
    ) -> None:
        self.store = store
        self.lane = lane or InPlaceLane()
        self.limits = limits or ImapLimits()
        self.incidents: list[BaseException] = []
        self.clients: list[EngineClient] = []
        self.accounts = Accounts(
            lambda user: LastingMail(store, self.lane, None, lambda: quota), per_user=50
        )

    def connect(self, channel: str = "tls") -> EngineClient:
        peer = EnginePeer(channel)
        engine = ImapConnection(
            peer,
            self,
            self.limits,
            incident=self._incident,
            identity=IDENTITY,
        )
        client = EngineClient(engine, peer)
        self.clients.append(client)
        return client

    def login(
        self, user: bytes, password: bytes, peer: Peer, *, protocol: str
    ) -> Awaitable[Account]:
        assert protocol == "imap"
        if (user, password) != (USER, PASSWORD):
            raise AuthenticationFailed("wrong")
        return Completed(self.accounts.open(user.decode()))

    def _incident(self, error: BaseException) -> str:
        self.incidents.append(error)
        return "incident"

    def end(self) -> None:
        """Every connection is lost; nothing may have gone wrong unforeseen."""
        for client in self.clients:
            client.engine.connection_lost()
        if self.incidents:
            raise self.incidents[0]
