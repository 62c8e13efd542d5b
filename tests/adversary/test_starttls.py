"""What somebody on the way puts in before the handshake must never be heard behind it."""

from __future__ import annotations

import socket
import ssl
import struct

import pytest

from tests.adversary.fort import Fort, log_in
from tests.integration.wire import Wire

INJECTED_IMAP = [
    pytest.param(b'i LOGIN alice "correct horse"\r\n', id="command"),
    pytest.param(b"i NOOP\r\nj NOOP\r\nk LOGOUT\r\n", id="commands"),
    pytest.param(b"i LOG", id="half a command"),
    pytest.param(b"i LOGIN {5}\r\n", id="announced literal"),
    pytest.param(b"i LOGIN {5+}\r\nal", id="half a literal"),
    pytest.param(b"\r\n", id="empty line"),
    pytest.param(b"i NOOP\n", id="bare LF"),
    pytest.param(b"\0", id="NUL"),
    pytest.param(b"i AUTHENTICATE PLAIN\r\n", id="exchange"),
    pytest.param(b"i NOOP\r\n" * 5000, id="many commands"),
    pytest.param(b"i" * 20000, id="long line"),
]


def hello_of(fort: Fort) -> bytes:
    """What a client sends first in a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = fort.tls().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("injected", INJECTED_IMAP)
def test_what_follows_starttls_in_one_packet_is_thrown_away(fort: Fort, injected: bytes) -> None:
    with Wire(fort, "imap") as wire:
        wire.line()
        wire.send(b"s STARTTLS\r\n" + injected)
        if wire.line().startswith(b"s OK"):
            wire.start_tls()
            assert wire.ask(b"c NOOP") == b"c OK NOOP completed"
            # Nobody is signed in, and nothing is left that the next line could end.
            assert wire.ask(b"t SELECT INBOX").startswith(b"t BAD")


@pytest.mark.parametrize("injected", INJECTED_IMAP)
def test_what_comes_between_the_answer_and_the_handshake_is_not_heard(
    fort: Fort, injected: bytes
) -> None:
    with Wire(fort, "imap") as wire:
        wire.line()
        assert wire.ask(b"s STARTTLS").startswith(b"s OK")
        wire.send(injected)
        wire.socket.shutdown(socket.SHUT_WR)
        # It is no handshake: the connection ends, without a word in clear text.
        assert b"OK" not in wire.rest()


@pytest.mark.parametrize("before", [b"a LOGIN {3+}\r\nxyz", b"a LOGIN {3+}\r\nxy", b"a NO"])
def test_an_unfinished_command_swallows_starttls(fort: Fort, before: bytes) -> None:
    """Half of a command before it: STARTTLS is text of that command, and no TLS begins."""
    with Wire(fort, "imap") as wire:
        wire.line()
        wire.send(before + b"s STARTTLS\r\n")
        wire.send(b"\r\nn NOOP\r\n")
        assert not any(b"s OK" in line for line in wire.until(b"n "))


def test_commands_before_starttls_are_answered_before_it(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        wire.line()
        wire.send(b"a NOOP\r\nb CAPABILITY\r\ns STARTTLS\r\nc LOGOUT\r\n")
        answers = wire.until(b"s ")
        assert [line[:4] for line in answers] == [b"a OK", b"* CA", b"b OK", b"s OK"]
        wire.start_tls()
        assert wire.ask(b"c NOOP").startswith(b"c OK")


def test_starttls_is_refused_within_tls_and_after_sign_in(fort: Fort) -> None:
    with Wire(fort, "imaps") as wire:
        wire.line()
        assert wire.ask(b"s STARTTLS").startswith(b"s BAD")
    with Wire(fort, "imap") as wire:
        log_in(wire)
        assert wire.ask(b"s STARTTLS").startswith(b"s BAD")


@pytest.mark.parametrize(
    "injected",
    [
        pytest.param(b"USER alice\r\nPASS correct horse\r\n", id="commands"),
        pytest.param(b"USER al", id="half a command"),
        pytest.param(b"AUTH PLAIN\r\n", id="exchange"),
        pytest.param(b"CAPA\n", id="bare LF"),
        pytest.param(b"NOOP\r\n" * 5000, id="many commands"),
        pytest.param(b"x" * 20000, id="long line"),
    ],
)
def test_what_follows_stls_in_one_packet_is_thrown_away(fort: Fort, injected: bytes) -> None:
    with Wire(fort, "pop3") as wire:
        wire.line()
        wire.send(b"USER alice\r\nSTLS\r\n" + injected)
        assert wire.line().startswith(b"+OK")
        assert wire.line().startswith(b"+OK")
        wire.start_tls()
        # The user's name in clear is forgotten, too.
        assert wire.ask(b"PASS correct horse").startswith(b"-ERR")
        assert wire.ask(b"STAT").startswith(b"-ERR")
        assert wire.ask(b"QUIT").startswith(b"+OK")


@pytest.mark.parametrize("service", ["imap", "pop3"])
def test_a_handshake_in_the_packet_of_starttls_is_thrown_away_too(fort: Fort, service: str) -> None:
    """A client that does not wait for the answer cannot be told from an attacker."""
    command = b"s STARTTLS\r\n" if service == "imap" else b"STLS\r\n"
    with Wire(fort, service) as wire:
        wire.line()
        wire.send(command + hello_of(fort))
        assert b"OK" in wire.line()
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.rest() == b""


@pytest.mark.parametrize("service", ["imaps", "pop3s"])
@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", id="HTTP"),
        pytest.param(b"a NOOP\r\n", id="clear text"),
        pytest.param(b"\x16\x03\x01\xff\xff" + b"\0" * 70000, id="record too long"),
        pytest.param(b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff", id="message too long"),
        pytest.param(b"\x80\x2e\x01\x00\x02" + b"\0" * 41, id="SSL 2"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x28" * 1000, id="alerts"),
        pytest.param(b"\x16\x03\x01\x00\x00" * 10000, id="empty records"),
        pytest.param(bytes(range(256)) * 256, id="noise"),
    ],
)
def test_a_broken_handshake_ends_the_connection_only(
    fort: Fort, service: str, octets: bytes
) -> None:
    where = ("127.0.0.1", fort.port(service))
    with socket.create_connection(where, 30) as connection:
        try:
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
            while answer := connection.recv(65536):
                assert b"OK" not in answer
        except OSError:
            pass  # reset, before all was sent


@pytest.mark.parametrize("service", ["imap", "imaps", "pop3", "pop3s"])
def test_connections_that_are_reset_leave_nothing(fort: Fort, service: str) -> None:
    fort.serves()
    before = fort.files()
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", fort.port(service)), 30)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    fort.serves()
    fort.settles(before + 2)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_versions_of_tls_before_1_2_are_refused(fort: Fort, version: str) -> None:
    context = fort.tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    plain = socket.create_connection(("127.0.0.1", fort.port("imaps")), 30)
    with plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname="localhost")
