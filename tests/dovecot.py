"""A private Dovecot as an ordinary process: an oracle, a yardstick, a place to move from.

Everything lies in one folder. It runs as whoever starts it; root starts it too, but then
mail is read by ``nobody``, because Dovecot refuses to read mail as root.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

__all__ = ["Dovecot", "dovecot_binary"]

_CONFIGURATION = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
listen = 127.0.0.1
protocols = imap pop3
{tls}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {base}/users
  default_fields = uid={uid} gid={gid} home={base}/home/%u
}}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 1000
mail_fsync = {fsync}
namespace inbox {{
  inbox = yes
  {separator}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {ports[0]}
  }}
  inet_listener imaps {{
    port = {ports[1]}
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {ports[2]}
  }}
  inet_listener pop3s {{
    port = {ports[3]}
  }}
}}
"""


def dovecot_binary() -> str | None:
    """Return the path of the master process, ``None`` where it is not installed."""
    return shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@dataclass
class Dovecot:
    """Serves one Maildir for each user of ``users`` (name to password).

    ``base`` is a folder of its own; when root runs it, all folders above must be open to
    others. ``maildirs`` says where mail lies, ``base``/mail/<user> where it does not.
    Without ``certificate`` and ``key`` (PEM files) there is no TLS.
    """

    base: Path
    users: dict[str, str]
    maildirs: dict[str, Path] = field(default_factory=dict)
    certificate: Path | None = None
    key: Path | None = None
    separator: str | None = None
    """Between levels of a mailbox name; Dovecot's default for Maildir++ is a dot."""
    fsync: str = "optimized"
    extra: str = ""
    """More configuration, at its end."""
    imap_port: int = 0
    imaps_port: int = 0
    pop3_port: int = 0
    pop3s_port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def maildir(self, user: str) -> Path:
        return self.maildirs.get(user, self.base / "mail" / user)

    @property
    def pid(self) -> int:
        """The master's, while it runs."""
        if self._process is None:
            raise RuntimeError("Dovecot is not running")
        return self._process.pid

    def start(self, timeout_s: float = 20.0) -> Dovecot:
        """Return once every port answers."""
        binary = dovecot_binary()
        if binary is None:
            raise FileNotFoundError("dovecot is not installed")
        self._prepare()
        configuration = self.base / "dovecot.conf"
        configuration.write_text(self._configuration())
        self._process = subprocess.Popen(
            [binary, "-F", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        ports = [self.imap_port, self.pop3_port]
        if self.certificate is not None:
            ports += [self.imaps_port, self.pop3s_port]
        deadline = time.monotonic() + timeout_s
        try:
            for port in ports:
                self._wait_for(port, deadline)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout_s: float = 20.0) -> None:
        """End the master, which ends its children; return when none of them is left."""
        process, self._process = self._process, None
        if process is None:
            return
        deadline = time.monotonic() + timeout_s
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        while _group_lives(process.pid):
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)
                return
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the master and its children at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self.stop()

    def own(self, user: str) -> None:
        """Give what others wrote into the user's Maildir to the one who reads it."""
        uid, gid = _reader()
        for folder, _, names in os.walk(self.maildir(user)):
            for name in (".", *names):
                os.chown(Path(folder, name), uid, gid, follow_symlinks=False)

    def log(self) -> str:
        try:
            return (self.base / "log").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def __enter__(self) -> Dovecot:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare(self) -> None:
        for name in ("run", "state", "home"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        uid, gid = _reader()
        os.chown(self.base / "home", uid, gid)
        lines = []
        for user, password in self.users.items():
            maildir = self.maildir(user)
            for name in ("cur", "new", "tmp"):
                (maildir / name).mkdir(parents=True, exist_ok=True)
            self.own(user)
            lines.append(f"{user}:{{PLAIN}}{password}::::::userdb_mail=maildir:{maildir}\n")
        (self.base / "users").write_text("".join(lines))
        (self.base / "users").chmod(0o644)
        self.imap_port, self.imaps_port, self.pop3_port, self.pop3s_port = _free_ports()

    def _configuration(self) -> str:
        uid, gid = _reader()
        if os.geteuid() == 0:
            internal, group, login = "dovecot", "dovecot", "dovenull"
        else:
            internal = login = pwd.getpwuid(uid).pw_name
            group = grp.getgrgid(gid).gr_name
        tls = "ssl = no"
        if self.certificate is not None:
            tls = f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.key}"
        return (
            _CONFIGURATION.format(
                base=self.base,
                tls=tls,
                internal=internal,
                internal_group=group,
                login=login,
                uid=uid,
                gid=gid,
                fsync=self.fsync,
                separator="" if self.separator is None else f"separator = {self.separator}",
                ports=(self.imap_port, self.imaps_port, self.pop3_port, self.pop3s_port),
            )
            + self.extra
        )

    def _wait_for(self, port: int, deadline: float) -> None:
        """Try until the port accepts; the process that died tells why in its log."""
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"Dovecot does not answer on port {port}:\n{self.log()}")


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _reader() -> tuple[int, int]:
    """The uid and gid that read mail."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        return account.pw_uid, account.pw_gid
    return os.geteuid(), os.getegid()


def _free_ports() -> list[int]:
    """Dovecot does not take port 0; these were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports
