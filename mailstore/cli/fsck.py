"""``mailstore fsck``: mail, its UIDs and its index against one another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import click

from mailstore.auth.passwords import is_known
from mailstore.cli.owner import acting_as, owner_of
from mailstore.config.configuration import Configuration, load_configuration
from mailstore.config.users import UsersFile
from mailstore.model.errors import MailError
from mailstore.model.user import UserEntry, name_key
from mailstore.store.check import Fault, check_user
from mailstore.store.opening import INDEX_NAME


class Finding(NamedTuple):
    """What is to be said of a user's mail; ``mailbox`` is empty for the mail as a whole."""

    user: str
    mailbox: str
    fault: str
    mended: bool


@click.command("fsck")
@click.argument("users", metavar="[USER]...", nargs=-1)
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    default="mailstore.yaml",
    show_default=True,
    help="The configuration file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of what is wrong.")
@click.option("--repair", is_flag=True, help="Mend the index and the lists of UIDs.")
@click.pass_context
def command(
    context: click.Context, users: tuple[str, ...], config: Path, as_json: bool, repair: bool
) -> None:
    """Check mail against its index: all users, or those that are named.

    Every message is read. The server may run meanwhile. A message file is never removed or
    changed; without --repair nothing is but what the server itself would write. The exit
    status is 1 if anything is left to be mended.
    """
    configuration = load_configuration(config)
    entries = _chosen(configuration, users)
    findings: list[Finding] = []
    with acting_as(owner_of(configuration.data)):
        for entry in entries:
            found = _check(configuration, entry, repair)
            findings += found
            if not as_json:
                _show(entry, found)
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    if not all(finding.mended for finding in findings):
        context.exit(1)


def _chosen(configuration: Configuration, names: tuple[str, ...]) -> list[UserEntry]:
    known = UsersFile(configuration.users, known_hash=is_known).load()
    if not names:
        return list(known.values())
    chosen = []
    for name in names:
        if name_key(name) not in known:
            raise click.ClickException(f"There is no user {name}.")
        chosen.append(known[name_key(name)])
    return chosen


def _check(configuration: Configuration, user: UserEntry, repair: bool) -> list[Finding]:
    """Check one user, whose Maildir is not made by it."""
    try:
        maildir, index = configuration.maildir(user), configuration.index(user)
        if not (maildir / "cur").is_dir():
            return []
        file = None if index is None else index / INDEX_NAME
        found = check_user(maildir, index=file, repair=repair)
        left = check_user(maildir, index=file) if repair and found else found
    except (MailError, OSError, ValueError) as error:
        return [Finding(user.name, "", f"cannot be checked: {error}", False)]
    return [_finding(user, fault, fault not in left) for fault in found] + [
        _finding(user, fault, False) for fault in left if fault not in found
    ]


def _finding(user: UserEntry, fault: Fault, mended: bool) -> Finding:
    return Finding(user.name, fault.mailbox, fault.what, mended)


def _show(user: UserEntry, findings: list[Finding]) -> None:
    if not findings:
        click.echo(f"{user.name}: in order")
    for finding in findings:
        mailbox = f"{finding.mailbox}: " if finding.mailbox else ""
        mended = " (mended)" if finding.mended else ""
        click.echo(f"{user.name}: {mailbox}{finding.fault}{mended}")
