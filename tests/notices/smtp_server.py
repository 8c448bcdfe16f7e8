"""A mail server on loopback, in the process of the test: it speaks just enough SMTP, and keeps what it took."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps each letter it accepted; `taken` is what the outside world would deliver."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        # What it answers to RCPT and after the letter; and what happens between taking the letter and saying so.
        self.to_recipient = "250 2.1.5 ok"
        self.to_letter = "250 2.0.0 taken"
        self.before_answering: Callable[[EmailMessage], None] = lambda _letter: None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        try:
            self._talk()
        except (BrokenPipeError, ConnectionResetError):  # the worker was killed in the middle
            return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _talk(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.decode().strip()
            if verb.upper() == "DATA":
                self._say("354 go on")
                self._take()
            elif verb.upper() == "QUIT":
                self._say("221 bye")
                return
            elif verb.upper().startswith("RCPT"):
                self.server.recipients.append(verb.partition(":")[2].strip("<> "))
                self._say(self.server.to_recipient)
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        if self.server.to_letter.startswith("2"):
            self.server.taken.append(letter)
        self.server.before_answering(letter)
        self._say(self.server.to_letter)


@contextmanager
def running() -> Iterator[MailServer]:
    """A server that answers until the block ends."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
