"""``mailstore demo``: a server to try, with accounts, sample mail and exact settings."""

from __future__ import annotations

import signal
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click


class _Port(click.ParamType[int]):
    """Without the range, which click would add to every line of the help."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not str(value).isdecimal() or not int(value) <= 65535:
            self.fail(f"{value!r} is not a port", param, ctx)
        return int(value)


def _user(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[tuple[str, str]]:
    users = []
    for value in values:
        name, colon, password = value.partition(":")
        if not colon or not name or not password:
            raise click.BadParameter(f"expected NAME:PASSWORD, got {value!r}")
        users.append((name, password))
    return users


def _address(context: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise click.BadParameter(f"expected an IP address, got {value!r}") from None


def _port(service: str, usual: int) -> Callable[[Any], Any]:
    return click.option(
        f"--{service}-port",
        type=_Port(),
        help=f"Port for {service}, 0 for any that is free.  [default: {usual}, if it is free]",
    )


@click.group("demo", invoke_without_command=True)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep everything in this folder, and go on with it next time.  "
    "[default: a new folder that is removed at the end]",
)
@click.option(
    "--user",
    "users",
    multiple=True,
    metavar="NAME:PASSWORD",
    callback=_user,
    help="An account, in place of alice and bob with random passwords; may be repeated.",
)
@click.option("--no-samples", is_flag=True, help="Begin with empty mailboxes.")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    callback=_address,
    help="The address to listen on.",
)
@_port("imap", 1143)
@_port("imaps", 1993)
@_port("pop3", 1110)
@_port("pop3s", 1995)
@click.option(
    "--info",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write ports, accounts and files to this file (JSON) once the server listens.",
)
@click.option("--verbose", is_flag=True, help="Show what clients do.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Try mailstore: a server on this machine with two accounts and sample mail."""
    if context.invoked_subcommand is None:
        _run(**options)


def _run(
    *,
    data: Path | None,
    users: list[tuple[str, str]],
    no_samples: bool,
    host: str,
    imap_port: int | None,
    imaps_port: int | None,
    pop3_port: int | None,
    pop3s_port: int | None,
    info: Path | None,
    verbose: bool,
) -> None:
    # Here, so that the list of commands needs none of it.
    from rich.console import Console

    from mailstore.cli.program import program
    from mailstore.config.configuration import Service
    from mailstore.demo.data import NotADemo
    from mailstore.demo.info import DemoInfo
    from mailstore.demo.run import Wishes, run
    from mailstore.demo.screen import show
    from mailstore.net.listening import CannotListen
    from mailstore.net.tls import BadCertificate

    console = Console(highlight=False)
    ports = {
        Service.IMAP: imap_port,
        Service.IMAPS: imaps_port,
        Service.POP3: pop3_port,
        Service.POP3S: pop3s_port,
    }
    wishes = Wishes(data, users, not no_samples, host, ports, info, verbose)

    def show_all(found: DemoInfo) -> None:
        show(console, found, temporary=data is None, program=program())

    try:
        run(wishes, show_all, console.print)
    except CannotListen as error:
        raise click.ClickException(f"cannot listen on {error}") from None
    except (NotADemo, BadCertificate) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    except KeyboardInterrupt:
        pass
    console.print("Stopped.")


@command.command("thunderbird", short_help="Open Thunderbird on USER's account.")
@click.argument("user")
@click.option("--pop3", is_flag=True, help="Download by POP3 instead of IMAP.")
@click.option(
    "--info",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the demo was told to write.  [default: of the demo started last]",
)
def thunderbird(user: str, pop3: bool, info: Path | None) -> None:
    """Open Thunderbird on USER's account, in a profile of its own that is thrown away.

    It is set up already and trusts the demo's certificate; it asks only for the password.
    """
    from mailstore.demo import info as demo_info
    from mailstore.demo.thunderbird import CannotOpen, open_thunderbird

    # As for Ctrl-C: Thunderbird closes too, and its profile goes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = demo_info.read(info or demo_info.default_path())
        account = found.account(user)
        if account is None:
            names = ", ".join(each.user for each in found.accounts)
            raise click.ClickException(f"the demo has no user {user!r}; there is {names}")
        click.echo(f"The password is: {account.password}")
        open_thunderbird(found, account, pop3=pop3, say=click.echo)
    except (demo_info.NoDemo, CannotOpen) as error:
        raise click.ClickException(str(error)) from None
