from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from mailstore import __version__
from mailstore.cli import main
from mailstore.cli.main import COMMANDS, Entry, cli


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def imported_by(*arguments: str) -> set[str]:
    """Modules that are there after the command; it runs in a process of its own."""
    code = (
        "import sys; from mailstore.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as e: assert not e.code, e.code\n"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_all_commands_are_listed_with_what_they_do() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name, entry in COMMANDS.items():
        assert name in out
        assert entry.help in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    assert "Usage: " in out


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("pw", "--help"), ("user", "--help")]
)
def test_nothing_heavy_is_loaded_for_an_answer(arguments: tuple[str, ...]) -> None:
    modules = imported_by(*arguments)
    assert "mailstore.cli.main" in modules
    assert not {"twisted", "passlib", "argon2", "rich"} & modules
    if arguments != ("user", "--help"):
        assert not {"yaml", "pydantic"} & modules


def test_version() -> None:
    assert run("--version") == (0, f"mailstore {__version__}\n", "")


def test_an_unknown_command_is_wrong_usage() -> None:
    code, _, err = run("nope")
    assert code == 2
    assert "No such command 'nope'" in err


def test_faults_of_a_file_are_told_line_by_line_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mailstore.config.errors import ConfigurationError

    def fail() -> None:
        raise ConfigurationError(["a.yaml:1: one", "a.yaml:2: two"])

    module = type(sys)("faulty")
    module.command = click.command("faulty")(fail)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faulty", module)
    monkeypatch.setitem(main.COMMANDS, "faulty", Entry("faulty", "Fails."))
    assert run("faulty") == (1, "", "a.yaml:1: one\na.yaml:2: two\n")
