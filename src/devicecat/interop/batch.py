"""Many vessels at once: ``find_sizes_batch``, and the same from file to file.

The result is factorised. Vessels that lie between the same turns of every criterion have one answer; so there is a
table of vessels, each with the id of its answer, a table of answers, one row a size with its verdict and the ids of its
caveats, and a table of caveats. numpy and pyarrow (the extra ``arrow``) are loaded when something is asked.
"""

from __future__ import annotations

import errno
import hashlib
import json
import tempfile
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

from devicecat.catalog import bundled_catalog
from devicecat.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Unpack

    import pyarrow as pa

    from devicecat.catalog import Catalog
    from devicecat.interop.batch_core import Asking, Batch, Told
    from devicecat.interop.batch_read import Source
    from devicecat.question import Question
    from devicecat.rules import SizingRule
    from devicecat.shelf.shelf import Shelf

    Progress = Callable[[int, int | None], None]


def need_arrow() -> None:
    """Make sure that numpy and pyarrow are there.

    Raises:
        QueryError: with what to install.
    """
    missing = [name for name in ("numpy", "pyarrow") if find_spec(name) is None]
    if missing:
        msg = f'many vessels at once need {" and ".join(missing)}; install it with: pip install "devicecat[arrow]"'
        raise QueryError(msg)


MOST_ANSWERS: Final = 30_000_000
"""Rows of answers that are held at once: some 1.5 GiB."""


class BatchReport:
    """The answers for many vessels.

    Attributes:
        query: What was asked of every vessel, with the rule and the catalogue.
        vessels: One row a vessel, in the order given: the columns that were kept, ``status`` (``ok``, or why the row
            has no answer), and ``answer_id``, null where there is none.
    """

    def __init__(self, query: dict[str, Any], vessels: pa.Table, batch: Batch) -> None:
        """Hold what was found; :func:`find_sizes_batch` makes one."""
        self.query = query
        self.vessels = vessels
        self._batch = batch

    @cached_property
    def _told(self) -> Told:
        from devicecat.interop.batch_core import Told

        return Told()

    @cached_property
    def answers(self) -> pa.Table:
        """One row a size that is YES or UNKNOWN: ``answer_id``, device, model, size, verdict, ids of its caveats.

        In the order of answers. What is NO is not listed: ``find_sizes`` says why for a single vessel.

        Raises:
            BatchError: if there are more than 30 million rows: ``read_answers`` gives them block by block.
        """
        import pyarrow as pa

        from devicecat.interop.batch_core import ANSWERS
        from devicecat.interop.batch_read import BatchError

        blocks, rows = [], 0
        for block in self.read_answers():
            rows += block.num_rows
            if rows > MOST_ANSWERS:
                msg = f"the answers have more than {MOST_ANSWERS:,} rows; read them block by block with read_answers()."
                raise BatchError(msg)
            blocks.append(block)
        return pa.Table.from_batches(blocks, ANSWERS).unify_dictionaries()

    def read_answers(self) -> pa.RecordBatchReader:
        """The rows of ``answers``, made block by block as they are read."""
        import pyarrow as pa

        from devicecat.interop.batch_core import ANSWERS, answers_of

        return pa.RecordBatchReader.from_batches(ANSWERS, answers_of(self._batch, self._told))

    @property
    def caveats(self) -> pa.Table:
        """``caveat_id``, code, sentence and the statements it rests on: of all answers that were read."""
        if not self._told.is_used:
            for _ in self.read_answers():
                pass
        return self._told.table()

    def explode(self) -> pa.RecordBatchReader:
        """Flat rows, made as they are read: one row a vessel and size, with the codes of its caveats.

        ``vessel`` is the number of the vessel, from 0. A vessel for which nothing is listed keeps one row.
        """
        from devicecat.interop.batch_flat import flat_rows

        return flat_rows(self.vessels, self.answers, self.caveats)

    def __repr__(self) -> str:
        """How many vessels, and how many of them have an answer."""
        answered = self.vessels.num_rows - self.vessels["answer_id"].null_count
        return f"BatchReport({self.vessels.num_rows} vessels, {answered} answered)"


class Written(NamedTuple):
    """What was written.

    Attributes:
        vessels: How many rows of vessels.
        answered: How many of them have an answer.
        answers: How many rows of answers.
        files: The files.
    """

    vessels: int
    answered: int
    answers: int
    files: tuple[Path, ...]


class Options(NamedTuple):
    """What is asked of every vessel; see :class:`Asked`."""

    catalog: Catalog | None = None
    rule: str | SizingRule | None = None
    kind: str | None = None
    region: str | None = None
    bases: Iterable[str] | None = None
    require_status: bool = False
    bed: str = "coronary"
    boundary: str | None = None
    modality: str | None = None
    keep: Sequence[str] = ()
    use: str | None = None
    guide: str | None = None
    site: str | None = None


