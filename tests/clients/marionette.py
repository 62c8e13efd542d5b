"""A client of Marionette, the protocol by which Gecko programs are driven.

Commands and replies are JSON arrays over TCP, each led by its length in octets and a
colon: ``[0, id, name, parameters]`` and ``[1, id, error, result]``.
"""

from __future__ import annotations

import json
import socket
from itertools import count
from typing import Any


class MarionetteError(AssertionError):
    """The program refused a command, or a script in it threw."""


class Marionette:
    """A session in the chrome context: scripts have the privileges of the program itself."""

    def __init__(self, port: int, deadline_s: float) -> None:
        # The deadline of a script ends first: what it waited for is then in the error.
        self._socket = socket.create_connection(("127.0.0.1", port), deadline_s + 30)
        self._reader = self._socket.makefile("rb")
        self._ids = count(1)
        greeting = self._read()
        assert greeting["marionetteProtocol"] == 3, greeting
        self.command("WebDriver:NewSession", {"capabilities": {}})
        self.command("Marionette:SetContext", {"value": "chrome"})
        self.command("WebDriver:SetTimeouts", {"script": int(deadline_s * 1000)})

    def script(self, body: str, *arguments: object) -> Any:
        """Run the body of an async function, with ``args`` in it, and return its value."""
        wrapped = f"""
            const args = Array.from(arguments);
            const done = args.pop();
            (async () => {{ {body} }})().then(
                value => done({{ value: value === undefined ? null : value }}),
                error => done({{ error: `${{error}}\\n${{error && error.stack}}` }}),
            );
        """
        parameters = {"script": wrapped, "args": list(arguments), "sandbox": "system"}
        answer = self.command("WebDriver:ExecuteAsyncScript", parameters)["value"]
        if "error" in answer:
            raise MarionetteError(answer["error"])
        return answer["value"]

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        number = next(self._ids)
        text = json.dumps([0, number, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, answered, error, result = self._read()
        assert answered == number
        if error is not None:
            raise MarionetteError(f"{name}: {error['error']}: {error['message']}")
        return result

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            octet = self._reader.read(1)
            if not octet:
                raise MarionetteError("the program closed the connection")
            length += octet
        return json.loads(self._reader.read(int(length[:-1])))
