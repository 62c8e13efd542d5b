"""The users file: who may sign in, and with which password hash.

```yaml
users:
  ada:
    password: $argon2id$v=19$m=19456,t=2,p=1$...
```

Programs change one value where it stands; comments, order and everything else stay as a
person wrote them. Every change is checked by reading the new text back before it replaces
the file, and replaces it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError

from mailstore.config import users_text
from mailstore.config.collector import collector_paused
from mailstore.config.errors import ConfigurationError
from mailstore.config.faults import Problem, error_of, problems_of
from mailstore.config.models import FilePath, Model, QuotaModel, mapping
from mailstore.config.read import read_text
from mailstore.config.replace import Owner, locked, replace_text
from mailstore.config.templates import check_user_name
from mailstore.config.values import expected, expected_error, switch
from mailstore.config.yaml_document import Document
from mailstore.model.errors import MailError
from mailstore.model.user import UserEntry, name_key


def _password(value: Any) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        expected("a password hash as `mailstore pw` prints it")
    return value


def _name(value: Any) -> str:
    try:
        check_user_name(value)
    except ValueError as error:
        raise expected_error(f"a user's name ({error})") from None
    return str(value)


class _UserModel(Model):
    password: Annotated[str, PlainValidator(_password)]
    disabled: Annotated[bool, PlainValidator(switch)] = False
    maildir: FilePath | None = None
    quota: Annotated[QuotaModel, BeforeValidator(mapping)] = QuotaModel()


class _UsersModel(Model):
    users: Annotated[
        dict[Annotated[str, BeforeValidator(_name)], _UserModel],
        BeforeValidator(lambda value: {} if value is None else value),
    ] = Field(default_factory=dict)


_ATTEMPTS: Final = 5


class NoSuchUser(Exception):
    """The users file has nobody of that name."""


class UserExists(Exception):
    """The users file has somebody of that name, perhaps in other letters' case."""


class UsersFile:
    """One users file. Calls block; any thread may make them, and so may other processes."""

    def __init__(
        self,
        path: Path,
        *,
        known_hash: Callable[[str], bool],
        check_user: Callable[[UserEntry], None] = lambda user: None,
        owner: Owner | None = None,
    ) -> None:
        """``known_hash`` tells hashes that can be verified from those that cannot.

        ``check_user`` raises ValueError for an entry that the rest of the configuration
        has no place for. ``owner`` gets the file when it is made; one that is there keeps
        its owner, group and mode.
        """
        self.path = path
        self._known_hash = known_hash
        self._check_user = check_user
        self._owner = owner

    def load(self) -> Mapping[str, UserEntry]:
        """All users by :func:`name_key`. Raises ConfigurationError with every fault.

        20,000 users take a second or two.
        """
        if not self.path.exists():
            fault = f"{self.path}: there is no such file; `mailstore user add NAME` makes it"
            raise ConfigurationError([fault])
        with collector_paused():
            return self._parse(read_text(self.path))

    def find(self, name: str) -> UserEntry:
        """Raises NoSuchUser, ConfigurationError."""
        try:
            return self.load()[name_key(name)]
        except KeyError:
            raise NoSuchUser(name) from None

    def add(self, entry: UserEntry) -> None:
        """Put a user at the end, and make the file if there is none; durable on return.

        Raises UserExists, ConfigurationError.
        """

        def change(text: str) -> str:
            if name_key(entry.name) in self._parse(text):
                raise UserExists(entry.name)
            return users_text.add(text, entry.name, entry.password)

        self._change(change)

    def delete(self, name: str) -> UserEntry:
        """Remove a user, durably; returns what there was.

        Raises NoSuchUser, ConfigurationError.
        """
        found: list[UserEntry] = []

        def change(text: str) -> str:
            users = self._parse(text)
            if name_key(name) not in users:
                raise NoSuchUser(name)
            found.append(users[name_key(name)])
            return users_text.delete(text, found[-1].name)

        self._change(change)
        return found[-1]

    def set_password(self, name: str, password: str) -> None:
        """Give a user another hash; durable on return. Raises as ``delete`` does."""

        def change(text: str) -> str:
            users = self._parse(text)
            if name_key(name) not in users:
                raise NoSuchUser(name)
            return users_text.set_passwords(text, {users[name_key(name)].name: password})

        self._change(change)

    def replace_passwords(self, changes: Mapping[str, tuple[str, str]]) -> None:
        """Give users another hash, by their names, where the file still has the old one.

        ``changes`` holds (old, new). Raises ConfigurationError; then nothing is changed.
        """

        def change(text: str) -> str:
            users = self._parse(text)
            still = {
                users[name_key(name)].name: new
                for name, (old, new) in changes.items()
                if name_key(name) in users and users[name_key(name)].password == old
            }
            return users_text.set_passwords(text, still) if still else text

        self._change(change)

    def _change(self, change: Callable[[str], str]) -> None:
        # Through a symbolic link: the file it points to is the one to replace.
        path = self.path.resolve()
        try:
            with locked(path.parent), collector_paused():
                for _ in range(_ATTEMPTS):
                    if self._try(path, change):
                        return
            raise ConfigurationError([f"{self.path}: the file changes all the time"])
        except OSError as error:
            raise ConfigurationError([f"{self.path}: {error.strerror}"]) from error
        except MailError as error:  # a full or a read-only disk
            raise ConfigurationError([f"{self.path}: {error}"]) from error

    def _try(self, path: Path, change: Callable[[str], str]) -> bool:
        """False, with nothing done, if the file changed meanwhile: editors know no lock."""
        seen = _stamp(path)
        text = "" if seen is None else read_text(path)
        new = change(text)
        if new == text:
            return True
        self._parse(new)
        if _stamp(path) != seen:
            return False
        replace_text(path, new, self._owner)
        return True

    def _parse(self, text: str) -> dict[str, UserEntry]:
        document = Document(text, self.path.name)
        data = {} if document.data is None else document.data
        try:
            model = _UsersModel.model_validate(data, context={"folder": self.path.parent})
        except ValidationError as error:
            raise error_of(document, problems_of(_UsersModel, error)) from None
        users: dict[str, UserEntry] = {}
        problems: list[Problem] = []
        for name, given in model.users.items():
            maildir = None if given.maildir is None else str(given.maildir)
            quota = given.quota
            entry = UserEntry(
                name, given.password, given.disabled, maildir, quota.storage, quota.messages
            )
            problem = self._problem(entry, users)
            if problem is not None:
                problems.append((("users", name, *problem[0]), problem[1]))
            users[name_key(name)] = entry
        if problems:
            raise error_of(document, problems)
        return users

    def _problem(
        self, entry: UserEntry, users: Mapping[str, UserEntry]
    ) -> tuple[tuple[str, ...], str] | None:
        twin = users.get(name_key(entry.name))
        if twin is not None:
            return (), f'the same user as "{twin.name}": letters\' case makes no difference'
        if not self._known_hash(entry.password):
            what = "expected a password hash as `mailstore pw` prints it; a password in clear"
            return ("password",), f"{what} is written {{PLAIN}}..."
        try:
            self._check_user(entry)
        except ValueError as error:
            return (), str(error)
        return None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
