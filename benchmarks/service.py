"""What the service costs beside a bare FastAPI route that returns as many bytes: ``python -m benchmarks.service``.

Both are asked in the same run by the same client over 64 connections, each served by one process. Every question is
another one, so that nothing is answered from what an earlier one left. ``--memory`` asks 220,000 questions of a
catalogue of two devices and compares the resident memory; it is for the night.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.request import urlopen

from devicecat.loader import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DISTINCT: Final = 2_000
CONNECTIONS: Final = 64
_ROOT: Final = Path(__file__).parents[1]

_BARE: Final = """
import sys
import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response

with open(sys.argv[1], "rb") as file:
    body = file.read()
app = FastAPI()

@app.get("/v1/sizes")
async def sizes():
    return Response(body, media_type="application/json")

uvicorn.run(app, port=int(sys.argv[2]), http="h11", log_level="warning", access_log=False)
"""


class Figures(NamedTuple):
    """What one run gave.

    Attributes:
        rate: Answers a second.
        median: Of the time of an answer, in ms.
        p99: The time that one answer in a hundred exceeds, in ms.
        answers: How many there were.
    """

    rate: float
    median: float
    p99: float
    answers: int


class Bar(NamedTuple):
    """One line of the table."""

    name: str
    value: float
    bar: float
    least: bool

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        return self.value >= self.bar if self.least else self.value <= self.bar


def questions(count: int, start: int = 0) -> Iterator[str]:
    """Addresses, each of another question: diameters in steps of 1 µm, lesions in steps of 0.1 mm."""
    for number in range(start, start + count):
        micrometres, lesion = 1500 + number % 3000, 80 + number // 3000 % 300
        yield f"/v1/sizes?reference_diameter={micrometres}%20%C2%B5m&lesion_length={lesion / 10}%20mm&region=TR"


def measured(count: int) -> Iterator[str]:
    """The same as a measuring system gives them: hundredths of a millimetre, whole lesions, several regions.

    Few of these share what is said of them: 301 diameters, 34 lesions and 5 regions are mixed, each question is another
    one.
    """
    regions = ("TR", "US", "EU", "JP", "GB")
    for number in range(count):
        hundredths, lesion = 150 + 89 * number % 301, 5 + 13 * number % 34
        diameter, region = f"{hundredths / 100:.2f}", regions[number % 5]
        yield f"/v1/sizes?reference_diameter={diameter}%20mm&lesion_length={lesion}%20mm&region={region}"


# ── Servers ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def started(command: Sequence[str | Path], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers on a port."""
    environment = os.environ | {"PYTHONPATH": str(_ROOT / "src")}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(port)
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int) -> None:
    last = time.monotonic() + 30
    while time.monotonic() < last:
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError as error:
            if getattr(error, "code", 0):  # it answers, if only that it has no such path
                return
            time.sleep(0.002)
        else:
            return
    msg = f"nothing answers on port {port}"
    raise RuntimeError(msg)


def ours(port: int, *arguments: str) -> list[str]:
    """The command that serves devicecat."""
    return [sys.executable, "-m", "devicecat", "serve", "--port", str(port), *arguments]


# ── The client ───────────────────────────────────────────────────────────────────────────


def ask(port: int, addresses: Iterable[str], seconds: float | None = None, connections: int = CONNECTIONS) -> Figures:
    """Ask all of them over some connections, or as many as some seconds allow."""
    return asyncio.run(_ask(port, iter(addresses), seconds, connections))


async def _ask(port: int, addresses: Iterator[str], seconds: float | None, connections: int) -> Figures:
    took: deque[float] = deque()
    end = None if seconds is None else time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        for address in addresses:
            begin = time.perf_counter()
            if end is not None and begin > end:
                break
            writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - begin)
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    whole = time.perf_counter() - begin
    times = sorted(took)
    return Figures(
        len(times) / whole, statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000, len(times)
    )


# ── What is measured ─────────────────────────────────────────────────────────────────────


