"""What ``mailstore demo`` shows: accounts, sample mail, and a certificate of its own."""
