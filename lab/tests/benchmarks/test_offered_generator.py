"""The generator: it sends what is due whatever became of the rest, and counts from when it was due."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence

import pytest

from benchmarks.offered_arrivals import REWARD, SCORE, Arrival
from benchmarks.offered_generator import Answered, Generator
from benchmarks.offered_http import Client, parsed

_PAUSE_S = 0.3


async def _play(
    arrivals: Sequence[Arrival], *, status: int = 200, patience_s: float = 5.0, connections: int = 400
) -> tuple[list[Answered], int]:
    """Send arrivals to a server that answers one request after the other, each after a pause.

    Returns what came of them, and how many requests were there at most, unanswered.
    """
    one_at_a_time, waiting, most = asyncio.Lock(), 0, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting, most
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            waiting += 1
            most = max(most, waiting)
            async with one_at_a_time:
                await asyncio.sleep(_PAUSE_S)
            waiting -= 1
            body = json.dumps({"decision": "token", "degraded": True, "applied": True}).encode()
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        client = Client("127.0.0.1", server.sockets[0].getsockname()[1], connections)
        generator = Generator(client, patience_s, arms=1, tokens=deque())
        await generator.send(arrivals)
        client.close()
    return generator.answered, most


def _at(*moments: float, kind: str = SCORE) -> list[Arrival]:
    return [Arrival(moment, kind, "user-1", "linucb/v1") for moment in moments]


@pytest.mark.parametrize(("connections", "at_once"), [(400, 3), (1, 1)])
def test_a_slow_answer_makes_nobody_late_and_those_behind_it_count_their_wait(connections: int, at_once: int) -> None:
    """Three are due at once, and are answered after one, two and three pauses.

    Who would send each after the answer to the last, or count from when it sends, would say one pause each: also where
    there are not enough connections to send all at once.
    """
    answered, most = asyncio.run(_play(_at(0.0, 0.0, 0.0), connections=connections))
    assert most == at_once
    for number, waited in enumerate(sorted(each.ms / 1000 for each in answered), start=1):
        assert waited > 0.99 * number * _PAUSE_S
    assert all(each.came == "200" and each.degraded for each in answered)


def test_who_gets_no_answer_in_time_gives_up_and_says_so() -> None:
    """Patience ends before the pause does."""
    answered, _ = asyncio.run(_play(_at(0.0), patience_s=_PAUSE_S / 3))
    assert [each.came for each in answered] == ["timed out"]


def test_a_refusal_is_told_by_its_status_and_is_no_decision() -> None:
    """Nothing is degraded of it."""
    answered, _ = asyncio.run(_play(_at(0.0), status=503))
    assert [(each.came, each.degraded) for each in answered] == [("503", False)]


def test_a_reward_is_for_a_decision_that_was_answered_and_without_one_there_is_another_score() -> None:
    """The first of these rewards comes before any decision."""
    arrivals = [*_at(0.0, kind=REWARD), *_at(2 * _PAUSE_S, kind=REWARD)]
    answered, _ = asyncio.run(_play(arrivals))
    assert [each.kind for each in answered] == [SCORE, REWARD]


def test_who_cannot_be_reached_is_an_error_of_its_own() -> None:
    """Nobody listens on port 1."""
    generator = Generator(Client("127.0.0.1", 1), 5.0, 1, deque())
    asyncio.run(generator.send(_at(0.0)))
    assert [each.came for each in generator.answered] == ["ConnectionRefusedError"]


def test_the_head_of_an_answer_has_status_and_length() -> None:
    """Header names come in any case."""
    assert parsed(b"HTTP/1.1 429 Too Many\r\nServer: x\r\ncontent-LENGTH: 17\r\n\r\n") == (429, 17)
    with pytest.raises(ValueError, match="no length"):
        parsed(b"HTTP/1.1 200 OK\r\n\r\n")
