"""The service against its own description: schemathesis sends what the description allows, and what it does not.

It is skipped where schemathesis is not installed; ``DEVICECAT_REQUIRED`` makes that a failure.
``DEVICECAT_HYPOTHESIS=nightly`` asks the bundled catalogue, for longer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from devicecat.loader import BUNDLED
from serving import running

HERE = Path(__file__).parent

# What schemathesis has to be told: how a body of one JSON object a line is written.
HOOKS = """
import json
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="surrogatepass")
"""


@pytest.mark.skipif(
    find_spec("schemathesis") is None and not os.environ.get("DEVICECAT_REQUIRED"),
    reason="this machine lacks schemathesis (pip install -e '.[test-all]')",
)
def test_the_service_does_what_its_description_says_and_nothing_else(tmp_path: Path) -> None:
    long = os.environ.get("DEVICECAT_HYPOTHESIS") == "nightly"
    small = tmp_path / "small"
    (small / "devices").mkdir(parents=True)
    for slug in ("invamed-extender", "invamed-atlas"):
        shutil.copy(BUNDLED / "devices" / f"{slug}.toml", small / "devices")
    (tmp_path / "hooks.py").write_text(HOOKS, encoding="utf-8")
    some = ["--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1"]
    many = ["--max-examples", "500"]
    with running(*([] if long else ["--catalog", str(small)])) as service:
        done = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis",
                *("--config-file", HERE / "schemathesis.toml"),
                *("run", f"{service.url}/openapi.json", "--checks", "all", "--warnings", "off"),
                *(many if long else some),
            ],
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        sys.stdout.write(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not [line for line in service.log if '"level": "error"' in line]
