"""The commands by name. A command's file is imported only when it runs or explains itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple, cast

import click

from mailstore import __version__
from mailstore.config.errors import ConfigurationError


class Entry(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    help: str


COMMANDS: Final = {
    "demo": Entry("mailstore.cli.demo", "Try it: two accounts with sample mail, on loopback."),
    "serve": Entry("mailstore.cli.serve", "Run the server."),
    "user": Entry("mailstore.cli.user", "Add, change, list and delete users."),
    "pw": Entry("mailstore.cli.pw", "Print the hash of a password."),
    "fsck": Entry("mailstore.cli.fsck", "Check mail against its index."),
}
"""A module holds its command as ``command``."""


class Commands(click.Group):
    """Loads a command when it is asked for: ``mailstore pw`` starts without Twisted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        return cast(click.Command, import_module(entry.module).command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            for fault in error.faults:
                click.echo(fault, err=True)
            ctx.exit(1)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailstore", message="%(prog)s %(version)s")
def cli() -> None:
    """An IMAP4 and POP3 mailbox server on Maildir."""
