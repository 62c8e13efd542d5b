"""The two servers that a scenario can run against."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.clients.programs import require, wait_until
from tests.clients.target import Backend, Target
from tests.dovecot import Dovecot, dovecot_binary

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
    """``mailstore demo`` without sample mail, as a process of its own."""

    def __init__(self, base: Path, users: list[str]) -> None:
        base.mkdir(parents=True)
        self._base = base
        self._info_file = base / "info.json"
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None
        self._info: dict[str, Any] = {}

    def start(self) -> None:
        self._info_file.unlink(missing_ok=True)
        ports = [f"--{service}-port=0" for service in ("imap", "imaps", "pop3", "pop3s")]
        users = [f"--user={user}:{PASSWORD}" for user in self._users]
        with (self._base / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mailstore", "demo", "--no-samples", "--verbose",
                 f"--data={self._base / 'data'}", f"--info={self._info_file}", *ports, *users],
                # What a demo leaves for other programs belongs to this one.
                env=os.environ | {"XDG_RUNTIME_DIR": str(self._base)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )  # fmt: skip
        wait_until(self._listens, "the server listens", 120)
        self._info = json.loads(self._info_file.read_text("utf-8"))

    def stop(self) -> None:
        """Nothing that nobody foresaw may have happened while it ran."""
        self._end(signal.SIGTERM)
        screen = (self._base / "output").read_text("utf-8", errors="replace")
        _, found, incident = screen.partition("#critical]")
        assert not found, f"an incident: {incident[:4000]}"

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def drop_index(self) -> None:
        for account in self._info["accounts"]:
            for path in Path(account["maildir"]).rglob("mailstore-index*"):
                path.unlink()

    def targets(self) -> list[Target]:
        info = self._info
        ports = (info["ports"][service] for service in ("imap", "imaps", "pop3", "pop3s"))
        imap, imaps, pop3, pop3s = ports
        place = (info["host"], imap, imaps, pop3, pop3s, Path(info["ca_file"]))
        return [
            Target(*place, each["user"], each["password"], Path(each["maildir"]))
            for each in info["accounts"]
        ]

    def output(self) -> str:
        """The end of what the server wrote to its screen."""
        return (self._base / "output").read_text("utf-8", errors="replace")[-4000:]

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self.output()}"
        return self._info_file.exists()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.poll() is None, f"the server ended by itself:\n{self.output()}"
        os.killpg(process.pid, number)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"the server did not stop:\n{self.output()}") from None


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
