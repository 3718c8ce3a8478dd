"""A light load client as a program of its own: opens addresses, reads them to the end, and says when each mark came.

`python -m bench.load` reads one Order as JSON from standard input and prints one Came a visit.
Rule: nothing is looked for while the load runs. Bytes are kept with their times, and read afterwards.
"""

import asyncio
import sys
import time

import msgspec


class Visit(msgspec.Struct, frozen=True):
    """One address to open, and the cookie to bring."""

    path: str
    cookie: str = ""


class Order(msgspec.Struct, frozen=True):
    """What to open, how many at once, and the texts that must come (ids of reports)."""

    host: str
    port: int
    visits: tuple[Visit, ...]
    at_once: int
    marks: tuple[str, ...] = ()
    patience: float = 20.0  # seconds, then a visit is given up


class Came(msgspec.Struct, frozen=True):
    """What came of one visit; times in seconds from when it began, None for what never came."""

    status: int
    first: float | None  # the first mark
    complete: float | None  # the last of all marks
    marks: int  # how many of them
    ended: float
    size: int


class Run(msgspec.Struct, frozen=True):
    """What came of all of them, in order, and how long the whole run took."""

    came: tuple[Came, ...]
    took: float


def main() -> None:
    """Carry out one order."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_carry_out(order))))


async def _carry_out(order: Order) -> Run:
    pieces: list[list[tuple[float, bytes]]] = [[] for _ in order.visits]
    turn = iter(enumerate(order.visits))
    began = time.perf_counter()
    await asyncio.gather(*(_one_after_another(order, turn, pieces) for _ in range(order.at_once)))
    took = time.perf_counter() - began
    return Run(tuple(_what_came(order, one) for one in pieces), took)


async def _one_after_another(order: Order, turn: "enumerate[Visit]", pieces: list[list[tuple[float, bytes]]]) -> None:
    for number, visit in turn:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(order.patience):
                await _open(order, visit, began, pieces[number])
        except (TimeoutError, OSError):
            pass
        pieces[number].append((time.perf_counter() - began, b""))


async def _open(order: Order, visit: Visit, began: float, pieces: list[tuple[float, bytes]]) -> None:
    reader, writer = await asyncio.open_connection(order.host, order.port)
    try:
        writer.write(_request(order, visit))
        while piece := await reader.read(1 << 18):
            pieces.append((time.perf_counter() - began, piece))
    finally:
        writer.close()


def _request(order: Order, visit: Visit) -> bytes:
    cookie = f"Cookie: {visit.cookie}\r\n" if visit.cookie else ""
    return (
        f"GET {visit.path} HTTP/1.1\r\nHost: {order.host}:{order.port}\r\nUser-Agent: bench\r\n"
        f"Accept: text/html, text/event-stream\r\nSec-Fetch-Site: same-origin\r\n{cookie}Connection: close\r\n\r\n"
    ).encode()


def _what_came(order: Order, pieces: list[tuple[float, bytes]]) -> Came:
    body = b"".join(piece for _, piece in pieces)
    times = sorted(time for time in (_time_of(mark.encode(), body, pieces) for mark in order.marks) if time is not None)
    status = int(body[9:12]) if body.startswith(b"HTTP/1.1 ") else 0
    whole = len(times) == len(order.marks) and bool(times)
    ended = pieces[-1][0] if pieces else 0.0
    return Came(status, times[0] if times else None, times[-1] if whole else None, len(times), ended, len(body))


def _time_of(mark: bytes, body: bytes, pieces: list[tuple[float, bytes]]) -> float | None:
    at = body.find(mark)
    if at < 0:
        return None
    end = 0
    for time_, piece in pieces:
        end += len(piece)
        if end >= at + len(mark):
            return time_
    return None


if __name__ == "__main__":
    main()
