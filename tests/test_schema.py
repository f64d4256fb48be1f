"""The JSON Schema of a device file: shipped as generated, and it accepts and refuses what it should."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
import tomli

from devicecat.loader import BUNDLED
from devicecat.schema import device_schema, schema_text

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted((BUNDLED / "devices").glob("*.toml"))


def as_json(node: object) -> object:
    """TOML as a JSON Schema validator sees it: dates are text."""
    if isinstance(node, dict):
        return {key: as_json(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_json(value) for value in node]
    return node.isoformat() if isinstance(node, dt.date) else node


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = device_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_shipped_schema_is_the_generated_one() -> None:
    shipped = (BUNDLED / "device.schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text(), "run: devicecat schema > catalog/device.schema.json"
    assert json.loads(shipped) == device_schema()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_bundled_file_is_valid_and_names_the_schema(
    path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#:schema ../device.schema.json\n")
    assert [error.message for error in validator.iter_errors(as_json(tomli.loads(text)))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema   = 1", "schema   = 2"),
        ("schema   = 1", "schemma  = 1"),
        ("[identity]", "[identiti]"),
        ("locator =", "locatr ="),
        ('"drug-coated-balloon"', '"drug-coted-balloon"'),
        ('kind      = "maker-blog"', 'kind      = "blog"'),
        ('basis     = "maker"', 'basis     = "the maker"'),
        ("whole", "hole"),
        ('"not stated"', '"unknown"'),
        ('bed          = ["coronary"]', 'bed          = ["heart"]'),
        ("retrieved = 2026-11-20", "retrieved = 20"),
        ('lengths_mm     = ["10"', "lengths_mm     = [10"),
    ],
)
def test_a_slip_is_refused(old: str, new: str, validator: jsonschema.Draft202012Validator) -> None:
    text = (BUNDLED / "devices" / "invamed-extender.toml").read_text(encoding="utf-8")
    assert old in text, old
    assert list(validator.iter_errors(as_json(tomli.loads(text.replace(old, new)))))
