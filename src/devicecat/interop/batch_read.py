"""Many vessels, from whatever holds them: an Arrow stream, a Parquet or a CSV file. Loads pyarrow.

Every column has its unit in its name. What is not known here is refused, unless the caller names it as kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from devicecat.errors import DevicecatError, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ONE: Final = ("reference_diameter_mm",)
BOTH: Final = ("proximal_mm", "distal_mm")
LESION: Final = "lesion_length_mm"
WORDS: Final = ("region", "boundary", "modality")
COLUMNS: Final = (*ONE, *BOTH, LESION, *WORDS)
CHUNK: Final = 1 << 16
"""Rows that are looked up at once."""


class BatchError(DevicecatError):
    """Vessels that cannot be read, or answers that cannot be written: the sentence names the column, row or file."""


class Source(NamedTuple):
    """Vessels that are read piece by piece.

    Attributes:
        name: What they come from, for sentences.
        schema: Its columns.
        batches: The rows, read as they are asked for.
        rows: How many there are; ``None`` if nobody says.
    """

    name: str
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    rows: int | None


def open_vessels(vessels: object) -> Source:
    """Open vessels for reading.

    Args:
        vessels: Anything with the Arrow PyCapsule interface (a polars or pandas frame, a pyarrow table or reader, a
            result of DuckDB), or the path of a ``.parquet`` or ``.csv`` file.

    Raises:
        BatchError: if they are neither, or the file cannot be read.
    """
    if isinstance(vessels, str | Path):
        return _open_file(Path(vessels))
    if hasattr(vessels, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(vessels)
        rows = len(vessels) if hasattr(vessels, "__len__") else None
        return Source("the vessels", reader.schema, iter(reader), rows)
    if hasattr(vessels, "__arrow_c_array__"):
        batch = pa.record_batch(vessels)
        return Source("the vessels", batch.schema, iter([batch]), batch.num_rows)
    msg = (
        f"vessels of type '{type(vessels).__name__}' have no Arrow interface; give a polars or pandas frame, a pyarrow "
        "table, a result of DuckDB, or the path of a .parquet or .csv file, for example 'vessels.parquet'."
    )
    raise BatchError(msg)


def _open_file(path: Path) -> Source:
    try:
        if path.suffix.casefold() == ".parquet":
            import pyarrow.parquet as pq

            file = pq.ParquetFile(path, memory_map=True)
            return Source(path.name, file.schema_arrow, file.iter_batches(CHUNK), file.metadata.num_rows)
        if path.suffix.casefold() == ".csv":
            import pyarrow.csv as pv

            # What is no number shall be told with its row, and not turn the whole column into text.
            types = dict.fromkeys((*ONE, *BOTH, LESION), pa.float64()) | dict.fromkeys(WORDS, pa.string())
            convert = pv.ConvertOptions(column_types=types, strings_can_be_null=True)
            # One thread reads, since only then a fault is told with its row.
            reader = pv.open_csv(path, pv.ReadOptions(use_threads=False), convert_options=convert)
            return Source(path.name, reader.schema, iter(reader), None)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise BatchError(_unreadable(path.name, 0, error)) from error
    msg = f"'{path.name}' is neither .parquet nor .csv; name a file of one of these kinds, for example vessels.parquet."
    raise BatchError(msg)


def read(source: Source, keep: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a source in pieces of bounded size; only the columns that are asked for or kept.

    Raises:
        BatchError: if the source ends before its time or holds something else than it says.
    """
    done = 0
    wanted = [name for name in source.schema.names if name in COLUMNS or name in keep]
    try:
        for batch in source.batches:
            chosen = batch.select(wanted)
            for start in range(0, batch.num_rows, CHUNK):
                yield chosen.slice(start, CHUNK)
            done += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise BatchError(_unreadable(source.name, done, error)) from error


