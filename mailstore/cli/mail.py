"""A user's mail on disk, made and removed by commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

import click

from mailstore.cli.owner import acting_as, owner_of
from mailstore.config.configuration import Configuration
from mailstore.model.errors import MailError
from mailstore.model.user import UserEntry
from mailstore.store.opening import INDEX_NAME, open_user


def make_mail(configuration: Configuration, user: UserEntry) -> bool:
    """Make the Maildir with its standard mailboxes; False if there was mail already.

    That is left as it is. Raises ClickException.
    """
    maildir, index = configuration.maildir(user), configuration.index(user)
    with acting_as(owner_of(configuration.data)):
        try:
            if (maildir / "cur").is_dir():
                return False
            open_user(
                maildir,
                index=None if index is None else index / INDEX_NAME,
                standard=tuple(configuration.mailboxes.items()),
            ).close()
        except (MailError, OSError) as error:
            raise click.ClickException(f"{maildir}: {_reason(error)}") from None
    return True


def remove_mail(configuration: Configuration, user: UserEntry, others: Iterable[UserEntry]) -> None:
    """Remove the Maildir and the index. Raises ClickException; some mail may be gone then."""
    check_removable(configuration, user, others)
    with acting_as(owner_of(configuration.data)):
        for path in (configuration.maildir(user), configuration.index(user)):
            try:
                if path is not None and path.exists():
                    shutil.rmtree(path)
            except OSError as error:
                raise click.ClickException(f"{error.filename}: {error.strerror}") from None


def check_removable(
    configuration: Configuration, user: UserEntry, others: Iterable[UserEntry]
) -> None:
    """Raises ClickException if removing the mail would remove anything else."""
    maildir = configuration.maildir(user)
    if maildir.exists() and not (maildir / "cur").is_dir():
        raise click.ClickException(f"{maildir} is not a Maildir: remove it by hand.")
    kept = [configuration.data, configuration.users, configuration.file]
    for other in others:
        index = configuration.index(other)
        kept += [configuration.maildir(other), *([] if index is None else [index])]
    resolved = maildir.resolve()
    for path in kept:
        if resolved in (path.resolve(), *path.resolve().parents):
            raise click.ClickException(f"{maildir} holds {path} too: remove the mail by hand.")


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
