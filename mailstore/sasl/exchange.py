"""One SASL exchange in the form in which line protocols carry it: base64.

``AUTHENTICATE`` and ``AUTH`` (RFC 9051, section 6.2.2; RFC 5034, section 4) share it.
"""

from __future__ import annotations

import binascii

from mailstore.sasl.mechanism import Credentials, Mechanism, SaslCancelled, SaslError


class Exchange:
    """Feeds a mechanism with what the client sends.

    Every method gives either the next challenge, base64 without CRLF and perhaps empty,
    or the credentials, which end the exchange. Each raises SaslError, which ends it too.
    """

    def __init__(self, mechanism: Mechanism) -> None:
        self._mechanism = mechanism

    def begin(self, initial_response: bytes | None) -> bytes | Credentials:
        """``initial_response`` is as sent: base64, or ``=`` for an empty one (RFC 4959)."""
        if initial_response is None:
            return _encode(self._mechanism.first_challenge)
        octets = b"" if initial_response == b"=" else decode_base64(initial_response)
        return self._step(octets)

    def respond(self, line: bytes) -> bytes | Credentials:
        """Take a line, without its CRLF. Raises SaslCancelled for ``*``."""
        if line == b"*":
            raise SaslCancelled("authentication cancelled")
        return self._step(decode_base64(line))

    def _step(self, response: bytes) -> bytes | Credentials:
        answer = self._mechanism.step(response)
        return answer if isinstance(answer, Credentials) else _encode(answer)


def decode_base64(text: bytes) -> bytes:
    """Decode RFC 4648 base64 exactly: alphabet, padding, and no bits left over."""
    try:
        octets = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise SaslError("the response is not base64") from None
    if _encode(octets) != text:
        raise SaslError("the response is not base64")
    return octets


def _encode(octets: bytes) -> bytes:
    return binascii.b2a_base64(octets, newline=False)