def _unreadable(name: str, done: int, error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    after = f" after {done} rows" if done else ""
    hint = " Write columns apart by commas and numbers with a point, as in 2.75." if "CSV" in first else ""
    return f"{name} cannot be read{after}: {first[:300]}{'' if first.endswith('.') else '.'}{hint}"


def check_columns(schema: pa.Schema, keep: Sequence[str], told: Sequence[str]) -> tuple[str, ...]:
    """The columns of numbers that are there: one reference diameter or both ends, and perhaps the lesion length.

    Args:
        schema: The columns.
        keep: Columns that are carried along as they are.
        told: Words (region, boundary, modality) that are given as one value for all rows.

    Raises:
        BatchError: with the sentence of the first column that is missing, not known, there twice, or of a wrong type.
    """
    names = list(schema.names)
    for fault in _faults(names, keep, told):
        raise BatchError(fault)
    numbers = tuple(name for name in (*ONE, *BOTH, LESION) if name in names)
    for name in numbers:
        kind = schema.field(name).type
        if not any(is_it(kind) for is_it in _NUMBERS):
            msg = f"column '{name}' holds {kind} and no numbers; write millimetres as numbers with a point, as in 2.75."
            raise BatchError(msg)
    for name in WORDS:
        kind = schema.field(name).type if name in names and name not in keep else pa.null()
        if not any(is_it(kind.value_type if pa.types.is_dictionary(kind) else kind) for is_it in _TEXTS):
            msg = f"column '{name}' holds {kind} and no text; write for example '{_LIKE[name]}'."
            raise BatchError(msg)
    return numbers


_NUMBERS: Final = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal, pa.types.is_null)
_TEXTS: Final = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
_LIKE: Final = {"region": "TR", "boundary": "lumen", "modality": "oct"}
_OTHER_UNITS: Final = ("cm", "um", "µm", "in", "fr", "inch", "m")


def _faults(names: Sequence[str], keep: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """What is wrong with the columns, in sentences."""
    yield from (f"column '{name}' stands there {names.count(name)} times; leave one." for name in _twice(names))
    for name in keep:
        if name not in names:
            yield f"column '{name}' is to be kept and is not there{near(name, names) or '.'}"
        if name in (*ONE, *BOTH, LESION, *_MADE):
            clash = f"column '{name}' cannot be kept under this name, which the answers use"
            yield f"{clash}; rename it, for example '{name}_given'."
    for name in names:
        if name not in (*COLUMNS, *keep):
            yield _stranger(name)
    yield from (
        f"{name} is given both as a column and as one value for all rows; leave one."
        for name in told
        if name in names and name not in keep
    )
    one, both = [n for n in ONE if n in names], [n for n in BOTH if n in names]
    if one and both:
        yield f"there are columns of one reference diameter and of both ends ({', '.join([*one, *both])}); leave one."
    if not one and len(both) < len(BOTH):
        yield f"no column '{ONE[0]}', nor both '{BOTH[0]}' and '{BOTH[1]}'; found are {', '.join(names) or 'none'}."


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _stranger(name: str) -> str:
    """The sentence for a column that is not known."""
    stem, _, unit = name.rpartition("_")
    if unit.casefold() in _OTHER_UNITS and f"{stem}_mm" in COLUMNS:
        return f"column '{name}' is in {unit}; convert it to millimetres and call it '{stem}_mm'."
    if f"{name}_mm" in COLUMNS:
        return f"column '{name}' does not say its unit; if it is in millimetres, call it '{name}_mm'."
    listed = f"Known are {', '.join(COLUMNS)}; name it in keep=['{name}'] to carry it along."
    return f"column '{name}' is not known{near(name, COLUMNS) or '.'} {listed}"


_MADE: Final = ("status", "answer_id", "vessel", "device", "model", "size", "verdict", "caveats")


def numbers_as(array: pa.Array) -> pa.Array:
    """Numbers as floats whose shortest decimals they are: float32 and float64 as they are, all others as float64."""
    kind = array.type
    if kind in (pa.float32(), pa.float64()):
        return array
    if pa.types.is_decimal(kind):  # by way of their digits, so that the nearest float is taken
        return pc.cast(pc.cast(array, pa.string()), pa.float64())
    return pc.cast(array, pa.float32() if kind == pa.float16() else pa.float64())
