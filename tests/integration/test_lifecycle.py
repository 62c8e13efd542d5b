"""Starting, stopping, reloading, and starting again."""

from __future__ import annotations

import imaplib
import os
import signal
import ssl
from pathlib import Path

import pytest

from mailstore.auth import passwords
from mailstore.config.users import UsersFile
from mailstore.demo.certificate import make_certificate
from mailstore.model.user import UserEntry
from tests.integration.wire import Wire
from tests.server import Server

LARGE = b"Subject: large\r\n\r\n" + b"All work and no play. " * 1_000_000 + b"\r\n"


def log_in(wire: Wire) -> None:
    wire.line()
    wire.send(b'in LOGIN alice "correct horse"\r\n')
    assert wire.until(b"in ")[-1].startswith(b"in OK")


def append(wire: Wire, message: bytes) -> None:
    wire.send(b"app APPEND INBOX {%d+}\r\n" % len(message))
    wire.send(message + b"\r\n")
    assert wire.until(b"app ")[-1].startswith(b"app OK")


def test_sigterm_says_bye_to_idle_clients_and_ends_cleanly() -> None:
    with Server() as server:
        with Wire(server, "imaps") as imap, Wire(server, "pop3") as pop3:
            log_in(imap)
            pop3.line()
            imap.ask(b"i IDLE")
            os.kill(server.pid, signal.SIGTERM)
            assert imap.line().startswith(b"* BYE ")
            assert imap.line() == b""
            assert pop3.line().startswith(b"-ERR [SYS/TEMP] ")
        server.stop()
        assert "server stopped" in server.log()


def test_sigterm_lets_a_running_command_end() -> None:
    with Server() as server:
        with Wire(server, "imap") as wire:
            log_in(wire)
            append(wire, LARGE)
            wire.send(b"s SELECT INBOX\r\n")
            wire.until(b"s ")
            wire.send(b"f FETCH 1 BODY.PEEK[]\r\n")
            assert wire.line() == b"* 1 FETCH (BODY[] {%d}" % len(LARGE)
            os.kill(server.pid, signal.SIGTERM)
            rest = wire.rest()
        assert rest.startswith(LARGE + b")\r\nf OK ")
        assert rest.splitlines()[-1].startswith(b"* BYE ")
        server.stop()


def test_mail_and_numbers_outlive_a_stop_and_a_kill(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    seen: list[object] = []
    for end in (server.stop, server.kill, server.stop):
        server.start()
        with imaplib.IMAP4("localhost", server.port("imap"), timeout=30) as client:
            client.login("alice", "correct horse")
            if not seen:
                client.append("INBOX", r"(\Seen)", None, b"Subject: 1\r\n\r\n")
            client.select("INBOX")
            status = client.status("INBOX", "(UIDVALIDITY UIDNEXT MESSAGES)")
            seen.append(
                (status, client.fetch("1:*", "(UID RFC822.SIZE)"), client.search(None, "SEEN"))
            )
        end()
    assert seen[0] == seen[1] == seen[2]


def test_sighup_takes_in_new_users(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        users = UsersFile(server.data / "users.yaml", known_hash=passwords.is_known)
        users.add(UserEntry("carol", passwords.new_hash("open sesame")))
        server.hang_up()
        wait_for(server, "users-reloaded")
        with imaplib.IMAP4("localhost", server.port("imap"), timeout=30) as client:
            client.login("carol", "open sesame")
            assert client.select("INBOX") == ("OK", [b"0"])


def test_sighup_keeps_what_was_when_the_users_file_has_faults(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        file = server.data / "users.yaml"
        good = file.read_text()
        file.write_text(good + "  nonsense\n")
        server.hang_up()
        wait_for(server, "users-not-reloaded")
        with imaplib.IMAP4("localhost", server.port("imap"), timeout=30) as client:
            client.login("alice", "correct horse")
        file.write_text(good)


def test_sighup_takes_in_a_new_certificate(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        old = server.tls()
        with Wire(server, "imaps") as before:
            log_in(before)
            make_certificate(server.data)
            server.hang_up()
            wait_for(server, "certificate-reloaded")
            with Wire(server, "imaps") as after:
                assert after.line().startswith(b"* OK")
            with pytest.raises(ssl.SSLCertVerificationError):
                imaplib.IMAP4_SSL("localhost", server.port("imaps"), ssl_context=old, timeout=30)
            assert before.ask(b"n NOOP").startswith(b"n OK")


def test_sighup_keeps_a_certificate_whose_successor_is_broken(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        (server.data / "server.pem").write_text("nothing\n")
        server.hang_up()
        wait_for(server, "certificate-not-reloaded")
        with Wire(server, "imaps") as wire:
            assert wire.line().startswith(b"* OK")


def wait_for(server: Server, event: str) -> None:
    """Until the log tells of it; each look asks the server something first."""
    for _ in range(1000):
        if f" {event} " in server.log() or f" {event}\n" in server.log():
            return
        with Wire(server, "imap") as wire:
            wire.line()
            wire.ask(b"n NOOP")
    raise AssertionError(f"no {event}:\n{server.log()}")
