"""Ten million vessels on PySpark in local mode, beside a ``mapInArrow`` that hands every batch back as it came."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from benchmarks.batches import MORE, vessels
from benchmarks.many import ASKED, ready
from benchmarks.measures import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure_spark(repeat: int) -> Iterator[Measured]:
    """Both in turns, read from one file and thrown away; the first turn starts the workers and does not count."""
    from pyspark.sql import SparkSession

    from devicecat.interop.spark import find_sizes

    os.environ["PYSPARK_PYTHON"] = sys.executable
    catalog, _, _ = ready()
    folder = Path(tempfile.mkdtemp())
    pq.write_table(vessels(MORE), folder / "vessels.parquet", row_group_size=MORE // 16)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    with builder.config("spark.log.level", "ERROR").config("spark.driver.memory", "4g").getOrCreate() as session:
        given = session.read.parquet(str(folder / "vessels.parquet"))
        found = find_sizes(given, catalog=catalog, **ASKED).vessels
        same = given.mapInArrow(lambda batches: batches, given.schema)
        took = [(_written(found), _written(same)) for _ in range(repeat + 1)][1:]
    name = f"{MORE:,} vessels on Spark, local, 2 cores / an identity mapInArrow"
    yield Measured(name, 1.3, tuple(a for a, _ in took), tuple(b for _, b in took))


def _written(frame: Any) -> float:  # noqa: ANN401 - a data frame
    begin = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    from benchmarks.__main__ import line_of

    for one in measure_spark(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        print(line_of(one))
        sys.exit(1 if one.missed else 0)
