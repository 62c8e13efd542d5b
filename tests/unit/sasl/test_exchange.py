"""SASL exchanges as line protocols carry them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.model.errors import AuthenticationFailed
from mailstore.sasl.exchange import Exchange, decode_base64
from mailstore.sasl.mechanism import Credentials, SaslCancelled, SaslError, mechanisms


def exchange(mechanism: bytes) -> Exchange:
    return Exchange(mechanisms()[mechanism]())


def test_plain_without_an_initial_response_begins_with_an_empty_challenge() -> None:
    plain = exchange(b"PLAIN")
    assert plain.begin(None) == b""
    assert plain.respond(b64encode(b"\0alice\0secret")) == Credentials(b"alice", b"secret")


def test_plain_with_an_initial_response_needs_no_challenge() -> None:
    answer = exchange(b"PLAIN").begin(b64encode(b"\0alice\0secret"))
    assert answer == Credentials(b"alice", b"secret")


def test_plain_takes_ones_own_name_as_authorization_identity() -> None:
    answer = exchange(b"PLAIN").begin(b64encode(b"alice\0alice\0secret"))
    assert answer == Credentials(b"alice", b"secret")


def test_plain_refuses_another_authorization_identity() -> None:
    with pytest.raises(AuthenticationFailed):
        exchange(b"PLAIN").begin(b64encode(b"root\0alice\0secret"))


@pytest.mark.parametrize(
    "message", [b"", b"alice", b"\0alice", b"\0alice\0", b"\0\0secret", b"\0alice\0secret\0"]
)
def test_plain_refuses_what_is_not_three_fields(message: bytes) -> None:
    with pytest.raises(SaslError):
        exchange(b"PLAIN").begin(b64encode(message) or b"=")


def test_login_asks_for_user_and_password() -> None:
    login = exchange(b"LOGIN")
    assert login.begin(None) == b64encode(b"Username:")
    assert login.respond(b64encode(b"alice")) == b64encode(b"Password:")
    assert login.respond(b64encode(b"secret")) == Credentials(b"alice", b"secret")


def test_login_takes_an_initial_response_as_the_user() -> None:
    login = exchange(b"LOGIN")
    assert login.begin(b64encode(b"alice")) == b64encode(b"Password:")
    assert login.respond(b64encode(b"secret")) == Credentials(b"alice", b"secret")


@pytest.mark.parametrize("response", [b"", b64encode(b"a\0b")])
def test_login_refuses_empty_answers_and_nul(response: bytes) -> None:
    login = exchange(b"LOGIN")
    login.begin(None)
    with pytest.raises(SaslError):
        login.respond(response)


@pytest.mark.parametrize("mechanism", list(mechanisms()))
def test_an_asterisk_cancels(mechanism: bytes) -> None:
    each = exchange(mechanism)
    each.begin(None)
    with pytest.raises(SaslCancelled):
        each.respond(b"*")


def test_an_equals_sign_is_an_empty_initial_response() -> None:
    with pytest.raises(SaslError, match="LOGIN needs"):
        exchange(b"LOGIN").begin(b"=")


@pytest.mark.parametrize(
    "text",
    [
        b"YQ",  # no padding
        b"YQ=",
        b"YQ===",
        b"YR==",  # bits left over
        b"Y Q==",
        b"YQ==\r",
        b"YQ==YQ==",
        b"Y*==",
        b"====",
        b"YWI_",  # the alphabet of URLs
        b"\xff",
    ],
)
def test_base64_is_strict(text: bytes) -> None:
    with pytest.raises(SaslError):
        decode_base64(text)


@given(st.binary(max_size=100))
def test_base64_that_is_right_is_decoded(octets: bytes) -> None:
    assert decode_base64(b64encode(octets)) == octets


@given(st.binary(max_size=40))
def test_nothing_but_a_sasl_error_comes_of_any_line(line: bytes) -> None:
    for name in mechanisms():
        each = exchange(name)
        each.begin(None)
        try:
            each.respond(line)
        except (SaslError, AuthenticationFailed):
            continue
