"""The Twisted side of a connection: sockets, TLS, timeouts, threads."""
