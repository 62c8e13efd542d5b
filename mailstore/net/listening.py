"""Where a service listens: addresses of this machine, or a Twisted endpoint.

Sockets are made by ``bind`` before anything else happens: while the process may still use
ports below 1024, and while an error can be told in one line on the terminal. They are given
to the reactor by ``listen`` later.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import Any, Final, Protocol

from twisted.internet.endpoints import AdoptedStreamServerEndpoint, serverFromString
from twisted.internet.protocol import Factory

from mailstore.net.ports import Reactor
from mailstore.net.transport import BACKLOG, WriteThroughPort

_NO_IPV6: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT)


class Port(Protocol):
    """``IListeningPort``, as far as it is used."""

    def getHost(self) -> Any: ...  # noqa: N802

    def stopListening(self) -> Any: ...  # noqa: N802


class CannotListen(Exception):
    """An address or a port cannot be had; the text says which and why.

    ``taken``: another program listens there.
    """

    def __init__(self, text: str, *, taken: bool = False) -> None:
        super().__init__(text)
        self.taken = taken


def bind(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Listening sockets, one for each address. No address is every address of the machine.

    Raises CannotListen; then no socket is left open.
    """
    if not addresses:
        try:
            return [_bind_everywhere(port)]
        except OSError as error:
            raise _cannot("every address", port, error) from None
    sockets: list[socket.socket] = []
    try:
        sockets.extend(_bind(address, port, dual=False) for address in addresses)
    except OSError as error:
        for each in sockets:
            each.close()
        raise _cannot(addresses[len(sockets)], port, error) from None
    return sockets


def _cannot(place: str, port: int, error: OSError) -> CannotListen:
    taken = error.errno == errno.EADDRINUSE
    return CannotListen(f"{place}, port {port}: {error.strerror}", taken=taken)


def _bind_everywhere(port: int) -> socket.socket:
    """IPv6 and IPv4 on one socket, or IPv4 alone where there is no IPv6."""
    try:
        return _bind("::", port, dual=True)
    except OSError as error:
        if error.errno not in _NO_IPV6:
            raise
        return _bind("0.0.0.0", port, dual=False)  # noqa: S104 - what was asked for


def _bind(address: str, port: int, *, dual: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
        listening.bind((address, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def listen(listening: socket.socket, factory: Factory, reactor: Reactor) -> WriteThroughPort:
    """Begin to accept on a socket made by ``bind``."""
    port = WriteThroughPort.on(listening, factory, reactor)
    port.startListening()
    return port


async def listen_endpoint(description: str, factory: Factory, reactor: Reactor) -> Port:
    """Listen on a Twisted endpoint: ``systemd:domain=INET6:index=0``, ``unix:/run/imap``.

    Raises CannotListen, also for a description that is none.
    """
    try:
        endpoint = serverFromString(reactor, description)  # type: ignore[no-untyped-call]
        if isinstance(endpoint, AdoptedStreamServerEndpoint):
            return _adopt(endpoint, factory, reactor)
        port: Port = await endpoint.listen(factory)
    except Exception as error:  # plug-ins raise whatever they like
        raise CannotListen(f"{description}: {error}") from None
    return port


def _adopt(
    endpoint: AdoptedStreamServerEndpoint, factory: Factory, reactor: Reactor
) -> WriteThroughPort:
    """A socket that systemd opened, with our transport."""
    listening = socket.fromfd(endpoint.fileno, endpoint.addressFamily, socket.SOCK_STREAM)
    listening.setblocking(False)
    os.close(endpoint.fileno)
    return listen(listening, factory, reactor)
