"""What may not happen around TLS."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.integration.wire import Wire
from tests.server import Server

INJECTED = {
    "imap": (b"a STARTTLS\r\n", b"b LOGIN bob x\r\n", b"a OK"),
    "pop3": (b"STLS\r\n", b"USER bob\r\n", b"+OK"),
}


@pytest.mark.parametrize("service", ["imap", "pop3"])
def test_commands_injected_behind_starttls_are_thrown_away(server: Server, service: str) -> None:
    """CVE-2011-0411, CVE-2021-33515: one packet, clear text behind the command."""
    start, injected, answer = INJECTED[service]
    with Wire(server, service) as wire:
        wire.line()
        wire.send(start + injected)
        assert wire.line().startswith(answer)
        wire.start_tls()
        if service == "imap":
            assert wire.ask(b"c NOOP").startswith(b"c OK")
        else:
            # PASS would be taken if USER had been.
            assert wire.ask(b"PASS x") == b"-ERR Send USER first"


@pytest.mark.parametrize("service", ["imap", "pop3"])
def test_clear_text_sent_later_breaks_the_handshake(server: Server, service: str) -> None:
    start, injected, answer = INJECTED[service]
    with Wire(server, service) as wire:
        wire.line()
        wire.send(start)
        assert wire.line().startswith(answer)
        wire.send(injected)
        # An alert, which is no line of the protocol, and the end.
        assert not wire.rest().startswith((b"b ", b"+OK", b"-ERR"))


def test_nothing_but_the_handshake_follows_the_answer(server: Server) -> None:
    """RFC 9051, section 6.2.1: no greeting and no capabilities after TLS."""
    with Wire(server, "imap") as wire:
        wire.line()
        assert wire.ask(b"a STARTTLS").startswith(b"a OK")
        wire.start_tls()
        assert wire.ask(b"b NOOP").startswith(b"b OK")


@pytest.mark.parametrize("service", ["imaps", "pop3s"])
def test_clear_text_on_a_port_for_tls_is_no_command(server: Server, service: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port(service)), 30) as connection:
        connection.sendall(b"a LOGIN alice x\r\nUSER alice\r\n")
        answer = b""
        while octets := connection.recv(1000):
            answer += octets
        assert b"OK" not in answer


def test_a_session_may_be_resumed(server: Server) -> None:
    context = server.tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session: ssl.SSLSession | None = None
    for expected in (False, True):
        plain = socket.create_connection(("127.0.0.1", server.port("imaps")), 30)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
            assert tls.recv(1000).startswith(b"* OK")
            assert tls.session_reused is expected
            session = tls.session


def test_the_authority_can_vouch_for_this_machine_only(server: Server) -> None:
    plain = socket.create_connection(("127.0.0.1", server.port("imaps")), 30)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        server.tls().wrap_socket(plain, server_hostname="mail.example.org")
