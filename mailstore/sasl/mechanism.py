"""What a SASL mechanism is, and which ones there are (RFC 4422).

A mechanism object lives for one exchange and holds nothing beyond it. It works on
decoded octets; base64, cancelling and the limit on rounds belong to
:class:`mailstore.sasl.exchange.Exchange`, which protocols use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, Protocol


class SaslError(Exception):
    """The client's side of the exchange is malformed; the text never quotes it."""


class SaslCancelled(SaslError):
    """The client gave up with ``*`` (RFC 4422, section 3.5)."""


class Credentials(NamedTuple):
    """Whom the client says it is, and its proof. Neither is checked or prepared yet."""

    user: bytes
    password: bytes


class Mechanism(Protocol):
    """One exchange, seen from the server.

    ``first_challenge`` is sent when the client gave no initial response: empty for a
    mechanism in which the client speaks first.
    """

    @property
    def name(self) -> bytes: ...

    @property
    def first_challenge(self) -> bytes: ...

    def step(self, response: bytes) -> bytes | Credentials:
        """Take a response; give the next challenge, or the credentials at the end.

        Raises SaslError, and AuthenticationFailed for what is well-formed and refused.
        """


class MechanismFactory(Protocol):
    """A mechanism's class: calling it begins an exchange.

    ``clear_text``: the password crosses the network as it is, so TLS is wanted.
    """

    @property
    def name(self) -> bytes: ...

    @property
    def clear_text(self) -> bool: ...

    def __call__(self) -> Mechanism: ...


@cache
def mechanisms() -> Mapping[bytes, MechanismFactory]:
    """All mechanisms by upper-case name, in the order in which they are announced."""
    # Here and not above: the mechanisms import this module for its types.
    from mailstore.sasl.login import Login
    from mailstore.sasl.plain import Plain

    factories: tuple[MechanismFactory, ...] = (Plain, Login)
    return {factory.name: factory for factory in factories}