class Asked(TypedDict, total=False):
    """What can be asked of every vessel, by name.

    Attributes:
        catalog: The catalogue; the bundled one if none.
        rule: As in :meth:`Catalog.find_sizes`, and so are the others down to ``require_status``.
        kind: Of device.
        region: For all rows; a column of this name instead says it row by row, and null is no region.
        bases: That decide.
        require_status: Whether a stated status is required.
        bed: The vessel bed, of all rows; ``"coronary"`` if none is named.
        boundary: For all rows, or a column.
        modality: For all rows, or a column.
        keep: Columns that are carried along as they are.
        use: That a label of the region names.
        guide: That is on the table.
        site: Which diameter ``reference_diameter_mm`` is, of all rows.
    """

    catalog: Catalog | None
    rule: str | SizingRule | None
    kind: str | None
    region: str | None
    bases: Iterable[str] | None
    require_status: bool
    bed: str
    boundary: str | None
    modality: str | None
    keep: Sequence[str]
    use: str | None
    guide: str | None
    site: str | None


def find_sizes_batch(vessels: object, **asked: Unpack[Asked]) -> BatchReport:
    """Which catalogued sizes fit many vessels, and which may.

    Args:
        vessels: Anything with the Arrow PyCapsule interface, or the path of a ``.parquet`` or ``.csv`` file. Columns:
            ``reference_diameter_mm``, or ``proximal_mm`` and ``distal_mm``; ``lesion_length_mm`` (left out, no length
            is compared); ``region``, ``boundary``, ``modality`` where they differ from row to row.
        asked: What is asked of every vessel: the names and meanings stand in :class:`Asked`.

    A rule for the mean of both ends cannot be asked of both ends of many vessels: give the mean itself with
    ``site="mean"``. Nor can a rule that starts from a companion find one: no column holds it, and it stays UNKNOWN.

    Raises:
        BatchError: if the vessels cannot be read, or a column is missing, not known, or in another unit.
        QueryError: if the question cannot be asked, or the extra ``arrow`` is missing.
    """
    need_arrow()
    import pyarrow as pa

    from devicecat.interop.batch_core import Batch
    from devicecat.interop.batch_read import open_vessels

    source, options = open_vessels(vessels), Options(**asked)
    asking = prepare(source, options)
    batch = Batch(asking)
    schema = vessel_schema(source.schema, options.keep)
    found = pa.Table.from_batches(vessel_rows(batch, source, options.keep, schema), schema)
    return BatchReport(describe(asking), found, batch)


def prepare(source: Source, asked: Options, shelf: Shelf | None = None) -> Asking:
    """Check the columns of a source and the options; the question that is asked of each row.

    Args:
        source: The vessels.
        asked: The options.
        shelf: The shelf that is asked, joined to the catalogue that is asked.

    Raises:
        BatchError: if a column is missing, not known, or in another unit.
        QueryError: if the question cannot be asked.
    """
    from devicecat.interop.batch_core import Asking
    from devicecat.interop.batch_read import WORDS, check_columns

    words = {name: getattr(asked, name) for name in WORDS}
    numbers = check_columns(source.schema, asked.keep, [name for name, word in words.items() if word is not None])
    columns = tuple(name for name in WORDS if name in source.schema.names and name not in asked.keep)
    options = {
        "rule": asked.rule,
        "kind": asked.kind,
        "bases": None if asked.bases is None else frozenset(asked.bases),
        "require_status": asked.require_status,
        "use": asked.use,
        "guide": asked.guide,
    } | ({} if shelf is None else {"shelf": shelf})
    asking = Asking(asked.catalog or bundled_catalog(), options, asked.bed, asked.site, words, numbers, columns, {})
    _any_question(asking)  # what cannot be asked is told before the first row is read
    return asking


def _any_question(asking: Asking) -> Question:
    """The question of some row, whichever."""
    # Where a region is needed and each row says its own, any will do.
    return asking.question({"region": "US"} if asking.needs_region and "region" in asking.columns else {})


def describe(asking: Asking) -> dict[str, Any]:
    """What was asked of every vessel: the head of a report, without the numbers of a vessel; and the shelf, if any."""
    question = _any_question(asking)  # the head does not name the region where each row says its own
    head = dict(question.head(question.query.vessel))
    own = {name for name in head["query"] if name.endswith("_mm")} | set(asking.columns)
    query = {name: value for name, value in head["query"].items() if name not in own}
    shelf = {} if head["shelf"] is None else {"shelf": head["shelf"]}
    return {**{name: head[name] for name in ("library_version", "catalog", "rule")}, "query": query, **shelf}


def vessel_schema(schema: pa.Schema, keep: Sequence[str]) -> pa.Schema:
    """The columns of the rows of vessels."""
    import pyarrow as pa

    status = pa.field("status", pa.dictionary(pa.int8(), pa.string()), nullable=False)
    return pa.schema([*(schema.field(name) for name in keep), status, pa.field("answer_id", pa.int64())])


