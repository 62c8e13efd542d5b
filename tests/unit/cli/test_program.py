from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mailstore.cli.program import program


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "mailstore"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_name_alone_where_the_shell_finds_this_very_program(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert program() == "mailstore"


def test_as_it_was_started_where_the_shell_finds_none_or_another(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/mailstore"])
    for path in (str(script.parent), str(tmp_path / "empty")):
        monkeypatch.setenv("PATH", path)
        assert program() == ".venv/bin/mailstore"


def test_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/mailstore/__main__.py"])
    monkeypatch.setattr(sys, "executable", "/usr/bin/my python")
    assert program() == "'/usr/bin/my python' -m mailstore"
