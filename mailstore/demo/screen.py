"""What a demo shows on the terminal: exact settings, and what to do with them."""

from __future__ import annotations

import shlex
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mailstore.config.configuration import Service
from mailstore.demo.data import DemoAccount
from mailstore.demo.info import DemoInfo

_SECURITY: Final = {
    Service.IMAPS: ("IMAP", "SSL/TLS"),
    Service.IMAP: ("IMAP", "STARTTLS"),
    Service.POP3S: ("POP3", "SSL/TLS"),
    Service.POP3: ("POP3", "STARTTLS"),
}
_AUTHENTICATION: Final = "normal password"


def show(console: Console, info: DemoInfo, *, temporary: bool, program: str) -> None:
    """Print everything; commands stand alone on a line so that they can be copied.

    ``program`` is what the user types to start this program.
    """
    console.print()
    console.print("[bold]mailstore demo[/bold]: IMAP and POP3 on this machine")
    console.print()
    console.print(_accounts(info))
    console.print(_settings(info))
    _urls(console, info)
    _steps(console, info, program)
    console.print(_data_line(info, temporary=temporary))
    console.print("Stop it with Ctrl-C.")
    console.print()


def _accounts(info: DemoInfo) -> Table:
    table = Table(title="Accounts", title_justify="left", title_style="bold")
    for heading in ("User name", "Password", "E-mail address"):
        table.add_column(heading, overflow="fold")
    for account in info.accounts:
        table.add_row(Text(account.user), Text(account.password), Text(account.address))
    return table


def _settings(info: DemoInfo) -> Table:
    table = Table(title="Client settings", title_justify="left", title_style="bold")
    for heading in ("Protocol", "Server", "Port", "Security", "Authentication"):
        table.add_column(heading)
    for service, (protocol, security) in _SECURITY.items():
        port = str(info.ports[service])
        table.add_row(protocol, info.host, port, security, _AUTHENTICATION)
    return table


def urls(info: DemoInfo, account: DemoAccount) -> list[str]:
    """``imaps://`` and ``pop3s://`` URLs with the user's name (RFC 5092, RFC 2384)."""
    user = quote(account.user, safe="")
    return [
        f"{service}://{user}@{_bracketed(info.host)}:{info.ports[service]}/"
        for service in (Service.IMAPS, Service.POP3S)
    ]


def curl_command(info: DemoInfo, account: DemoAccount, path: str = "") -> str:
    """Lists the account's mailboxes, or reads what ``path`` names; runs as it stands."""
    url = shlex.quote(f"imaps://{_bracketed(info.host)}:{info.ports[Service.IMAPS]}/{path}")
    credentials = shlex.quote(f"{account.user}:{account.password}")
    return f"curl --cacert {shlex.quote(str(info.ca_file))} --user {credentials} {url}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _urls(console: Console, info: DemoInfo) -> None:
    for account in info.accounts:
        for url in urls(info, account):
            console.print(Text(url), soft_wrap=True)
    console.print()
    console.print("[bold]Try it[/bold]: list the mailboxes, then read a message")
    for path in ("", "INBOX;MAILINDEX=1"):
        console.print(Text(curl_command(info, info.accounts[0], path)), soft_wrap=True)
    console.print()


def _steps(console: Console, info: DemoInfo, program: str) -> None:
    first = info.accounts[0]
    console.print(
        "[bold]Thunderbird[/bold], set up and trusting this server, in a second terminal:"
    )
    console.print(Text(f"{program} demo thunderbird {shlex.quote(first.user)}"), soft_wrap=True)
    console.print()
    console.print("[bold]Thunderbird by hand[/bold]")
    console.print(
        Text(
            "  1. Settings, Privacy & Security, Manage Certificates, Authorities, Import: "
            f"{info.ca_file} (trust it for websites)\n"
            f"  2. New account, your address {first.address}, then configure manually\n"
            "  3. The settings from the table above; outgoing mail is not part of the demo"
        ),
        soft_wrap=True,
    )
    console.print("[bold]Outlook[/bold] (classic)")
    console.print(
        Text(
            f"  1. Open {info.ca_file} and install it as a trusted root certificate\n"
            "  2. File, Add Account, Advanced options: set up manually; IMAP or POP\n"
            "  3. The settings from the table above, without Secure Password Authentication"
        ),
        soft_wrap=True,
    )
    console.print()


def _data_line(info: DemoInfo, *, temporary: bool) -> Text:
    end = "removed at the end" if temporary else "kept"
    return Text(f"Data: {info.data} ({end}; the log is mailstore.log)")
