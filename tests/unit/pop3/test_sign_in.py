"""USER, PASS, AUTH and STLS."""

from __future__ import annotations

from base64 import b64encode

import pytest

from mailstore.model.errors import AuthenticationUnavailable, MailError, TooManyConnections
from mailstore.model.limits import Pop3Limits
from tests.unit.pop3.fakes import Dialogue, FakePeer

PLAIN = b64encode(b"\0bob\0secret word").decode()


def plain_text_peer() -> FakePeer:
    return FakePeer(secure=False, can_start_tls=True)


def test_a_password_may_have_spaces() -> None:
    dialogue = Dialogue()
    assert dialogue.say("USER bob", "PASS secret word").endswith(b"+OK 3 messages (75 octets)\r\n")
    assert dialogue.sign_in.asked == [(b"bob", b"secret word")]


def test_user_does_not_tell_whether_the_user_exists() -> None:
    dialogue = Dialogue()
    assert dialogue.say("USER bob") == dialogue.say("USER nobody")


def test_pass_needs_user_each_time() -> None:
    dialogue = Dialogue()
    assert dialogue.say("PASS secret word") == b"-ERR Send USER first\r\n"
    dialogue.say("USER bob", "PASS wrong")
    assert dialogue.say("PASS secret word") == b"-ERR Send USER first\r\n"


def test_a_wrong_password_has_the_auth_code_and_may_be_tried_again() -> None:
    """RFC 3206, section 4. Thunderbird tries three times on one connection."""
    dialogue = Dialogue()
    for _ in range(3):
        answer = dialogue.say("USER bob", "PASS wrong")
        assert answer.endswith(b"-ERR [AUTH] Authentication failed\r\n")
    assert b"+OK 3 messages" in dialogue.say("USER bob", "PASS secret word")


def test_too_many_failed_logins_close_the_connection() -> None:
    dialogue = Dialogue(limits=Pop3Limits(failed_logins=2))
    dialogue.say("USER bob", "PASS a", "AUTH PLAIN " + b64encode(b"root\0bob\0a").decode())
    assert not dialogue.peer.closed
    answer = dialogue.say("USER bob", "PASS c", "NOOP")
    assert answer.endswith(b"-ERR [AUTH] Authentication failed\r\n-ERR Too many failed logins\r\n")
    assert dialogue.peer.closed


def test_a_locked_maildrop_is_in_use_and_the_account_is_given_back() -> None:
    """RFC 2449, section 8.1.1."""
    dialogue = Dialogue()
    dialogue.account.in_use = True
    answer = dialogue.say("USER bob", "PASS secret word")
    assert answer.endswith(b"-ERR [IN-USE] Another session has the maildrop open\r\n")
    assert dialogue.account.closed == 1
    dialogue.account.in_use = False
    assert b"+OK 3 messages" in dialogue.say("USER bob", "PASS secret word")


@pytest.mark.parametrize(
    ("error", "code"),
    [(AuthenticationUnavailable("x"), b"[SYS/TEMP]"), (TooManyConnections("x"), b"[IN-USE]")],
)
def test_other_refusals_have_their_codes(error: MailError, code: bytes) -> None:
    dialogue = Dialogue()

    async def login(*args: object, **kwargs: object) -> None:
        raise error

    dialogue.sign_in.login = login  # type: ignore[method-assign,assignment]
    assert b"-ERR " + code in dialogue.say("USER bob", "PASS secret word")


@pytest.mark.parametrize("line", ["USER bob", "PASS secret word", f"AUTH PLAIN {PLAIN}"])
def test_without_tls_a_password_is_refused_unseen(line: str) -> None:
    dialogue = Dialogue(peer=plain_text_peer())
    assert dialogue.say(line).startswith(b"-ERR [AUTH] Passwords are accepted over TLS only")
    assert dialogue.sign_in.asked == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "plain"])
def test_auth_plain_with_initial_response(mechanism: str) -> None:
    assert Dialogue().say(f"AUTH {mechanism} {PLAIN}").startswith(b"+OK 3 messages")


def test_auth_plain_without_initial_response() -> None:
    dialogue = Dialogue()
    assert dialogue.say("AUTH PLAIN") == b"+ \r\n"
    assert dialogue.say(PLAIN).startswith(b"+OK 3 messages")


def test_auth_login_asks_for_both() -> None:
    dialogue = Dialogue()
    assert dialogue.say("AUTH LOGIN") == b"+ VXNlcm5hbWU6\r\n"
    assert dialogue.say("Ym9i") == b"+ UGFzc3dvcmQ6\r\n"
    assert dialogue.say(b64encode(b"secret word").decode()).startswith(b"+OK 3 messages")


def test_auth_may_be_pipelined_with_its_responses() -> None:
    dialogue = Dialogue()
    assert dialogue.say("AUTH PLAIN", PLAIN, "STAT").endswith(b"+OK 3 75\r\n")


def test_auth_can_be_cancelled() -> None:
    dialogue = Dialogue()
    dialogue.say("AUTH PLAIN")
    assert dialogue.say("*") == b"-ERR Cancelled\r\n"
    assert dialogue.say(f"AUTH PLAIN {PLAIN}").startswith(b"+OK 3 messages")


@pytest.mark.parametrize("response", ["!!!", "=", "Ym9i", "x"])
def test_a_malformed_response_ends_the_exchange(response: str) -> None:
    dialogue = Dialogue()
    assert dialogue.say(f"AUTH PLAIN {response}") == b"-ERR Malformed response\r\n"
    assert dialogue.say("CAPA").startswith(b"+OK")


def test_a_response_may_be_longer_than_a_command() -> None:
    dialogue = Dialogue(limits=Pop3Limits(line=100, auth_line=1000))
    long = b64encode(b"\0bob\0" + b"x" * 500).decode()
    dialogue.say("AUTH PLAIN")
    assert dialogue.say(long) == b"-ERR [AUTH] Authentication failed\r\n"
    dialogue.say("AUTH PLAIN")
    assert dialogue.say("x" * 1001) == b"-ERR Line too long\r\n"
    assert dialogue.say("CAPA").startswith(b"+OK")


def test_an_unknown_mechanism_is_refused() -> None:
    assert Dialogue().say("AUTH KERBEROS_V4") == b"-ERR Unknown mechanism\r\n"


def test_bare_auth_lists_the_mechanisms() -> None:
    assert Dialogue().say("AUTH") == b"+OK Mechanisms follow\r\nPLAIN\r\nLOGIN\r\n.\r\n"


def test_stls_throws_away_what_was_pipelined_after_it() -> None:
    """CVE-2011-0411, CVE-2021-38084: injected commands must not run inside TLS."""
    dialogue = Dialogue(peer=plain_text_peer())
    assert dialogue.say("STLS", "USER eve", "CAPA") == b"+OK Begin TLS\r\n"
    assert dialogue.peer.secure
    assert dialogue.say("PASS x") == b"-ERR Send USER first\r\n"


def test_stls_throws_away_half_a_line() -> None:
    dialogue = Dialogue(peer=plain_text_peer())
    dialogue.send(b"STLS\r\nUSER ev")
    assert dialogue.say("CAPA").startswith(b"+OK Capabilities")


def test_stls_is_refused_when_tls_is_on_or_not_to_be_had() -> None:
    assert Dialogue().say("STLS") == b"-ERR TLS is on already\r\n"
    peer = FakePeer(secure=False)
    assert Dialogue(peer=peer).say("STLS") == b"-ERR TLS is not available\r\n"
    assert not peer.secure
