"""``mailstore user``: logins together with their mailboxes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from mailstore.auth.passwords import is_known, new_hash, scheme_of
from mailstore.cli.mail import check_removable, make_mail, remove_mail
from mailstore.cli.owner import owner_of
from mailstore.cli.password import ask_password, make_password
from mailstore.config.configuration import Configuration, load_configuration
from mailstore.config.templates import check_user_name
from mailstore.config.users import NoSuchUser, UserExists, UsersFile
from mailstore.model.user import UserEntry, name_key

F = TypeVar("F", bound=Callable[..., Any])


@click.group("user")
def command() -> None:
    """Add, change, list and delete users.

    A running server takes changes in at SIGHUP.
    """


def _config_option(function: F) -> F:
    return click.option(
        "--config",
        "-c",
        type=click.Path(dir_okay=False, path_type=Path),
        default="mailstore.yaml",
        show_default=True,
        help="The configuration file.",
    )(function)


def _password_options(function: F) -> F:
    stdin = click.option(
        "--stdin", "from_stdin", is_flag=True, help="Read the password from the first line."
    )
    generate = click.option(
        "--generate", is_flag=True, help="Make up a random password and print it."
    )
    return stdin(generate(function))


@command.command("add")
@click.argument("name")
@_config_option
@_password_options
def add(name: str, config: Path, from_stdin: bool, generate: bool) -> None:
    """Add the user NAME: the login, the Maildir and its mailboxes.

    Asks for the password twice. Mail that is there already is left as it is.
    """
    configuration = load_configuration(config)
    users = _users_file(configuration)
    entry = UserEntry(name, "")
    try:
        check_user_name(name)
        configuration.check_user(entry)
    except ValueError as error:
        raise click.ClickException(f"{error}.") from None
    if name_key(name) in _known(users):
        _there_is(name)
    password = _new_password(from_stdin, generate)
    # Mail first: a login without mailboxes is the worse half.
    made = make_mail(configuration, entry)
    try:
        users.add(UserEntry(name, new_hash(password)))
    except UserExists:
        _there_is(name)
    was = "is" if made else "was there already and is left as it is,"
    click.echo(f"Added {name}. The mail {was} in {configuration.maildir(entry)}.", err=True)
    if generate:
        click.echo(password)


@command.command("passwd")
@click.argument("name")
@_config_option
@_password_options
def passwd(name: str, config: Path, from_stdin: bool, generate: bool) -> None:
    """Give the user NAME another password."""
    users = _users_file(load_configuration(config))
    user = _find(users.load(), name)
    password = _new_password(from_stdin, generate)
    try:
        users.set_password(user.name, new_hash(password))
    except NoSuchUser:
        _there_is_no(name, {})
    click.echo(f"Changed the password of {user.name}.", err=True)
    if generate:
        click.echo(password)


@command.command("list")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def list_users(config: Path, as_json: bool) -> None:
    """List the users."""
    configuration = load_configuration(config)
    rows = [
        {
            "name": user.name,
            "disabled": user.disabled,
            "scheme": scheme_of(user.password),
            "maildir": str(configuration.maildir(user)),
        }
        for user in _users_file(configuration).load().values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    _print_table(rows)


@command.command("delete")
@click.argument("name")
@_config_option
@click.option("--mail", is_flag=True, help="Delete the mail too.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(name: str, config: Path, mail: bool, yes: bool) -> None:
    """Delete the user NAME. The mail stays, unless --mail is given."""
    configuration = load_configuration(config)
    users = _users_file(configuration)
    known = users.load()
    user = _find(known, name)
    others = [other for other in known.values() if other != user]
    maildir = configuration.maildir(user)
    if mail:
        check_removable(configuration, user, others)
    if not yes:
        what = f"all mail in {maildir}" if mail else "keep the mail"
        click.confirm(f"Delete the user {user.name} and {what}?", abort=True, err=True)
    try:
        users.delete(user.name)
    except NoSuchUser:
        _there_is_no(name, {})
    # The login first: nobody may sign in to mail that is half gone.
    if mail:
        remove_mail(configuration, user, others)
    rest = "and the mail" if mail else f"The mail is still in {maildir}"
    click.echo(f"Deleted {user.name}{' ' if mail else '. '}{rest}.", err=True)


def _users_file(configuration: Configuration) -> UsersFile:
    return UsersFile(
        configuration.users,
        known_hash=is_known,
        check_user=configuration.check_user,
        owner=owner_of(configuration.data),
    )


def _known(users: UsersFile) -> Mapping[str, UserEntry]:
    """The users so far: before the first one there is no file."""
    return users.load() if users.path.exists() else {}


def _find(known: Mapping[str, UserEntry], name: str) -> UserEntry:
    user = known.get(name_key(name))
    if user is None:
        _there_is_no(name, known)
    return user


def _there_is(name: str) -> NoReturn:
    raise click.ClickException(f"There is a user {name} already.")


def _there_is_no(name: str, known: Mapping[str, UserEntry]) -> NoReturn:
    close = get_close_matches(name_key(name), known, n=1)
    hint = f" Did you mean {known[close[0]].name}?" if close else ""
    raise click.ClickException(f"There is no user {name}.{hint}")


def _new_password(from_stdin: bool, generate: bool) -> str:
    if from_stdin and generate:
        raise click.UsageError("--stdin and --generate exclude each other.")
    return make_password() if generate else ask_password(from_stdin)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        # For other programs: nothing is cut to a width.
        for row in rows:
            state = "disabled" if row["disabled"] else "active"
            click.echo(f"{row['name']}\t{state}\t{row['scheme']}\t{row['maildir']}")
        return
    table = Table("User", "State", "Hash", "Maildir", box=None, pad_edge=False)
    for row in rows:
        state = "disabled" if row["disabled"] else ""
        table.add_row(row["name"], state, row["scheme"], row["maildir"])
    console.print(table)
