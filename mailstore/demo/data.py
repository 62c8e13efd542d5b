"""The folder of a demo: configuration, users, certificate, mail, and the passwords.

Everything in it is what a real server has, but for ``demo.json``, which keeps the passwords in
clear so that the next run can show them again.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509

from mailstore.auth import passwords
from mailstore.config.configuration import Configuration, Service, load_configuration
from mailstore.config.users import UsersFile
from mailstore.demo.certificate import LOCAL, CertificateFiles, make_certificate
from mailstore.demo.compose import DOMAIN, Sample
from mailstore.demo.samples import samples
from mailstore.model.flags import SYSTEM_FLAG_BITS
from mailstore.model.user import UserEntry, name_key
from mailstore.service import open_store
from mailstore.store.ports import NewMessage, UserStore

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like others."""

_RENEW_DAYS: Final = 2


class DemoAccount(NamedTuple):
    user: str
    password: str
    maildir: Path

    @property
    def address(self) -> str:
        return self.user if "@" in self.user else f"{self.user}@{DOMAIN}"


def new_password() -> str:
    """Fifteen letters and digits: 74 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))
    return "-".join(groups)


class DemoData:
    """A demo's folder, new or from an earlier run."""

    def __init__(self, folder: Path, host: str) -> None:
        """``host`` is the address to listen on."""
        self.folder = folder
        self.host = host
        folder.mkdir(parents=True, exist_ok=True)
        self._passwords_file = folder / "demo.json"
        self._passwords = self._read_passwords()

    def _read_passwords(self) -> dict[str, str]:
        try:
            known = json.loads(self._passwords_file.read_text("utf-8"))["passwords"]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            raise NotADemo(
                f"{self._passwords_file}: cannot be read as a demo's passwords"
            ) from None
        return {str(user): str(password) for user, password in known.items()}

    def prepare(
        self, ports: dict[Service, int], users: Sequence[tuple[str, str]], *, sample_mail: bool
    ) -> tuple[Configuration, list[DemoAccount]]:
        """Write what is missing. ``users`` are names and passwords; none are two of our own.

        Users of an earlier run stay, with the passwords they had.
        """
        self._passwords.update(users)
        if not self._passwords:
            self._passwords = {user: new_password() for user in ("alice", "bob")}
        certificate = self.certificate()
        file = self.folder / "mailstore.yaml"
        file.write_text(_configuration_text(self.host, ports, certificate.server.name), "utf-8")
        configuration = load_configuration(file)
        self._write_users(configuration)
        accounts = []
        for user, password in self._passwords.items():
            entry = UserEntry(user, "")
            account = DemoAccount(user, password, configuration.maildir(entry))
            if not account.maildir.exists():
                self._make_mail(configuration, account, sample_mail=sample_mail)
            accounts.append(account)
        return configuration, accounts

    def certificate(self) -> CertificateFiles:
        """The one of an earlier run while it is good for ``host`` and for some days."""
        files = CertificateFiles(self.folder / "server.pem", self.folder / "ca.pem")
        hosts = LOCAL if self.host in LOCAL else (*LOCAL, self.host)
        if not _still_good(files, hosts):
            make_certificate(self.folder, hosts)
        return files

    def _write_users(self, configuration: Configuration) -> None:
        """Hashes are kept where the password is the same: they take time to make."""
        users = UsersFile(
            configuration.users,
            known_hash=passwords.is_known,
            check_user=configuration.check_user,
        )
        known = users.load() if configuration.users.exists() else {}
        for user, password in self._passwords.items():
            entry = known.get(name_key(user))
            if entry is None:
                users.add(UserEntry(user, passwords.new_hash(password)))
            elif not passwords.verify(password, entry.password):
                users.set_password(user, passwords.new_hash(password))
        write_private(self._passwords_file, {"passwords": self._passwords})

    def _make_mail(
        self, configuration: Configuration, account: DemoAccount, *, sample_mail: bool
    ) -> None:
        store = open_store(configuration, UserEntry(account.user, ""))
        try:
            if sample_mail:
                deliver(store, samples(account.address, datetime.now(UTC).replace(microsecond=0)))
        finally:
            store.close()


class NotADemo(Exception):
    """The folder holds something else; the text says what is wrong."""


def deliver(store: UserStore, mail: Sequence[Sample]) -> None:
    """Put samples into their mailboxes, which are made and subscribed where missing."""
    existing = {info.name for info in store.mailboxes() if info.selectable}
    by_mailbox: dict[str, list[NewMessage]] = {}
    for sample in mail:
        system, keywords = _flags(sample.flags)
        spool = store.spool()
        spool.write(sample.message)
        message = NewMessage(spool, system, keywords, int(sample.date.timestamp()))
        by_mailbox.setdefault(sample.mailbox, []).append(message)
    for name, messages in by_mailbox.items():
        if name not in existing:
            store.create(name)
        store.set_subscribed(name, True)
        mailbox = store.open(name)
        try:
            mailbox.append(messages)
        finally:
            mailbox.close()


def _flags(names: tuple[str, ...]) -> tuple[int, tuple[bytes, ...]]:
    system = 0
    keywords = []
    for name in names:
        bit = SYSTEM_FLAG_BITS.get(name.lower().encode("ascii"))
        if bit is None:
            keywords.append(name.encode("ascii"))
        else:
            system |= bit
    return system, tuple(keywords)


def _configuration_text(host: str, ports: dict[Service, int], certificate: str) -> str:
    lines = ["# Written by `mailstore demo` at every start.", "data: .", "listen:"]
    for service, port in ports.items():
        lines.append(f"  {service}: {{address: '{host}', port: {port}}}")
    lines += ["tls:", f"  certificate: {certificate}", ""]
    return "\n".join(lines)


def _still_good(files: CertificateFiles, hosts: Sequence[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.server.read_bytes())
        files.authority.read_bytes()
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    covered = {str(name.value) for name in names}
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return left.days >= _RENEW_DAYS and covered >= set(hosts)


def write_private(path: Path, content: dict[str, object]) -> None:
    """Write JSON that only its owner may read; readers see it whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    temporary.replace(path)
