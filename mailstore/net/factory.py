"""Makes connections for one listener, and keeps what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from mailstore.net.admission import Admission
from mailstore.net.connection import Connection, Engine
from mailstore.net.events import Events
from mailstore.net.ports import Clock
from mailstore.net.tls import Certificate, TlsLayer

_numbers = count(1)
"""Connections of the process are counted, so that the lines of one can be found in the log."""


def is_loopback(address: str) -> bool:
    """The client is on this machine: nobody can listen on the way."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "local"


@dataclass(frozen=True, slots=True)
class ServedProtocol:
    """What differs between IMAP and POP3, as far as a shell can see.

    ``refusal`` gives the line that turns a client away; ``login_timeout_s`` runs from
    connect to login, the TLS handshake included; ``output`` is in octets.
    """

    name: str
    engine: Callable[[Connection], Engine]
    refusal: Callable[[str], bytes]
    login_timeout_s: float
    output: int


class ConnectionFactory(Factory):
    """One listener's connections.

    ``certificate`` None: no TLS here at all. ``implicit_tls``: TLS from the first octet
    (ports 993 and 995). ``plain_passwords`` tells for a client's address whether a
    clear-text password is accepted without TLS.
    """

    noisy = False

    def __init__(
        self,
        protocol: ServedProtocol,
        admission: Admission,
        clock: Clock,
        *,
        certificate: Certificate | None,
        implicit_tls: bool = False,
        plain_passwords: Callable[[str], bool] = is_loopback,
    ) -> None:
        if implicit_tls and certificate is None:
            raise ValueError("TLS needs a certificate")
        self.name = protocol.name
        self.engine = protocol.engine
        self.refusal = protocol.refusal
        self.login_timeout_s = protocol.login_timeout_s
        # A quarter, as an engine may add a large piece to what waits already.
        self.output = protocol.output // 4
        self.admission = admission
        self.clock = clock
        self.certificate = certificate
        self.implicit_tls = implicit_tls
        self.may_send_password = plain_passwords
        self.events = Events(protocol.name)

    def buildProtocol(  # type: ignore[override]  # noqa: N802
        self, addr: IAddress | None
    ) -> Connection:
        return Connection(self, next(_numbers))

    def logPrefix(self) -> str:  # noqa: N802
        return self.name

    def begin_tls(self) -> TlsLayer:
        if self.certificate is None:
            raise RuntimeError("there is no certificate")
        return self.certificate.begin()

    def left(self, connection: Connection) -> None:
        self.admission.leave(connection)
        if connection.admitted:
            self.events.info(
                "disconnect",
                c=connection.number,
                octets_in=connection.octets_in,
                octets_out=connection.octets_out,
                **connection.counts,
            )
