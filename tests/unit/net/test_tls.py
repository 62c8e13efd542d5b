from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from mailstore.net.tls import BadCertificate, Certificate
from tests.unit.net.fakes import make_certificate


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCertificate, match=r"nothing\.pem: No such file"):
        Certificate(tmp_path / "nothing.pem")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    with pytest.raises(BadCertificate, match=r"key\.pem: No such file"):
        Certificate(tmp_path / "server.pem", tmp_path / "key.pem")


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "server.pem"
    path.write_text("nothing\n")
    with pytest.raises(BadCertificate, match=r"server\.pem: "):
        Certificate(path)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    other = tmp_path / "other.pem"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(other)
    with pytest.raises(BadCertificate, match="key values mismatch"):
        Certificate(tmp_path / "server.pem", other)


def test_an_encrypted_key_is_refused_without_asking(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("localhost")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    secret = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    (tmp_path / "key.pem").write_bytes(secret)
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    with pytest.raises(BadCertificate, match=r"key\.pem: the key is encrypted"):
        Certificate(tmp_path / "server.pem", tmp_path / "key.pem")


def test_a_reload_that_fails_keeps_the_certificate(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path)
    before = certificate._context
    (tmp_path / "server.pem").write_text("nothing\n")
    with pytest.raises(BadCertificate):
        certificate.reload()
    assert certificate._context is before
