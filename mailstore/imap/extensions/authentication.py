"""What may be used to sign in: ``AUTH=``, LOGINDISABLED (RFC 9051, 6.2.2, 6.2.3), SASL-IR.

Mechanisms that send the password as it is, and LOGIN, are offered only where nobody can
read it on the way. There are no others yet, so either all are offered or none.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension, State
from mailstore.imap.session import Session
from mailstore.sasl.mechanism import mechanisms


def _anonymous(session: Session) -> bool:
    return session.state is State.NOT_AUTHENTICATED


def _passwords(session: Session) -> bool:
    return _anonymous(session) and session.peer.may_send_password


def _no_passwords(session: Session) -> bool:
    return _anonymous(session) and not session.peer.may_send_password


MECHANISMS = Extension(
    rfc=4422,
    title="SASL",
    capabilities=tuple(b"AUTH=" + name for name in mechanisms()),
    offered=_passwords,
)

SASL_IR = Extension(
    rfc=4959, title="SASL initial client response", capabilities=(b"SASL-IR",), offered=_anonymous
)

LOGIN_DISABLED = Extension(
    rfc=2595, title="LOGINDISABLED", capabilities=(b"LOGINDISABLED",), offered=_no_passwords
)
