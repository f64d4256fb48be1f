"""Answers of many vessels as flat rows, made as they are read. Loads numpy and pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS: Final = 1 << 12
"""Vessels whose rows are made at once."""


def flat_rows(vessels: pa.Table, answers: pa.Table, caveats: pa.Table) -> pa.RecordBatchReader:
    """One row a vessel and size.

    Args:
        vessels: Rows of vessels, with ``status`` and ``answer_id``.
        answers: Rows of answers, by ``answer_id``.
        caveats: Caveats, by number.
    """
    codes = pc.cast(caveats["code"], pa.string()).combine_chunks()
    columns = [name for name in answers.column_names if name not in ("answer_id", "caveats")]
    kept = [name for name in vessels.column_names if name != "answer_id"]
    schema = pa.schema(
        [
            pa.field("vessel", pa.int64(), nullable=False),
            *(vessels.schema.field(name) for name in kept),
            *(pa.field(name, pa.string()) for name in columns),
            pa.field("caveats", pa.list_(pa.string())),
        ]
    )
    ids = answers["answer_id"].to_numpy()
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.zeros(0, np.int64)
    ends, known = np.r_[starts[1:], len(ids)], ids[starts]

    def batches() -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in vessels.to_batches(max_chunksize=_ROWS):
            yield from _flat(batch, first)
            first += batch.num_rows

    def _flat(batch: pa.RecordBatch, first: int) -> Iterator[pa.RecordBatch]:
        asked: np.ndarray[Any, Any] = batch.column("answer_id").fill_null(-1).to_numpy(zero_copy_only=False)
        place = np.minimum(np.searchsorted(known, asked), max(0, len(known) - 1))
        found = known[place] == asked if len(known) else np.zeros(len(asked), bool)
        begin = np.where(found, starts[place] if len(known) else 0, -1)
        count = np.where(found, (ends - starts)[place] if len(known) else 1, 1)
        which = np.repeat(np.arange(batch.num_rows), count)
        offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        row = begin[which] + offset
        taken = answers.take(pa.array(row, mask=begin[which] < 0))
        held = taken["caveats"].combine_chunks()
        words = pa.ListArray.from_arrays(held.offsets, codes.take(held.values), mask=held.is_null())
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(which + first),
                *(batch.column(name).take(pa.array(which)) for name in kept),
                *(pc.cast(taken[name].combine_chunks(), pa.string()) for name in columns),
                words,
            ],
            schema=schema,
        )

    return pa.RecordBatchReader.from_batches(schema, batches())
