"""TLS (RFC 8314, RFC 9325) as octets in, octets out, and the certificate in use.

Made with the standard library's memory BIOs: half the CPU of pyOpenSSL for a one-line
command, and no callbacks from C, so that a hardened unit may forbid executable memory.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from enum import Enum
from pathlib import Path

# TLS 1.2 suites with forward secrecy and authenticated encryption (RFC 9325, section 4.2);
# those of TLS 1.3 are all good and are not chosen here.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK"
_READ = 16 * 1024

TlsError = ssl.SSLError


class BadCertificate(Exception):
    """A certificate or key cannot be used; the text says which file and why."""


class TlsVersion(Enum):
    """The oldest version that is accepted; RFC 8997 forbids those before 1.2."""

    TLS_1_2 = ssl.TLSVersion.TLSv1_2
    TLS_1_3 = ssl.TLSVersion.TLSv1_3


def server_context(
    certificate: Path, key: Path | None = None, minimum: TlsVersion = TlsVersion.TLS_1_2
) -> ssl.SSLContext:
    """A context for a PEM chain, server's certificate first; ``key`` may be in the same file.

    Raises BadCertificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = minimum.value
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE

    def no_prompt() -> str:
        raise BadCertificate(f"{key or certificate}: the key is encrypted")

    try:
        context.load_cert_chain(certificate, key, password=no_prompt)
    except ssl.SSLError as error:
        reason = (error.reason or "not a certificate and its key").replace("_", " ").lower()
        files = f"{certificate}" if key is None else f"{certificate}, {key}"
        raise BadCertificate(f"{files}: {reason}") from None
    except OSError as error:
        # OpenSSL does not say which of the two files it could not open.
        for path in (certificate, key):
            _check_readable(path)
        raise BadCertificate(f"{certificate}: {error.strerror}") from None
    return context


def _check_readable(path: Path | None) -> None:
    if path is not None:
        try:
            path.read_bytes()
        except OSError as error:
            raise BadCertificate(f"{path}: {error.strerror}") from None


class Certificate:
    """The server's certificate. Connections that begin after ``reload`` use the new one."""

    def __init__(
        self,
        certificate: Path,
        key: Path | None = None,
        minimum: TlsVersion = TlsVersion.TLS_1_2,
    ) -> None:
        """Raises BadCertificate."""
        self._certificate = certificate
        self._key = key
        self._minimum = minimum
        self._context = server_context(certificate, key, minimum)

    def reload(self) -> None:
        """Read the files again. Raises BadCertificate; the one in use then stays."""
        self._context = server_context(self._certificate, self._key, self._minimum)

    def begin(self) -> TlsLayer:
        return TlsLayer(self._context)


class TlsLayer:
    """The server's side of TLS on one connection.

    What arrives goes in by ``feed``; what is to be sent is fetched by ``take`` after any
    other call, also after one that raised: there may be an alert in it.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.ready = False
        """The handshake is done."""

    def feed(self, octets: bytes) -> None:
        self._incoming.write(octets)

    def take(self) -> bytes:
        return self._outgoing.read()

    def handshake(self) -> bool:
        """Go on with the handshake; True once it is done. Raises TlsError."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.ready = True
        return True

    def read(self) -> bytes | None:
        """The next octets in clear; None until more is fed; empty when the client closed.

        Raises TlsError.
        """
        try:
            return self._tls.read(_READ)
        except ssl.SSLWantReadError:
            return None

    def write(self, octets: bytes) -> None:
        """Raises TlsError."""
        self._tls.write(octets)

    def close(self) -> None:
        """Say that nothing follows (close_notify), without waiting for the client's."""
        # Refused while the client's own close_notify is not here yet, or when TLS is broken.
        with suppress(ssl.SSLError):
            self._tls.unwrap()

    @property
    def description(self) -> str:
        """Protocol and cipher, for the log: ``TLSv1.3 TLS_AES_256_GCM_SHA384``."""
        cipher = self._tls.cipher()
        return f"{self._tls.version()} {cipher[0] if cipher else '?'}"
