"""A peer, a sign-in and a maildrop that do at once what they are asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from mailstore.account.maildrop import MaildropMessage
from mailstore.model.errors import AuthenticationFailed, InUse, MailError, MessageGone
from mailstore.model.limits import Pop3Limits
from mailstore.model.task import Completed, Waiter
from mailstore.pop3.connection import Pop3Connection


class FakePeer:
    """Collects what is written; reads slowly when ``slow`` is set."""

    address = "192.0.2.1"

    def __init__(self, *, secure: bool = True, can_start_tls: bool = False) -> None:
        self.secure = secure
        self.may_send_password = secure
        self.can_start_tls = can_start_tls
        self.slow = False
        self.paused = False
        self.closed = False
        self.aborted = False
        self.timeout_s = 0.0
        self.deadline_s = 0.0
        self.largest_write = 0
        self._drain: Waiter[None] | None = None
        self._output = bytearray()

    def write(self, octets: bytes) -> None:
        assert not self.closed, "written after close"
        self.largest_write = max(self.largest_write, len(octets))
        self._output += octets

    def taken(self) -> bytes:
        """What was written since the last look."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def drained(self) -> Awaitable[None]:
        if not self.slow:
            return Completed(None)
        self._drain = Waiter()
        return self._drain

    @property
    def draining(self) -> bool:
        return self._drain is not None

    def drain(self) -> None:
        waiter, self._drain = self._drain, None
        assert waiter is not None
        waiter.succeed(None)

    def pause_input(self) -> None:
        self.paused = True

    def resume_input(self) -> None:
        self.paused = False

    def start_tls(self) -> None:
        self.secure = self.may_send_password = True
        self.can_start_tls = False

    compressed = False

    def start_compression(self, begun: bytes) -> None:
        raise AssertionError("POP3 is not compressed")

    def end_compression(self) -> None:
        raise AssertionError("POP3 is not compressed")

    def set_timeout(self, seconds: float) -> None:
        self.timeout_s = seconds

    def set_deadline(self, seconds: float) -> None:
        self.deadline_s = seconds

    def call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        raise AssertionError("POP3 has no reminders")

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True


class FakeMessage:
    def __init__(self, octets: bytes, breaks_at: int | None = None) -> None:
        self._octets = octets
        self._breaks_at = breaks_at
        self.size = len(octets)
        self.closed = False

    def read(self, start: int, end: int) -> bytes:
        if self._breaks_at is not None and start >= self._breaks_at:
            raise MessageGone(1)
        return self._octets[start:end]

    def close(self) -> None:
        self.closed = True


class FakeMaildrop:
    """Messages by number; UIDs are ten times the number."""

    def __init__(self, messages: list[bytes]) -> None:
        self._octets = {10 * number: octets for number, octets in enumerate(messages, 1)}
        self.messages = [
            MaildropMessage(uid, len(octets), b"id-%d" % uid)
            for uid, octets in self._octets.items()
        ]
        self.removed: list[int] = []
        self.seen: list[int] = []
        self.closed = False
        self.broken: dict[int, int] = {}
        self.update_error: MailError | None = None
        self.opened: list[FakeMessage] = []

    def remove_file(self, uid: int) -> None:
        """As another program does."""
        del self._octets[uid]

    async def read(self, uid: int) -> FakeMessage:
        if uid not in self._octets:
            raise MessageGone(uid)
        self.opened.append(FakeMessage(self._octets[uid], self.broken.get(uid)))
        return self.opened[-1]

    async def update(self, deleted: Iterable[int], retrieved: Iterable[int]) -> None:
        if self.update_error is not None:
            raise self.update_error
        self.removed, self.seen = sorted(deleted), sorted(retrieved)

    def close(self) -> None:
        self.closed = True


class FakeAccount:
    def __init__(self, maildrop: FakeMaildrop) -> None:
        self._maildrop = maildrop
        self.in_use = False
        self.closed = 0

    async def open_maildrop(self) -> FakeMaildrop:
        if self.in_use:
            raise InUse("locked")
        return self._maildrop

    def close(self) -> None:
        self.closed += 1


class FakeSignIn:
    """Knows ``bob`` with the password ``secret word``."""

    def __init__(self, account: FakeAccount) -> None:
        self._account = account
        self.asked: list[tuple[bytes, bytes]] = []
        self.hold: Waiter[None] | None = None

    async def login(
        self, user: bytes, password: bytes, peer: FakePeer, *, protocol: str
    ) -> FakeAccount:
        assert protocol == "pop3"
        self.asked.append((user, password))
        if self.hold is not None:
            await self.hold
        if (user, password) != (b"bob", b"secret word"):
            raise AuthenticationFailed("no")
        self._account.closed = 0
        return self._account


MESSAGES = [
    b"Subject: one\r\n\r\nHello\r\n",
    b"Subject: two\r\n\r\n.dot\r\n..two\r\nend\r\n",
    b"Subject: three\r\n\r\n",
]


class Dialogue:
    """A connection to talk to: ``say`` sends lines and gives what came back."""

    def __init__(
        self,
        messages: list[bytes] | None = None,
        *,
        peer: FakePeer | None = None,
        limits: Pop3Limits | None = None,
        log_in: bool = False,
    ) -> None:
        self.peer = peer or FakePeer()
        self.maildrop = FakeMaildrop(MESSAGES if messages is None else messages)
        self.account = FakeAccount(self.maildrop)
        self.sign_in = FakeSignIn(self.account)
        self.incidents: list[BaseException] = []
        self.connection = Pop3Connection(
            self.peer,
            self.sign_in,  # type: ignore[arg-type]
            limits,
            incident=self._incident,
        )
        self.connection.connection_made()
        self.greeting = self.peer.taken()
        if log_in:
            assert self.say("USER bob", "PASS secret word").count(b"+OK") == 2

    def _incident(self, error: BaseException) -> str:
        self.incidents.append(error)
        return "T1"

    def say(self, *lines: str) -> bytes:
        return self.send(b"".join(line.encode() + b"\r\n" for line in lines))

    def send(self, octets: bytes) -> bytes:
        self.connection.data_received(octets)
        return self.peer.taken()

    def later(self, act: Callable[[], None]) -> bytes:
        act()
        return self.peer.taken()
