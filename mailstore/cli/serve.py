"""``mailstore serve``: the server in the foreground, by way of twistd."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False),
    default="mailstore.yaml",
    show_default=True,
    help="The configuration file.",
)
@click.option(
    "--pidfile",
    type=click.Path(dir_okay=False),
    help="Write the process id here. By default it is written nowhere.",
)
def command(config: str, pidfile: str | None) -> None:
    """Run the server until it is told to stop (SIGTERM, Ctrl-C).

    SIGHUP makes it read the users and the certificate again. The same as
    `twistd -n mailstore --config FILE`, which can also run it in the background.
    """
    import twisted.plugins
    from twisted.scripts import twistd

    # A checkout that is not installed has the plug-in here; an installed one has it among
    # Twisted's own.
    plugins = Path(__file__).parents[2] / "twistd_plugins"
    if plugins.is_dir():
        twisted.plugins.__path__.append(str(plugins))
    sys.argv = ["twistd", "--nodaemon", f"--pidfile={pidfile or ''}", "mailstore"]
    sys.argv += ["--config", config]
    twistd.run()  # type: ignore[no-untyped-call]
