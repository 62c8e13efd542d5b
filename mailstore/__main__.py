"""``mailstore`` on the command line, and ``python -m mailstore``."""

from __future__ import annotations


def main() -> None:
    """Run the command that the command line names; leaves by SystemExit."""
    from mailstore.cli.main import cli

    cli(prog_name="mailstore")


if __name__ == "__main__":
    main()
