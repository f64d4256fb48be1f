"""What a warm scan costs beside biip's own parse of the same text, taken in turns in one process.

A scan is one text: nobody scans a thousand a second. What must not happen is that the wrapper costs more than what it
wraps.
"""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Final

from benchmarks.measures import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

BAR: Final = 2.0
ROUNDS: Final = 40

# Forms that biip reads too, so that both do the whole work.
TEXTS: Final = (
    "0108714729831587172701211000614H25",
    "]d20108714729904571172506211031869477",
    "]C101087147298061101725120510313714\x1d21A1418",
    "\x1d0108714729158608112405271727112710S2400\x1d240REF-1",
    "https://id.gs1.org/01/08717648200274/10/7654321D?17=281120",
    "08714729158608",
)


def measure_scan(repeat: int) -> tuple[Measured, Measured]:
    """Two measures: reading a barcode, and the whole scan with its look-up in the bundled catalogue and its JSON.

    Args:
        repeat: How many pairs are taken of each.
    """
    import biip

    from devicecat import load_catalog
    from devicecat.interop.udi import parse_udi, scan_stream

    catalog = load_catalog()
    lines = "\n".join(TEXTS).encode()

    def parse() -> None:
        for text in TEXTS:
            assert parse_udi(text).di is not None

    def scan() -> None:
        told = [json.dumps(record, ensure_ascii=False) for record in scan_stream(catalog, io.BytesIO(lines))]
        assert len(told) == len(TEXTS)

    def ground() -> None:
        for text in TEXTS:
            assert biip.parse(text).gtin is not None

    return (
        _in_turns("parse_udi, warm / biip.parse of the same texts", parse, ground, repeat),
        _in_turns("devicecat scan, warm, with look-up and JSON / the same", scan, ground, repeat),
    )


def _in_turns(name: str, ours: Callable[[], None], ground: Callable[[], None], repeat: int) -> Measured:
    """Both in turns, the order changing from pair to pair; the first pair warms up and does not count."""
    pairs = []
    for turn in range(repeat + 1):
        if turn % 2:
            pairs.append((_timed(ours), _timed(ground)))
        else:
            second = _timed(ground)
            pairs.append((_timed(ours), second))
    return Measured(name, BAR, tuple(a for a, _ in pairs[1:]), tuple(b for _, b in pairs[1:]))


def _timed(run: Callable[[], None]) -> float:
    """How long some rounds took, in ms."""
    begin = time.perf_counter()
    for _ in range(ROUNDS):
        run()
    return (time.perf_counter() - begin) * 1000