def rates(folder: Path, port: int, pairs: int) -> Iterator[Bar]:
    """Answers a second beside a bare route: in turns, each time by a process that knows nothing yet."""
    address = next(questions(1, 1250))
    body = folder / "body"
    with started(ours(port), port):
        body.write_bytes(urlopen(f"http://127.0.0.1:{port}{address}", timeout=30).read())
    bare, whole = [], []
    for _ in range(pairs):
        with started([sys.executable, "-c", _BARE, body, str(port)], port):
            bare.append(ask(port, questions(DISTINCT)))
        with started(ours(port), port):
            whole.append(ask(port, questions(DISTINCT)))
    print(f"bare route, {body.stat().st_size} bytes: {_told(_middle(bare))}")
    print(f"devicecat, {DISTINCT} distinct questions, cold: {_told(_middle(whole))}")
    ratios = sorted(its.rate / ground.rate for its, ground in zip(whole, bare, strict=True))
    print(f"pairs of both, one over the other: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    with started(ours(port), port):
        mixed = ask(port, measured(DISTINCT))
    share = f"{mixed.rate / _middle(bare).rate:.3f}, no bar"
    print(f"the same as measuring systems give them, 5 regions: {_told(mixed)}, {share}")
    name = f"answers a second, over those of a bare route, median of {pairs} pairs"
    yield Bar(name, statistics.median(ratios), 0.5, least=True)


def _middle(runs: Sequence[Figures]) -> Figures:
    return sorted(runs)[len(runs) // 2]


def evenness(port: int, seconds: float) -> Iterator[Bar]:
    """How much longer the slowest answers take."""
    with started(ours(port), port):
        held = ask(port, questions(10**7), seconds)
    print(f"devicecat, {seconds:g} s at {CONNECTIONS} connections: {_told(held)}")
    yield Bar("p99 over the median", held.p99 / held.median, 10, least=False)


def start(port: int, repeat: int = 5) -> Iterator[Bar]:
    """From the command to the first answer."""
    took, ground = [], []
    for _ in range(repeat + 1):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import fastapi"], check=True)
        ground.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        with started(ours(port), port):
            address = next(questions(1))
            urlopen(f"http://127.0.0.1:{port}{address}", timeout=30).read()
            took.append(time.perf_counter() - begin)
    first, second = statistics.median(took[1:]), statistics.median(ground[1:])
    print(f"start to first answer {first * 1000:.0f} ms, import fastapi {second * 1000:.0f} ms")
    yield Bar("start to first answer, over `import fastapi`", first / second, 2, least=False)


def memory(folder: Path, port: int, first: int = 20_000, then: int = 200_000) -> Iterator[Bar]:
    """Resident memory after many questions beside that after some."""
    held = folder / "two" / "devices"
    held.mkdir(parents=True)
    for slug in ("invamed-extender", "scoreflex"):
        shutil.copy(BUNDLED / "devices" / f"{slug}.toml", held)
    with started(ours(port, "--catalog", str(held.parent)), port) as process:
        ask(port, questions(first))
        early = _resident(process.pid)
        ask(port, questions(then, first))
        late = _resident(process.pid)
    print(f"resident after {first} distinct questions {early:.1f} MiB, after {then} more {late:.1f} MiB")
    yield Bar("resident memory after 200,000 more questions", late / early, 1.05, least=False)


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _told(held: Figures) -> str:
    return f"{held.rate:.1f} a second, median {held.median:.1f} ms, p99 {held.p99:.1f} ms, {held.answers} answers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether every bar holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--memory", action="store_true", help="measure memory instead; for the night")
    parser.add_argument("--seconds", type=float, default=30, help="of the steady load")
    parser.add_argument("--pairs", type=int, default=7, help="of runs beside the bare route")
    parser.add_argument("--port", type=int, default=8137)
    asked = parser.parse_args(arguments)
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.memory:
            bars += memory(folder, asked.port)
        else:
            bars += start(asked.port)
            bars += rates(folder, asked.port, asked.pairs)
            bars += evenness(asked.port, asked.seconds)
    for bar in bars:
        sign = "≥" if bar.least else "≤"
        print(f"{bar.value:8.3f} {sign} {bar.bar:<5} {'holds' if bar.holds else 'MISSED':6} {bar.name}")
    return 0 if all(bar.holds for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
