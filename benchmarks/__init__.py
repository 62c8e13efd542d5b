"""Benchmarks: this server beside Debian's Dovecot, on the same mail, in one run."""
