"""Thunderbird without a window, on a profile that is already set up for one account."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.clients.marionette import Marionette
from tests.clients.programs import clean_environment, require, run, wait_until
from tests.clients.target import Target

DEADLINE_S = 90.0
"""For one script; what it waits for comes in a fraction of a second on an idle machine."""

START_S = 120.0

TLS = 3
STARTTLS = 2
_PASSWORD_IN_PLAIN = 3

_QUIET: dict[str, Any] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.blocklist.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "mail.biff.show_alert": False,
    "mail.collect_email_address_outgoing": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    # It would ask in a window before it deletes a mailbox.
    "mailnews.confirm.moveFoldersToTrash": False,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    # A free port, told in the file MarionetteActivePort.
    "marionette.port": 0,
}


class Thunderbird:
    """One account on one profile below ``home``. It can be started again after ``quit``."""

    def __init__(
        self,
        target: Target,
        home: Path,
        kind: Literal["imap", "pop3"] = "imap",
        security: int = TLS,
        preferences: dict[str, Any] | None = None,
    ) -> None:
        require("thunderbird", "certutil")
        self._target = target
        self._home = home
        self._kind = kind
        self._profile = home / "profile"
        self._profile.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._marionette: Marionette | None = None
        self._write_preferences(security, preferences or {})
        self._trust_authority()
        self.start()
        self.script(_ADD_LOGIN, _ORIGINS[kind], target.user, target.password)

    def start(self) -> None:
        """Returns when scripts can run."""
        port_file = self._profile / "MarionetteActivePort"
        port_file.unlink(missing_ok=True)
        log = (self._home / "thunderbird.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                ["thunderbird", "--headless", "--marionette", "--remote-allow-system-access",
                 "--no-remote", "--profile", str(self._profile)],
                env=clean_environment(self._home) | {"MOZ_HEADLESS": "1"},
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )  # fmt: skip
        port = wait_until(lambda: self._port(port_file), "Thunderbird's Marionette", START_S)
        self._marionette = Marionette(port, DEADLINE_S)

    def script(self, body: str, *arguments: object) -> Any:
        """Run ``body``, an async function over thunderbird.js and ``args``."""
        assert self._marionette is not None
        return self._marionette.script(_library() + body, *arguments)

    def quit(self) -> None:
        """End it as its user would: what it knows is on disk afterwards."""
        assert self._marionette is not None
        assert self._process is not None
        self._marionette.command("Marionette:Quit", {"flags": ["eForceQuit"]})
        self._marionette.close()
        self._marionette = None
        self._process.wait(START_S)
        self.end()

    def end(self) -> None:
        """Kill it and all that it started. Safe when it does not run."""
        if self._marionette is not None:
            self._marionette.close()
            self._marionette = None
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _port(self, port_file: Path) -> int:
        assert self._process is not None
        assert self._process.poll() is None, (self._home / "thunderbird.log").read_text()
        text = port_file.read_text() if port_file.exists() else ""
        return int(text or 0)

    def _write_preferences(self, security: int, preferences: dict[str, Any]) -> None:
        target = self._target
        ports = {
            ("imap", TLS): target.imaps,
            ("imap", STARTTLS): target.imap,
            ("pop3", TLS): target.pop3s,
            ("pop3", STARTTLS): target.pop3,
        }
        server = {
            "type": self._kind,
            "hostname": target.host,
            "port": ports[self._kind, security],
            "userName": target.user,
            "name": "The account",
            "socketType": security,
            "authMethod": _PASSWORD_IN_PLAIN,
            "login_at_startup": False,
            "check_new_mail": False,
            "leave_on_server": True,
            "delete_mail_left_on_server": True,
        }
        values = _QUIET | {
            "mail.accountmanager.accounts": "account1",
            "mail.accountmanager.defaultaccount": "account1",
            "mail.account.account1.server": "server1",
            "mail.account.account1.identities": "id1",
            "mail.identity.id1.fullName": "Reader",
            "mail.identity.id1.useremail": "reader@example.org",
            "mail.identity.id1.valid": True,
        }
        values |= {f"mail.server.server1.{name}": value for name, value in server.items()}
        lines = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in (values | preferences).items()
        )
        (self._profile / "user.js").write_text("".join(lines))

    def _trust_authority(self) -> None:
        database = f"sql:{self._profile}"
        run(["certutil", "-N", "-d", database, "--empty-password"], home=self._home)
        trust = ["-n", "test", "-t", "C,,", "-i", self._target.ca_file]
        run(["certutil", "-A", "-d", database, *trust], home=self._home)


_ORIGINS = {"imap": "imap://localhost", "pop3": "mailbox://localhost"}

_ADD_LOGIN = """
const [origin, user, password] = args;
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init(origin, null, origin, user, password, "", "");
await Services.logins.addLoginAsync(login);
"""


@cache
def _library() -> str:
    return Path(__file__).with_suffix(".js").read_text()
