"""As little of an HTTP client as will do, for a generator that must not be what is slow: POST on kept connections."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

_LENGTH: Final = b"content-length:"
CONNECTIONS: Final = 400

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Client:
    """A client of one server with up to so many connections; who finds none idle waits for one."""

    host: str
    port: int
    connections: int = CONNECTIONS
    _idle: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Have as many places as connections."""
        self._free = asyncio.Semaphore(self.connections)

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of an answer.

        Raises:
            OSError: if the server cannot be reached, or hangs up.
            ValueError: if what comes is not HTTP with a length.
        """
        async with self._free:
            connection = self._idle.pop() if self._idle else await asyncio.open_connection(self.host, self.port)
            try:
                answer = await _exchanged(connection, self._head(path, len(body)) + body)
            except BaseException:
                connection[1].close()
                raise
            self._idle.append(connection)
            return answer

    def _head(self, path: str, length: int) -> bytes:
        lines = (
            f"POST {path} HTTP/1.1",
            f"host: {self.host}:{self.port}",
            "content-type: application/json",
            f"content-length: {length}",
        )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()


async def _exchanged(connection: Connection, request: bytes) -> tuple[int, bytes]:
    reader, writer = connection
    writer.write(request)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = parsed(head)
        return status, await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError("the server hung up") from error


def parsed(head: bytes) -> tuple[int, int]:
    """Return the status and the length of the body that the head of an answer tells of.

    Raises:
        ValueError: if it does not.
    """
    first, *lines = head.split(b"\r\n")
    for line in lines:
        if line[: len(_LENGTH)].lower() == _LENGTH:
            return int(first.split(b" ", 2)[1]), int(line[len(_LENGTH) :])
    raise ValueError("the answer has no length")
