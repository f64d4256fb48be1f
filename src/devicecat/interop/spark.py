"""Vessels on a cluster: the batch of :mod:`devicecat.interop.batch` on PySpark (the extra ``spark``).

A thin adapter. What a worker needs goes to each of them once: where the answers change, or the catalogue if rows ask
different questions. Since the number of an answer depends on the question only, workers agree on it without a word.
What the answers are is listed on the driver, from the few thousand numbers that were met.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from devicecat.errors import QueryError
from devicecat.interop.batch import Options, describe, need_arrow, prepare, vessel_rows, vessel_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Unpack

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from devicecat.catalog import Catalog
    from devicecat.interop.batch import Asked


class SparkReport(NamedTuple):
    """The answers for the vessels of a data frame.

    Attributes:
        query: What was asked of every vessel, with the rule and the catalogue.
        vessels: One row a vessel, worked out when it is read: what is kept, ``status``, ``answer_id``.
        list_answers: From ids of answers (or the vessels, whose ids are then collected) to the tables ``answers`` and
            ``caveats``, the same as those of a batch.
    """

    query: dict[str, Any]
    vessels: DataFrame
    list_answers: Callable[..., tuple[pa.Table, pa.Table]]


def find_sizes(df: DataFrame, **asked: Unpack[Asked]) -> SparkReport:
    """Which catalogued sizes fit the vessels of a data frame, and which may.

    Args:
        df: The vessels: columns as in :func:`devicecat.interop.batch.find_sizes_batch`, and so is everything else.
        asked: What is asked of every vessel: the names and meanings stand in :class:`devicecat.interop.batch.Asked`.

    Raises:
        BatchError: if a column is missing, not known, or in another unit.
        QueryError: if the question cannot be asked, or the extra ``spark`` is missing.
    """
    if find_spec("pyspark") is None:
        msg = 'vessels on a cluster need pyspark; install it with: pip install "devicecat[spark]"'
        raise QueryError(msg)
    need_arrow()
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    from devicecat.interop.batch_core import Batch
    from devicecat.interop.batch_read import COLUMNS, Source

    options = Options(**asked)
    keep = tuple(options.keep)
    wanted = [name for name in df.columns if name in COLUMNS or name in keep]
    schema = to_arrow_schema(df.schema)
    asking = prepare(Source("the vessels", schema, iter(()), None), options)
    given = pa.schema([schema.field(name) for name in wanted])
    made = _plain(vessel_schema(schema, keep))
    # Where all rows ask one question, its turns are all that a worker needs, and not the catalogue.
    turns = None if asking.columns else asking.question({}).index.turns
    sent = asking if turns is None else asking._replace(catalog=cast("Catalog", None))
    broadcast = df.sparkSession.sparkContext.broadcast((sent, turns))

    def look_up(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:  # pragma: no cover - in a worker
        batch = Batch(*broadcast.value)
        held = vessel_schema(given, keep)
        source = Source("a partition of the vessels", given, batches, None)
        for rows in vessel_rows(batch, source, keep, held):
            yield rows.cast(made)

    vessels = df.select(*wanted).mapInArrow(look_up, from_arrow_schema(made))

    def list_answers(ids: Iterable[int] | None = None) -> tuple[pa.Table, pa.Table]:
        from devicecat.interop.batch_core import ANSWERS, Told, answers_of

        if ids is None:
            ids = (row.answer_id for row in vessels.select("answer_id").distinct().dropna().toLocalIterator())
        batch, told = Batch(asking), Told()
        batch.use(ids)
        return pa.Table.from_batches(answers_of(batch, told), ANSWERS).unify_dictionaries(), told.table()

    return SparkReport(describe(asking), vessels, list_answers)


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same without dictionaries, which Spark does not know."""
    import pyarrow as pa

    return pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in schema]
    )
