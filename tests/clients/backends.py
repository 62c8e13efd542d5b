"""The two servers that a scenario can run against."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from mailstore.store.opening import INDEX_NAME
from tests.clients.programs import require
from tests.clients.target import Backend, Target
from tests.dovecot import Dovecot, dovecot_binary
from tests.server import Server

PASSWORD = "secret"

_SPECIAL_USE = "".join(
    f"""
namespace inbox {{
  mailbox {name} {{
    auto = subscribe
    special_use = \\{name}
  }}
}}
"""
    for name in ("Archive", "Drafts", "Junk", "Sent", "Trash")
)

_NO_PENALTY = """
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


class DovecotBackend:
    """A private Dovecot with the usual mailboxes. ``base`` must be open to other users."""

    def __init__(
        self, base: Path, maildirs: dict[str, Path], separator: str = "/", extra: str = ""
    ) -> None:
        if dovecot_binary() is None:
            require("dovecot")
        base.mkdir(parents=True)
        self.separator = separator
        self._ca_file = base / "ca.pem"
        authority = trustme.CA()
        # fetchmail looks at the names of a certificate only where it has a common name.
        certificate = authority.issue_cert("localhost", common_name="localhost")
        authority.cert_pem.write_to_path(self._ca_file)
        certificate.private_key_pem.write_to_path(base / "key.pem")
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(base / "certificate.pem", append=True)
        self._server = Dovecot(
            base=base,
            users=dict.fromkeys(maildirs, PASSWORD),
            maildirs=maildirs,
            certificate=base / "certificate.pem",
            key=base / "key.pem",
            separator=separator,
            extra=_SPECIAL_USE + _NO_PENALTY + extra,
        )

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        self._server.kill()

    def drop_index(self) -> None:
        for user in self._server.users:
            for path in self._server.maildir(user).rglob("dovecot.index*"):
                path.unlink()

    def targets(self) -> list[Target]:
        server = self._server
        ports = (server.imap_port, server.imaps_port, server.pop3_port, server.pop3s_port)
        return [
            Target("localhost", *ports, self._ca_file, user, PASSWORD, server.maildir(user))
            for user in server.users
        ]


class MailstoreBackend:
    """The server under test. ``stop`` also checks all mail, and the log for incidents."""

    def __init__(self, base: Path, users: list[str]) -> None:
        self._server = Server(base, dict.fromkeys(users, PASSWORD), "--verbose")

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        self._server.kill()

    def drop_index(self) -> None:
        for account in self._server.accounts.values():
            for path in account.maildir.glob(f"{INDEX_NAME}*"):
                path.unlink()

    def targets(self) -> list[Target]:
        server = self._server
        imap, imaps, pop3, pop3s = map(server.port, ("imap", "imaps", "pop3", "pop3s"))
        place = (server.host, imap, imaps, pop3, pop3s, server.ca_file)
        return [
            Target(*place, account.user, account.password, account.maildir)
            for account in server.accounts.values()
        ]


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that other users may enter: Dovecot reads mail as one of them."""
    folder = Path(tempfile.mkdtemp(prefix="clients-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def backend_named(name: str, base: Path, users: list[str]) -> Backend:
    """A server of that name, not started, that keeps everything below ``base``."""
    if name == "dovecot":
        return DovecotBackend(base / "dovecot", {user: base / "mail" / user for user in users})
    return MailstoreBackend(base / "mailstore", users)
