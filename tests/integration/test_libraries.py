"""Python's own client libraries, in clear text, over STARTTLS and STLS, and over TLS."""

from __future__ import annotations

import imaplib
import poplib
from collections.abc import Iterator

import pytest

from tests.server import Server

MESSAGE = b"Subject: Hello\r\n\r\n.A line with a dot.\r\nThe end.\r\n"


@pytest.fixture(params=["tls", "starttls", "clear"])
def imap(server: Server, request: pytest.FixtureRequest) -> Iterator[imaplib.IMAP4]:
    if request.param == "tls":
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            "localhost", server.port("imaps"), ssl_context=server.tls(), timeout=30
        )
    else:
        client = imaplib.IMAP4("localhost", server.port("imap"), timeout=30)
        if request.param == "starttls":
            client.starttls(server.tls())
    client.login("alice", "correct horse")
    yield client
    client.logout()


@pytest.fixture(params=["tls", "stls", "clear"])
def pop3(server: Server, request: pytest.FixtureRequest) -> poplib.POP3:
    if request.param == "tls":
        client: poplib.POP3 = poplib.POP3_SSL(
            "localhost", server.port("pop3s"), context=server.tls(), timeout=30
        )
    else:
        client = poplib.POP3("localhost", server.port("pop3"), timeout=30)
        if request.param == "stls":
            client.stls(server.tls())
    client.user("bob")
    client.pass_("battery staple")
    return client


def append(server: Server, user: str, message: bytes = MESSAGE) -> None:
    account = server.accounts[user]
    with imaplib.IMAP4("localhost", server.port("imap"), timeout=30) as client:
        client.login(user, account.password)
        status, _ = client.append("INBOX", None, None, message)
        assert status == "OK"


def test_imap_appends_searches_fetches_and_deletes(imap: imaplib.IMAP4) -> None:
    imap.create("Work")
    assert imap.append("Work", r"(\Flagged)", None, MESSAGE)[0] == "OK"
    imap.select("Work")
    _, [found] = imap.uid("SEARCH", "FLAGGED")
    uid = found.split()[-1].decode()
    _, [(_, octets), _] = imap.uid("FETCH", uid, "(BODY[])")
    assert octets == MESSAGE
    imap.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
    imap.expunge()
    imap.close()
    assert imap.delete("Work")[0] == "OK"


def test_pop3_retrieves_and_removes(server: Server, pop3: poplib.POP3) -> None:
    assert pop3.stat() == (0, 0)
    pop3.quit()
    append(server, "bob")
    again = poplib.POP3_SSL("localhost", server.port("pop3s"), context=server.tls(), timeout=30)
    again.user("bob")
    again.pass_("battery staple")
    assert again.stat() == (1, len(MESSAGE))
    _, lines, _ = again.retr(1)
    assert b"\r\n".join([*lines, b""]) == MESSAGE
    again.dele(1)
    again.quit()


def test_both_protocols_see_one_mailbox(server: Server) -> None:
    append(server, "alice")
    pop3 = poplib.POP3("localhost", server.port("pop3"), timeout=30)
    pop3.user("alice")
    pop3.pass_("correct horse")
    count = pop3.stat()[0]
    assert count
    for number in range(1, count + 1):
        pop3.retr(number)
        pop3.dele(number)
    pop3.quit()
    with imaplib.IMAP4("localhost", server.port("imap"), timeout=30) as client:
        client.login("alice", "correct horse")
        assert client.select("INBOX") == ("OK", [b"0"])


def test_a_second_pop3_session_is_refused_until_the_first_ends(server: Server) -> None:
    def sign_in() -> poplib.POP3:
        client = poplib.POP3("localhost", server.port("pop3"), timeout=30)
        client.user("bob")
        client.pass_("battery staple")
        return client

    first = sign_in()
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        sign_in()
    first.quit()
    sign_in().quit()


def test_a_lost_pop3_session_gives_its_lock_back(server: Server) -> None:
    for _ in range(3):
        client = poplib.POP3("localhost", server.port("pop3"), timeout=30)
        client.user("bob")
        client.pass_("battery staple")
        # Closed by the client without QUIT; the server may hear of it after the next connect.
        client.sock.shutdown(2)
        assert not client.sock.recv(1)
        client.close()
