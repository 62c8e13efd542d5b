"""``mailstore pw``: the hash of a password, for the users file or for another program."""

from __future__ import annotations

import click

from mailstore.auth.passwords import SCHEMES, new_hash
from mailstore.cli.password import ask_password


@click.command("pw")
@click.option(
    "--scheme",
    type=click.Choice(list(SCHEMES)),
    default=next(iter(SCHEMES)),
    show_default=True,
    help="What kind of hash.",
)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from the first line.")
def command(scheme: str, from_stdin: bool) -> None:
    """Print the hash of a password; asks for it twice.

    The password is never taken from the command line, where other users of the machine
    could read it.
    """
    click.echo(new_hash(ask_password(from_stdin, scheme), scheme))
