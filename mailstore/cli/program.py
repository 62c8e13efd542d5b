"""How a user starts this program again, for commands that are shown to be copied."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import Final

_NAME: Final = "mailstore"


def program() -> str:
    """``mailstore`` if the shell finds it under that name, else as it was started now.

    A virtual environment that is not activated, as ``make demo`` makes one, is not on the path.
    """
    started = sys.argv[0]
    if os.path.basename(started) == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m mailstore"
    found = shutil.which(_NAME)
    if found is not None and os.path.exists(started) and os.path.samefile(found, started):
        return _NAME
    return shlex.quote(started)
