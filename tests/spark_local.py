"""The adapter for Spark, for real: a session of its own on this machine. Run in .ci/nightly, which installs PySpark.

Not collected by plain `pytest`: it needs Java, and a session takes seconds.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from devicecat import load_catalog
from devicecat.interop.batch import find_sizes_batch
from devicecat.interop.batch_read import BatchError
from devicecat.interop.spark import find_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("devicecat")
    with builder.config("spark.ui.enabled", "false").getOrCreate() as held:
        yield held


ROWS = [("a", 3.0, 18.0), ("b", None, 18.0), ("c", 2.75, 20.5), ("d", 99.0, 18.0), ("e", 3.0, 18.0)]
COLUMNS = ["id", "reference_diameter_mm", "lesion_length_mm"]


def test_spark_says_what_the_batch_says(session: SparkSession) -> None:
    catalog = load_catalog()
    found = find_sizes(session.createDataFrame(ROWS, COLUMNS).repartition(3), catalog=catalog, region="TR", keep=["id"])
    table = pa.table(dict(zip(COLUMNS, zip(*ROWS, strict=True), strict=True)))
    expected = find_sizes_batch(table, catalog=catalog, region="TR", keep=["id"])
    rows = sorted((row.id, row.status, row.answer_id) for row in found.vessels.collect())
    assert rows == [tuple(row.values()) for row in expected.vessels.to_pylist()]
    answers, caveats = found.list_answers()
    assert answers.to_pylist() == expected.answers.to_pylist()
    assert caveats.to_pylist() == expected.caveats.to_pylist()
    assert found.query == expected.query


def test_a_column_in_another_unit_is_refused_before_anything_runs(session: SparkSession) -> None:
    with pytest.raises(BatchError, match="column 'reference_diameter_cm' is in cm"):
        find_sizes(session.createDataFrame([(0.3,)], ["reference_diameter_cm"]))


def test_a_partition_that_fails_is_told(session: SparkSession) -> None:
    from pyspark.sql import functions as f

    broken = session.createDataFrame(ROWS, COLUMNS).withColumn("lesion_length_mm", f.raise_error(f.lit("worker died")))
    with pytest.raises(Exception, match="worker died"):
        find_sizes(
            broken.withColumn("lesion_length_mm", f.col("lesion_length_mm").cast("double")), keep=["id"]
        ).vessels.collect()


def test_a_worker_that_dies_is_told_with_its_partition(session: SparkSession) -> None:
    given = session.createDataFrame(ROWS, COLUMNS).repartition(3)

    def die_at_d(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if "d" in batch.column("id").to_pylist():
                os._exit(1)  # as the system ends a worker that has taken too much memory
            yield batch

    found = find_sizes(given.mapInArrow(die_at_d, given.schema), keep=["id"])
    with pytest.raises(Exception, match=r"Task \d+ in stage [\s\S]*Python worker exited unexpectedly"):
        found.vessels.collect()
    assert find_sizes(given, keep=["id"]).vessels.count() == len(ROWS)  # the session lives on


def test_rows_may_ask_different_questions(session: SparkSession) -> None:
    held = [(3.0, "TR"), (3.0, None), (3.0, "US"), (3.0, "XX")]
    found = find_sizes(session.createDataFrame(held, ["reference_diameter_mm", "region"]).coalesce(1))
    diameters, regions = zip(*held, strict=True)
    expected = find_sizes_batch(pa.table({"reference_diameter_mm": diameters, "region": regions}))
    assert [row.asDict() for row in found.vessels.collect()] == expected.vessels.to_pylist()
    assert found.list_answers()[0].to_pylist() == expected.answers.to_pylist()
