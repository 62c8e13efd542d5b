"""The command line: one file for each command, and one line for it in ``main.COMMANDS``."""
