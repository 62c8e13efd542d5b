"""Opens Thunderbird on an account of the demo, in a profile made for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mailstore.config.configuration import Service
from mailstore.demo.data import DemoAccount
from mailstore.demo.info import DemoInfo

Preference = str | int | bool

_SSL: Final = 3
_NORMAL_PASSWORD: Final = 3

_PROGRAMS: Final = (
    "thunderbird",
    "thunderbird-esr",
    "/Applications/Thunderbird.app/Contents/MacOS/thunderbird",
)

_NO_QUESTIONS: Final[dict[str, Preference]] = {
    "app.donation.eoy.version.viewed": 999,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "toolkit.telemetry.enabled": False,
}


class CannotOpen(Exception):
    """Thunderbird cannot be found or started; the text says what to do."""


def open_thunderbird(
    info: DemoInfo, account: DemoAccount, *, pop3: bool, say: Callable[[str], None]
) -> None:
    """Returns when Thunderbird is closed, and removes its profile. Raises CannotOpen."""
    program = find_program()
    profile = Path(tempfile.mkdtemp(prefix="mailstore-thunderbird-"))
    try:
        write_profile(profile, info, account, pop3=pop3)
        say("Thunderbird opens; its profile is removed when it is closed.")
        _run(program, profile)
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def find_program() -> str:
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise CannotOpen("Thunderbird is not installed, or not in PATH")


def _run(program: str, profile: Path) -> None:
    """Wait until it is closed, or close it when this program is told to stop."""
    command = [program, "--no-remote", "--profile", str(profile)]
    try:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603
    except OSError as error:
        raise CannotOpen(f"{program}: {error.strerror}") from None
    with process:
        try:
            _, told = process.communicate()
        except KeyboardInterrupt:
            process.terminate()
            process.communicate()
            return
    if process.returncode > 0:
        reason = told.decode("utf-8", "replace").strip().splitlines()
        raise CannotOpen(f"Thunderbird did not start: {reason[-1] if reason else 'it did not say'}")


def write_profile(profile: Path, info: DemoInfo, account: DemoAccount, *, pop3: bool) -> None:
    """Preferences for one account, and trust in the demo's certificate."""
    chosen = preferences(info, account, pop3=pop3)
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in chosen.items())
    (profile / "user.js").write_text("".join(lines), "utf-8")
    if not _import_authority(profile, info.ca_file):
        _write_override(profile, info)


def preferences(info: DemoInfo, account: DemoAccount, *, pop3: bool) -> dict[str, Preference]:
    server: dict[str, Preference] = {
        "type": "pop3" if pop3 else "imap",
        "hostname": info.host,
        "port": info.ports[Service.POP3S if pop3 else Service.IMAPS],
        "userName": account.user,
        "name": f"{account.address} (demo)",
        "socketType": _SSL,
        "authMethod": _NORMAL_PASSWORD,
        "login_at_startup": True,
        "check_new_mail": True,
        "leave_on_server": True,
        "download_on_biff": True,
    }
    identity: dict[str, Preference] = {
        "fullName": account.user.partition("@")[0].capitalize(),
        "useremail": account.address,
        "valid": True,
        # Sent mail, drafts and templates belong to the account, not to local folders.
        "fcc_folder_picker_mode": 0,
        "drafts_folder_picker_mode": 0,
    }
    return {
        **_NO_QUESTIONS,
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        **{f"mail.server.server1.{name}": value for name, value in server.items()},
        **{f"mail.identity.id1.{name}": value for name, value in identity.items()},
    }


def _import_authority(profile: Path, ca_file: Path) -> bool:
    """Put the demo's authority into ``cert9.db``; False without NSS's certutil."""
    certutil = shutil.which("certutil")
    # The programs of that name on macOS and Windows are others.
    if certutil is None or sys.platform in ("darwin", "win32"):
        return False
    database = f"sql:{profile}"
    trusted = ["-n", "mailstore demo", "-t", "C,,", "-i", str(ca_file)]
    for arguments in (["-N", "--empty-password"], ["-A", *trusted]):
        done = subprocess.run(  # noqa: S603 - a fixed command
            [certutil, "-d", database, *arguments], check=False, capture_output=True
        )
        if done.returncode:
            return False
    return True


def _write_override(profile: Path, info: DemoInfo) -> None:
    """The other way: an exception for this very certificate, as the dialogue would store it."""
    server = info.ca_file.with_name("server.pem")
    certificate = x509.load_pem_x509_certificate(server.read_bytes())
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    sha256 = "OID.2.16.840.1.101.3.4.2.1"
    lines = ["# PSM Certificate Override Settings file\n"]
    lines += [
        f"{info.host}:{info.ports[service]}:\t{sha256}\t{fingerprint}\t\n"
        for service in (Service.IMAPS, Service.POP3S)
    ]
    (profile / "cert_override.txt").write_text("".join(lines), "ascii")