def vessel_rows(
    batch: Batch, source: Source, keep: Sequence[str], schema: pa.Schema, progress: Progress | None = None
) -> Iterator[pa.RecordBatch]:
    """One row a vessel: what is kept, the status, the id of the answer.

    Raises:
        BatchError: if the source ends before its time or holds something else than it says.
    """
    import pyarrow as pa

    from devicecat.interop.batch_core import STATUSES
    from devicecat.interop.batch_read import read

    words = pa.array(STATUSES)
    done = 0
    for chunk, status, ids in batch.run(read(source, keep)):
        given = pa.DictionaryArray.from_arrays(pa.array(status), words)
        answer = pa.array(ids, mask=ids < 0) if status.any() else pa.array(ids)
        yield pa.RecordBatch.from_arrays([*(chunk.column(name) for name in keep), given, answer], schema=schema)
        done += chunk.num_rows
        if progress is not None:
            progress(done, source.rows)


# ── From file to file ────────────────────────────────────────────────────────────────────

_NOTHING_MORE: Final = Options()
_PARTS: Final = ("answers", "caveats")


def write_batch(
    vessels: object, out: Path, asked: Options = _NOTHING_MORE, progress: Progress | None = None
) -> Written:
    """The answers for many vessels as Parquet files, streamed: whatever their number, memory stays as it is.

    Beside ``fits.parquet``, one row a vessel, stand ``fits.answers.parquet`` and ``fits.caveats.parquet``. All three
    carry the same batch id in their metadata. They are written under other names first and get their own ones when
    all are whole, the one that is named last: a name that is there is the name of a whole file.

    Args:
        vessels: As in :func:`find_sizes_batch`.
        out: The file of vessels, which ends in ``.parquet``.
        asked: What is asked of every vessel.
        progress: Told how many rows are done, and of how many if that is known.

    Raises:
        BatchError: if the vessels cannot be read, or nothing can be written.
        QueryError: if the question cannot be asked, or the extra ``arrow`` is missing.
    """
    need_arrow()
    from devicecat.interop.batch_core import Batch
    from devicecat.interop.batch_read import BatchError, open_vessels

    if out.suffix != ".parquet":
        msg = f"'{out.name}' does not end in .parquet, the form that answers are written in; name it fits.parquet."
        raise BatchError(msg)
    source = open_vessels(vessels)
    batch = Batch(prepare(source, asked))
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            rows = _write_vessels(Path(folder), batch, source, asked.keep, progress)
            answers = _write_answers(Path(folder), batch)
            names = [*(out.with_suffix(f".{part}.parquet") for part in _PARTS), out]
            for part, name in zip((*_PARTS, "vessels"), names, strict=True):
                (Path(folder) / part).replace(name)
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        msg = f"{out} cannot be written: {why}; nothing stands under that name that was not there before."
        raise BatchError(msg) from error
    return Written(*rows, answers, tuple(reversed(names)))


def _write_vessels(
    folder: Path, batch: Batch, source: Source, keep: Sequence[str], progress: Progress | None
) -> tuple[int, int]:
    """Write the rows of vessels; how many there are, and how many of them have an answer."""
    import pyarrow.parquet as pq

    rows, answered = 0, 0
    schema = vessel_schema(source.schema, keep)
    with pq.ParquetWriter(folder / "vessels", schema, compression="zstd") as writer:
        for chunk in vessel_rows(batch, source, keep, schema, progress):
            writer.write_batch(chunk)
            rows += chunk.num_rows
            answered += chunk.num_rows - chunk.column("answer_id").null_count
        writer.add_key_value_metadata(_metadata(batch))
    return rows, answered


def _write_answers(folder: Path, batch: Batch) -> int:
    """Write the rows of answers, block by block, and their caveats; how many rows there are."""
    import pyarrow.parquet as pq

    from devicecat.interop.batch_core import ANSWERS, Told, answers_of

    told, rows = Told(), 0
    with pq.ParquetWriter(folder / "answers", ANSWERS, compression="zstd") as writer:
        for block in answers_of(batch, told):
            writer.write_batch(block)
            rows += block.num_rows
        writer.add_key_value_metadata(_metadata(batch))
    caveats = told.table()
    with pq.ParquetWriter(folder / "caveats", caveats.schema, compression="zstd") as writer:
        writer.write_table(caveats)
        writer.add_key_value_metadata(_metadata(batch))
    return rows


def _metadata(batch: Batch) -> dict[str, str]:
    """What was asked, and a digest of that and of the answers used: it tells which files belong together."""
    asked = json.dumps(describe(batch.asking), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(asked.encode())
    for number, _, cells in batch.used():
        digest.update(f"{number}:".encode() + cells.tobytes())
    return {"devicecat": asked, "devicecat-batch": f"sha256:{digest.hexdigest()}"}
