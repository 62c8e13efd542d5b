"""POP3 commands, a file for each group; see :mod:`mailstore.pop3.registry`."""
