"""Counts how far a catalogue covers vessels. Loads numpy and pyarrow."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from devicecat.interop.batch_core import STATUSES, Batch, Told, answers_of
from devicecat.interop.batch_read import LESION, numbers_as, read

if TYPE_CHECKING:
    import pyarrow as pa

    from devicecat.interop.batch_core import Asking
    from devicecat.interop.batch_read import Source

    Array = np.ndarray[Any, np.dtype[Any]]

_STEPS: Final = {LESION: 5.0}
_STEP: Final = 0.25


class CoverageCell(NamedTuple):
    """Vessels of like diameter and length, for which no size is known to fit.

    Attributes:
        diameter_mm: The reference diameter, or ``proximal/distal``, from and to, to a quarter of a millimetre.
        length_mm: The lesion length, from and to, to five millimetres; ``None`` if none was given.
        vessels: How many.
        may_fit: For how many of them something may fit.
    """

    diameter_mm: str
    length_mm: str | None
    vessels: int
    may_fit: int


class Counts:
    """Vessels by what is known to fit them.

    Attributes:
        without_answer: Rows without an answer, by status.
        bins: How many vessels something fits, something may fit, and nothing does.
        cells: Where nothing is YES.
        caveats: Of the answers that were used, sentence by sentence.
    """

    def __init__(self, asking: Asking) -> None:
        """Make ready.

        Args:
            asking: What is asked of every vessel.
        """
        self._batch = Batch(asking)
        self._numbers = asking.numbers
        self._places: Counter[tuple[Any, ...]] = Counter()
        self.without_answer: dict[str, int] = {}

    def count(self, source: Source) -> None:
        """Read and count all vessels of a source."""
        statuses = np.zeros(len(STATUSES), np.int64)
        for chunk, status, ids in self._batch.run(read(source, ())):
            statuses += np.bincount(status, minlength=len(STATUSES))
            good = status == 0
            steps = [_steps(chunk.column(name), name)[good] for name in self._numbers]
            held, times = np.unique(np.stack([ids[good], *steps]), axis=1, return_counts=True)
            for column, many in zip(held.T.tolist(), times.tolist(), strict=True):
                self._places[tuple(column)] += many
        self.without_answer = {word: int(many) for word, many in zip(STATUSES[1:], statuses[1:], strict=True) if many}
        self._sort()

    def _sort(self) -> None:
        """Which answers hold a YES, which at least an UNKNOWN."""
        fits: set[int] = set()
        may: set[int] = set()
        told = Told()
        for block in answers_of(self._batch, told):
            ids = block.column("answer_id").to_numpy()
            certain = block.column("verdict").indices.to_numpy() == 0
            fits.update(np.unique(ids[certain]).tolist())
            may.update(np.unique(ids).tolist())
        bins = [0, 0, 0]
        cells: dict[tuple[int, ...], list[int]] = {}
        for (answer, *place), many in sorted(self._places.items()):
            which = 0 if answer in fits else 1 if answer in may else 2
            bins[which] += many
            if which:
                cell = cells.setdefault(tuple(place), [0, 0])
                cell[0] += many
                cell[1] += many if which == 1 else 0
        self.bins = (bins[0], bins[1], bins[2])
        self.cells = tuple(self._cell(place, *counted) for place, counted in sorted(cells.items()))
        caveats = told.table()
        sentences: dict[str, list[str]] = {}
        for code, sentence in zip(caveats["code"].to_pylist(), caveats["sentence"].to_pylist(), strict=True):
            sentences.setdefault(code, []).append(sentence)
        self.caveats = tuple(_told(code, held) for code, held in sentences.items())

    def _cell(self, place: tuple[int, ...], vessels: int, may_fit: int) -> CoverageCell:
        texts = [_range(name, step) for name, step in zip(self._numbers, place, strict=True)]
        length = texts.pop() if self._numbers[-1] == LESION else None
        return CoverageCell("/".join(texts), length, vessels, may_fit)


def _steps(column: pa.Array, name: str) -> Array:
    """In which step of a picture a number lies; what is no number lies in none and is not counted."""
    numbers = numbers_as(column).fill_null(0).to_numpy(zero_copy_only=False)
    steps: Array = np.nan_to_num(np.floor(numbers / _STEPS.get(name, _STEP)), posinf=0, neginf=0).astype(np.int64)
    return steps


def _range(name: str, step: int) -> str:
    wide = _STEPS.get(name, _STEP)
    return f"{step * wide:g}–{(step + 1) * wide:g}"


def _told(code: str, sentences: list[str]) -> str:
    """The sentence; of several, which are each of one device, how many there are."""
    if len(sentences) == 1:
        return sentences[0]
    words = code.replace("-", " ")
    many = f"{len(sentences)} sentences, which differ from device to device and stand with the answers of each"
    return f"{words[:1].upper()}{words[1:]}: {many}."
