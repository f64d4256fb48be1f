"""What loading the library costs: only pydantic, tomli and the standard library, each time in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys

import pytest

import devicecat

# pydantic with what it needs itself, and tomli, whose compiled wheel has a second module with a digest for a name.
ALLOWED = {
    "devicecat",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
    "tomli",
}
HEAVY = {"pint", "numpy", "typer", "rich", "click", "pyarrow", "pandas", "biip", "fastapi", "pyspark"}

QUERY = "from devicecat import Vessel, find_sizes; find_sizes(Vessel(reference_diameter='2.75 mm'))"


def loaded_by(statement: str) -> set[str]:
    """The top-level packages outside the standard library that a fresh Python loads for one statement."""
    program = (
        "import json, sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    # Plug-ins of pydantic that happen to be installed beside us are not our doing.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = set(json.loads(done.stdout.splitlines()[-1]))
    # The standard library's own list of itself lacks the file with the settings of one build.
    return {
        name
        for name in names - sys.stdlib_module_names
        if not name.endswith("__mypyc") and not name.startswith("_sysconfigdata_")
    }


@pytest.mark.parametrize(
    "statement",
    ["import devicecat", "from devicecat import load_catalog; load_catalog()", QUERY, f"{QUERY}.to_json()"],
    ids=["import", "load", "find", "json"],
)
def test_only_pydantic_and_tomli_are_loaded(statement: str) -> None:
    loaded = loaded_by(statement)
    assert "devicecat" in loaded
    assert loaded & HEAVY == set()
    assert loaded - ALLOWED == set()


def test_the_instrument_sees_a_heavy_package() -> None:
    assert "pint" in loaded_by("import pint")


@pytest.mark.parametrize("statement", ["from devicecat import load_catalog; load_catalog()", f"{QUERY}.to_json()"])
def test_an_answer_from_right_files_needs_no_pydantic(statement: str) -> None:
    assert "tomli" in loaded_by(statement)
    assert not {name for name in loaded_by(statement) if name.startswith("pydantic")}


@pytest.mark.parametrize("was_on", [True, False])
def test_a_public_name_leaves_the_collector_as_it_was(was_on: bool) -> None:  # noqa: FBT001 - a case
    (gc.enable if was_on else gc.disable)()
    try:
        assert devicecat.Vessel.__name__ == "Vessel"
        assert gc.isenabled() is was_on
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["pydantic.v1", "jinja2", "devicecat.web.openapi"])
def test_a_service_starts_without_what_its_first_answer_does_not_need(name: str) -> None:
    program = (
        "import sys\n"
        "from devicecat.web.keeper import Keeper\n"
        "from devicecat.web.service import create_app\n"
        "create_app(Keeper())\n"
        f"sys.exit({name!r} in sys.modules)"
    )
    environment = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
