"""Every sentence of the loader, word for word, at its line.

`errors.toml` holds one slip after the other: what is changed in a valid file, and all the problems that are told of it.
"""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import tomli
from pydantic import BaseModel

import devicecat
from devicecat.errors import CatalogError, DevicecatError, Problem, QueryError, near, one_of
from devicecat.loader import load
from devicecat.models import Device, RetiredIds
from devicecat.regions import Regions
from devicecat.rules import SizingRule
from devicecat.sentences import _NEEDED
from devicecat.sizes import parse_grid

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
PACKAGE = Path(devicecat.__file__).parent
EXAMPLES: list[str] = re.findall(
    r"^```toml\n(.*?)^```", (TESTS.parent / "docs" / "format.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)

REGIONS = """\
schema   = 1
reviewed = 2026-11-20

[code]
EU = "--- European Union"
GB = "GBR United Kingdom"
NO = "NOR Norway"
TR = "TUR Türkiye"
US = "USA United States"

[alias]
EEA = "EU"
UK  = "GB"

[[relation]]
kind    = "same-rules"
from    = ["NO"]
to      = "EU"
source  = "gazette"
locator = "Article 1"

[source.gazette]
kind      = "legislation"
title     = "A decision"
publisher = "Official Journal"
url       = "https://example.org/decision"
published = 2021-05-26
retrieved = 2026-11-20
"""

RULE = """\
schema   = 1
reviewed = 2026-11-20
name     = "Our laboratory"
strength = "protocol"
kinds    = ["stent"]
citation = "our laboratory's protocol, 2026"

[window]
lower = "0.95"
upper = 1.05

[length]
kinds  = ["stent"]
margin = "4 mm"

[[holds]]
window   = "1 : 1"
says     = "stents"
citation = "a paper"
"""

FILES = {
    "kestrel": ("devices/kestrel.toml", EXAMPLES[0]),
    "osprey": ("devices/osprey.toml", EXAMPLES[1]),
    "regions": ("regions.toml", REGIONS),
    "our-lab": ("rules/our-lab.toml", RULE),
}


class Slip(NamedTuple):
    """What is changed in a file, and what is told of it: a fragment of the line, the key, the sentence."""

    name: str
    file: str
    old: str
    new: str
    told: tuple[tuple[str, str, str], ...]

    def text(self) -> str:
        """The file with the slip in it."""
        valid = FILES[self.file][1]
        assert valid.count(self.old) == 1, self.old
        return valid.replace(self.old, self.new)

    def expected(self) -> list[tuple[int, str, str]]:
        """What is told, with numbers for lines."""
        text = self.text()
        assert all(text.count(fragment) == 1 for fragment, _, _ in self.told if fragment)
        return sorted(
            (text[: text.index(fragment)].count("\n") + 1 if fragment else 0, key, message)
            for fragment, key, message in self.told
        )


def read_slips() -> Iterator[Slip]:
    """The slips of the table."""
    for slip in tomli.loads((TESTS / "errors.toml").read_text(encoding="utf-8"))["slip"]:
        told = tuple((fragment, key, message) for fragment, key, message in slip.pop("told"))
        yield Slip(**slip, told=told)


def odd_slips() -> Iterator[Slip]:
    """Slips that are too long to be written down."""
    fact, version = 'coating_thickness = "not stated"', "schema   = 1"
    not_toml = "not TOML that can be read: "
    deep = f"{not_toml}brackets or dots are nested too deeply."
    many = f"{not_toml}a number has too many digits."
    key = "platform.coating_thickness"
    brackets = f"coating_thickness = {'[' * 500}{']' * 500}"
    yield Slip("500 brackets", "kestrel", fact, brackets, (("coating_thickness = [", key, deep),))
    dots = f"coating_thickness{'.a' * 1500} = 1"
    yield Slip("1500 dots", "kestrel", fact, dots, (("coating_thickness.a", "", deep),))
    lie = "tables and arrays lie more than 20 deep in each other; write plain tables."
    yield Slip("50 brackets", "kestrel", fact, f"coating_thickness = {'[' * 50}{']' * 50}", (("", "", lie),))
    yield Slip("5000 digits", "kestrel", version, f"schema   = {'1' * 5000}", (("schema   = ", "schema", many),))
    found = "found 3980276840337966592354307206191202453…; expected 1, the one version of the format."
    hexadecimal = f"schema   = 0x{'f' * 5000}"
    yield Slip("5000 hexadecimal digits", "kestrel", version, hexadecimal, (("schema   = ", "schema", found),))


SLIPS = [*read_slips(), *odd_slips()]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """The four valid files."""
    for name, text in FILES.values():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def problems(catalogue: Path) -> list[Problem]:
    """What is told of a catalogue, with paths inside it."""
    with pytest.raises(CatalogError) as raised:
        load([catalogue])
    return [p._replace(path=Path(p.path).relative_to(catalogue).as_posix()) for p in raised.value.problems]


# ── The table ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_examples_of_the_format_are_valid_and_say_what_they_say(catalogue: Path) -> None:
    content = load([catalogue])
    assert list(content.devices) == ["kestrel", "osprey"]
    assert list(content.rules) == sorted(["our-lab", *load([]).rules])
    kestrel, osprey = content.devices.values()
    assert [sizes.whole for sizes in (*kestrel.sizes, *osprey.sizes)] == [True, True]
    assert kestrel.source["ifu"].published == "2024-03"
    assert kestrel.platform.strut_thickness.statements[0].holds_for == "≤ 4.00 mm"
    assert osprey.sizes[0].lengths_mm == ("10", "15", "20")


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_told_at_its_line_in_these_words(slip: Slip, catalogue: Path) -> None:
    (catalogue / FILES[slip.file][0]).write_text(slip.text(), encoding="utf-8")
    told = problems(catalogue)
    assert {problem.path for problem in told} == {FILES[slip.file][0]}
    assert [(problem.line, problem.key, problem.message) for problem in told] == slip.expected()


def test_no_slip_stands_in_the_table_twice() -> None:
    assert len({slip.name for slip in SLIPS}) == len(SLIPS)
    assert len({(slip.file, slip.old, slip.new) for slip in SLIPS}) == len(SLIPS)


def test_every_sentence_is_one() -> None:
    for slip in SLIPS:
        for _, _, message in slip.told:
            assert message.endswith((".", "?")), message
            assert "  " not in message, message
            assert not re.search(r"pydantic|Input should|instance of|loc\b|\bNone\b|\bdict\b|\btuple\b", message), (
                message
            )


# ── Nothing is left out of the table ──────────────────────────────────────────────────────────────────────────────────


def sentences_of(module: str) -> Iterator[str]:
    """Every sentence that a module may say, as a pattern with a gap for each part that is filled in."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in parts | documents:
            held = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [part.value if isinstance(part, ast.Constant) else None for part in held]
            pattern = "".join(re.escape(text) if isinstance(text, str) else ".*" for text in texts)
            if pattern.endswith(".") and len(pattern.replace(".*", "")) > 20:
                yield pattern


@pytest.mark.parametrize("module", ["check", "lines", "sizes"])
def test_every_sentence_stands_in_the_table(module: str) -> None:
    told = [message for slip in SLIPS for _, _, message in slip.told]
    told += [fault.message for fault in parse_grid("").faults]  # in a file, an empty grid is told as an empty text
    found = list(sentences_of(module))
    assert len(found) >= {"check": 35, "lines": 7, "sizes": 9}[module]
    assert [pattern for pattern in found if not any(re.fullmatch(pattern, message) for message in told)] == []


@pytest.mark.parametrize("model", [Device, Regions, RetiredIds, SizingRule])
def test_every_needed_key_has_an_example(model: type[BaseModel]) -> None:
    """What is missing is told with an example, whatever table it is missing from."""
    seen: set[type[BaseModel]] = set()

    def look(held: type[BaseModel], section: str) -> None:
        if held in seen:
            return
        seen.add(held)
        for name, field in held.model_fields.items():
            key = field.alias or name
            if field.is_required() and key != "id":
                assert (section, key) in _NEEDED or ("", key) in _NEEDED, (section, key)
            for inner in models_in(field.annotation):
                look(inner, section or key)

    look(model, "")


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from models_in(inner)


# ── Exceptions ────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE = Problem("kestrel.toml", 3, "identity.kind", "no source.")
WHOLE = Problem("a.toml", 0, "", "not a file.")


def test_a_problem_reads_as_editors_and_ci_read_it() -> None:
    assert str(ONE) == "kestrel.toml:3: identity.kind: no source."
    assert str(WHOLE) == "a.toml: not a file."
    assert str(WHOLE._replace(line=1)) == "a.toml:1: not a file."


def test_a_terminal_obeys_nothing_in_a_problem() -> None:
    odd = Problem("a\udc80.toml", 1, "x\x1b[2J", "found '\x1b]0;owned\x07' and '\u202e'.")
    assert str(odd) == r"a\udc80.toml:1: x\x1b[2J: found '\x1b]0;owned\x07' and '\u202e'."
    assert str(odd).isascii()


def test_an_error_counts_and_sorts_its_problems() -> None:
    error = CatalogError([ONE, WHOLE])
    assert error.problems == (WHOLE, ONE)
    assert str(error) == "2 problems in the catalogue:\na.toml: not a file.\nkestrel.toml:3: identity.kind: no source."
    assert str(CatalogError([ONE])).startswith("1 problem in the catalogue:\n")
    assert isinstance(error, DevicecatError)


def test_an_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(CatalogError([ONE, WHOLE])))  # noqa: S301 - our own
    assert error.problems == (WHOLE, ONE)


def test_a_query_error_is_a_value_error() -> None:
    assert issubclass(QueryError, ValueError)
    assert issubclass(QueryError, DevicecatError)


@pytest.mark.parametrize(
    ("word", "clause"),
    [
        ("coronry", "; did you mean 'coronary'?"),
        ("CORONARY", "; did you mean 'coronary'?"),
        ("vain", "; did you mean 'Vein'?"),
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_near_names_what_is_close(word: str, clause: str) -> None:
    assert near(word, ["coronary", "Vein", "carotid"]) == clause


def test_near_names_several() -> None:
    assert near("coronary-graft", ["coronary", "coronary-vein-graft", "carotid"]) == (
        "; did you mean 'coronary-vein-graft' or 'coronary'?"
    )


def test_one_of_the_known_words_is_taken_and_every_other_refused() -> None:
    assert one_of("vein", ["coronary", "vein"], "bed") == "vein"
    with pytest.raises(QueryError, match=re.escape("'vain' is no bed; did you mean 'vein'? Known are coronary, vein.")):
        one_of("vain", ["coronary", "vein"], "bed")
    with pytest.raises(QueryError, match=r"^'xyzzy' is no number\. Known are 0, 1, .*, 39, …\.$"):
        one_of("xyzzy", map(str, range(41)), "number")
