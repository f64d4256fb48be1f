"""Several catalogues as layers of one: what is said of a device in several files is said of it as in one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import BUNDLED, CatalogError, FitReport, Vessel, cli, load_catalog
from devicecat.interop.udi import find_device, parse_udi
from devicecat.layers import layer_names
from devicecat.lint import lint
from devicecat.loader import digest, load
from devicecat.shapes import FACTS
from devicecat.showing import list_devices, show_device
from devicecat.web.export import export_html
from strategies import devices, learnt, questions, toml_text
from test_agreement import ask, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

    from devicecat import Catalog

Table = dict[str, Any]
TOY = Path(__file__).parent / "toy"
DAY = "reviewed = 2026-11-20\n"
IFU = """[source.ifu]
kind = "ifu"
title = "KESTREL instructions for use"
publisher = "Acme Vascular"
url = "https://example.org/ifu"
retrieved = 2026-11-19
"""
HEAD = "schema = 1\n" + DAY
IDENTITY = """[identity]
name = { value = "KESTREL", source = "ifu", locator = "title" }
manufacturer = { value = "Acme Vascular", source = "ifu", locator = "title" }
kind = { value = "drug-eluting-stent", source = "ifu", locator = "title" }
bed = ["coronary"]
[model.rx]
name = "KESTREL Rx"
[model.otw]
name = "KESTREL OTW"
"""
LISTS = """[[sizes]]
source = "ifu"
locator = "Table 1"
whole = true
diameters_mm = ["2.75", "3.0"]
lengths_mm = ["18", "23"]
"""
BASE = HEAD + IDENTITY + IFU + LISTS
PAIR = """[[sizes]]
source = "ifu"
locator = "carton"
whole = false
pairs_mm = ["2.75 x 18"]
"""
OVER = HEAD + IFU + PAIR
RULE = (BUNDLED / "rules" / "within-10-percent.toml").read_text(encoding="utf-8")


def write(folder: Path, text: str, name: str = "devices/kestrel.toml") -> Path:
    """Write one file of a catalogue; give the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def told(*folders: Path) -> list[str]:
    """Give what is wrong, with paths from the folder that holds the catalogues."""
    with pytest.raises(CatalogError) as raised:
        load_catalog(*folders)
    problems = [p._replace(path=Path(p.path).relative_to(folders[0].parent).as_posix()) for p in raised.value.problems]
    return [str(problem) for problem in problems]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path / "base", BASE)


@pytest.fixture
def over(tmp_path: Path) -> Path:
    return write(tmp_path / "my overlay", OVER)


# ── Laws ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def several(held: object) -> list[Table]:
    """The statements of a fact as a list."""
    return held if isinstance(held, list) else [held] if isinstance(held, dict) else []


@st.composite
def parts(draw: DrawFn, statements: list[Table], layers: int) -> list[list[Table]]:
    """Draw how statements stand in several layers, in their order."""
    cuts = sorted(draw(st.lists(st.integers(0, len(statements)), min_size=layers - 1, max_size=layers - 1)))
    return [statements[a:b] for a, b in zip([0, *cuts], [*cuts, len(statements)], strict=True)]


@st.composite
def cut(draw: DrawFn, device: Table, layers: int, *, whole_identity: bool) -> list[Table]:
    """Draw how the statements of a device stand in the files of several layers."""
    head = {"schema": 1, "reviewed": device["reviewed"], "source": device["source"]}
    files: list[Table] = []
    for place in range(layers):
        whole = place == 0 or whole_identity
        identity = dict(device["identity"]) | {"kind": "not stated"} if whole else {}
        models = {"model": device["model"]} if whole or draw(st.booleans()) else {}
        files.append(head | {"identity": identity, "label": {}, "delivery": {}} | models)
    for name in ("sizes", "withdrawn", "status", "limit"):
        for file, part in zip(files, draw(parts(device.get(name, []), layers)), strict=True):
            file[name] = part
    facts = [("identity", "kind", several(device["identity"]["kind"]))]
    sections = ("label", "delivery")
    facts += [(section, key, several(held)) for section in sections for key, held in device.get(section, {}).items()]
    for section, key, statements in facts:
        for file, part in zip(files, draw(parts(statements, layers)), strict=True):
            if part:
                file[section][key] = part
    return files


@st.composite
def layered(draw: DrawFn, *, whole_identity: bool = False) -> tuple[Table, list[Table]]:
    """Draw a device in one file, and the same over several."""
    device = draw(devices())
    layers = 2 if whole_identity else draw(st.integers(2, 3))
    return device, draw(cut(device, layers, whole_identity=whole_identity))


def load_layers(files: Sequence[Table]) -> Catalog:
    """Load each file as a catalogue of its own, over those before it."""
    with TemporaryDirectory() as folder:
        return load_catalog(*(write(Path(folder) / f"l{n}", toml_text(file)) for n, file in enumerate(files)))


def plain(report: FitReport) -> Table:
    """The JSON of a report without what names a layer, and without what hangs on that."""
    text = report.to_json(excluded=True)
    for layer in ("l1", "l2"):
        text = text.replace(f'"kestrel/{layer}:', '"kestrel/')
    told: Table = json.loads(text)
    told.pop("answer_id")
    for key in ("digest", "layers"):
        told["catalog"].pop(key, None)
    for said in told["statements"].values():
        said.pop("layer", None)
    return told


class TestLaws:
    """Statements of several layers lie side by side under the same laws."""

    @given(layered(), questions())
    def test_a_device_over_several_layers_answers_as_in_one_file(
        self, drawn: tuple[Table, list[Table]], asked: Table
    ) -> None:
        device, files = drawn
        assert plain(ask(load_layers(files), asked)) == plain(ask(load_layers([device]), asked))

    @given(layered(whole_identity=True), questions())
    def test_the_order_of_the_layers_changes_no_verdict(self, drawn: tuple[Table, list[Table]], asked: Table) -> None:
        _, files = drawn
        first, second = (set(rows_of(ask(load_layers(order), asked))) for order in (files, files[::-1]))
        assert first == second

    @given(st.data(), questions())
    def test_an_overlay_adds_and_never_hides(self, data: st.DataObject, asked: Table) -> None:
        """What was a statement before is one still, with the same standing, whatever lies over it."""
        device = data.draw(devices())
        more = data.draw(learnt(device))
        alone, both = load_layers([device]), load_layers([device, more])
        before = {s["id"]: s for fact in show_device(alone, "kestrel")["facts"] for s in fact["statements"]}
        after = {s["id"]: s for fact in show_device(both, "kestrel")["facts"] for s in fact["statements"]}
        assert {key: {**said, "layer": "l0"} for key, said in before.items()} == {key: after[key] for key in before}
        assert {said["layer"] for key, said in after.items() if key not in before} == {"l1"}
        ask(both, asked)


# ── What lies over what ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_overlay_turns_may_fit_into_fits(base: Path, over: Path) -> None:
    vessel = Vessel("2.75 mm", lesion_length="18 mm")
    before, after = (load_catalog(*folders).find_sizes(vessel) for folders in ([base], [base, over]))
    assert (before.counts["fits"], after.counts["fits"]) == (0, 1)
    told = after.to_dict()
    assert told["catalog"]["layers"] == ["base", "my-overlay"]
    assert told["statements"]["kestrel/sizes/1"] == {
        "source": "kestrel/my-overlay:ifu",
        "locator": "carton",
        "basis": "label",
        "standing": "current",
        "region": None,
        "layer": "my-overlay",
    }
    assert {said["layer"] for said in told["statements"].values()} == {"base", "my-overlay"}
    assert set(told["sources"]) == {"kestrel/ifu", "kestrel/my-overlay:ifu"}
    assert FitReport.from_json(after.to_json()) == after


def test_a_layer_that_is_alone_makes_the_same_answer_wherever_it_lies(tmp_path: Path) -> None:
    vessel = Vessel("2.75 mm")
    one, other = (load_catalog(write(tmp_path / name, BASE)).find_sizes(vessel) for name in ("one", "other"))
    assert one.to_json() == other.to_json()
    assert "layers" not in one.catalog
    assert not any("layer" in said for said in one.to_dict()["statements"].values())


def test_every_section_lies_side_by_side(base: Path, over: Path) -> None:
    said = 'source = "ifu", locator = "p. 3"'
    facts = {
        section: {key: EXAMPLES.get(what, "some words") for key, what in fields.items()}
        for section, fields in FACTS.items()
    }
    facts["identity"]["kind"] = "stent"
    lines = [
        f"[{section}]\n" + "".join(f'{key} = {{ value = "{value}", {said} }}\n' for key, value in held.items())
        for section, held in facts.items()
    ]
    tables = {
        "compliance": 'diameter_mm = "3.0"\nrows = [{ pressure = "9 atm", diameter = "3.00 mm" }]',
        "withdrawn": 'date = "2020"',
        "recall": 'scope = "two lots"',
        "identifier": 'scheme = "ref"\nvalue = "K-1"',
        "caveat": 'text = "bench values"',
    }
    lines += [f'[[{name}]]\nsource = "ifu"\nlocator = "p. 3"\n{keys}\n' for name, keys in tables.items()]
    lines.append(f'[[limit]]\nfor = "3.0 mm"\nmax_expansion = {{ value = "3.5 mm", {said} }}\n')
    lines.append(
        f'[[status]]\nregion = "US"\nregulatory = {{ value = "approved", {said} }}\n'
        f'availability = {{ value = "marketed", {said} }}\nreimbursement = {{ value = "yes", {said} }}\n'
    )
    full = "".join(lines)
    first = BASE.replace(IDENTITY, "[model" + IDENTITY.split("[model", 1)[1])
    write(base, first + full.replace("[identity]", '[identity]\nbed = ["coronary"]'))
    write(over, HEAD + IFU + PAIR + full)
    catalog = load_catalog(base, over)
    shown = show_device(catalog, "kestrel")
    for fact in shown["facts"]:
        layers = [said["layer"] for said in fact["statements"]]
        of_both = fact["section"] in FACTS
        assert layers == (["base", "my-overlay"] if of_both else layers[:1]), fact
        sources = {said["source"] for said in fact["statements"] if said["layer"] == "my-overlay"}
        assert sources <= {"my-overlay:ifu"}
    counts = {name: len(getattr(catalog.device("kestrel"), name)) for name in (*tables, "limit", "status", "sizes")}
    assert set(counts.values()) == {2}
    assert {said["layer"] for fact in shown["facts"] for said in fact["statements"]} == {"base", "my-overlay"}
    of_status = [fact["statements"][0] for fact in shown["facts"] if fact["section"] == "status"]
    assert [said["layer"] for said in of_status] == ["base"] * 3 + ["my-overlay"] * 3


EXAMPLES = {
    "length": "1 mm",
    "vessel": "2–3 mm",
    "guide": "6 Fr",
    "dose density": "1 µg/mm²",
    "mass": "1 µg",
    "pressure": "9 atm",
    "time": "9 s",
}


def test_an_overlay_adds_to_what_was_not_stated_and_says_nothing_by_not_stated(base: Path, over: Path) -> None:
    write(base, BASE + '[platform]\nmaterial = "not stated"\ndesign = "not stated"\n[drug]\nname = "not stated"\n')
    stated = '{ value = "cobalt-chromium", source = "ifu", locator = "p. 3" }'
    write(over, OVER + f'[platform]\nmaterial = {stated}\ncoating = "not stated"\n[drug]\nname = "not stated"\n')
    device = load_catalog(base, over).device("kestrel")
    assert [s.source for s in device.platform.material.statements] == ["my-overlay:ifu"]
    assert [(f.looked_for, bool(f)) for f in (device.platform.design, device.platform.coating, device.drug.name)] == [
        (True, False)
    ] * 3


def test_what_replaces_or_is_retracted_in_a_layer_does_so_there_only(base: Path, over: Path) -> None:
    new = IFU.replace("[source.ifu]", "[source.new]") + 'replaces = "ifu"\nrests_on = "false"\n'
    false = IFU.replace("[source.ifu]", "[source.false]") + 'retracted = "yes"\n'
    write(over, OVER + new + false + PAIR.replace('"ifu"', '"new"').replace("18", "23"))
    catalog = load_catalog(base, over)
    standing = {fact["statements"][0]["id"]: fact["statements"][0]["standing"] for fact in facts_of(catalog, "sizes")}
    assert standing == {
        "kestrel/sizes/0": "current",
        "kestrel/sizes/1": "replaced",
        "kestrel/sizes/2": "retracted",
    }
    assert catalog.device("kestrel").source["my-overlay:new"].replaces == "my-overlay:ifu"


def facts_of(catalog: Catalog, section: str) -> list[Table]:
    return [fact for fact in show_device(catalog, "kestrel")["facts"] if fact["section"] == section]


def test_what_no_source_says_has_its_layer_too(base: Path, over: Path) -> None:
    ours = '{ value = "Acme", basis = "not-from-a-source", note = "as we call it" }'
    write(over, HEAD + f"[identity]\nmanufacturer = {ours}\n")
    (fact,) = (fact for fact in facts_of(load_catalog(base, over), "identity") if fact["key"] == "manufacturer")
    assert [(said["source"], said["layer"]) for said in fact["statements"]] == [
        ("ifu", "base"),
        (None, "my-overlay"),
    ]


def test_an_overlay_may_name_the_models_of_the_device_and_repeat_them(base: Path, over: Path) -> None:
    of_rx = PAIR + 'model = "rx"\n'
    write(over, HEAD + IFU + of_rx)
    assert load_catalog(base, over).device("kestrel").sizes[1].model == ("rx",)
    write(over, HEAD + '[model.rx]\nname = "KESTREL Rx"\n' + IFU + of_rx)
    assert list(load_catalog(base, over).device("kestrel").model) == ["rx", "otw"]


def test_an_overlay_brings_devices_of_its_own(base: Path, over: Path) -> None:
    write(over, BASE, "devices/osprey.toml")
    catalog = load_catalog(base, over)
    assert list(catalog.devices) == ["kestrel", "osprey"]
    held = show_device(catalog, "osprey")
    assert {said["layer"] for fact in held["facts"] for said in fact["statements"]} == {"my-overlay"}
    assert set(held["sources"]) == {"ifu"}
    assert list_devices(catalog)["layers"] == ["base", "my-overlay"]


def test_the_day_of_review_is_the_earliest(base: Path, over: Path) -> None:
    write(over, OVER.replace("2026-11-20", "2026-11-19"))
    assert load_catalog(base, over).device("kestrel").reviewed.isoformat() == "2026-11-19"


# ── Names and digest ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_names_of_layers() -> None:
    here = Path("/srv")
    folders = [BUNDLED, here / "My Catalog", here / "x" / "my-catalog", here / "bundled", Path("/"), here / "x"]
    assert layer_names(folders, BUNDLED) == ("bundled", "my-catalog", "my-catalog-2", "bundled-2", "layer", "x")
    assert layer_names([here], BUNDLED) == layer_names([BUNDLED], BUNDLED) == ("",)


def test_the_digest_holds_the_names_and_the_order_of_layers_and_every_file(base: Path, over: Path) -> None:
    write(base, BASE, "devices/a.toml")
    write(over, BASE, "devices/a.toml")
    write(over, BASE)
    digests = [load_catalog(*folders).digest for folders in ([base], [over], [base, over], [over, base])]
    assert len(set(digests)) == 4 - 1 + (base.name != over.name) - 1  # alone, the two say the same
    assert digests[0] == digests[1]
    assert digests[2] != digests[3]
    other = over.rename(over.parent / "other")
    assert load_catalog(base, other).digest not in digests
    assert load_catalog(base, other).digest == digest(load([base, other]).raw)


# ── What is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEAD + '[identity]\nbed = ["coronary", "intracranial"]\n',
            (
                "my overlay/devices/kestrel.toml:4: identity.bed[1]: an earlier catalogue has this device for coronary; "
                "a vessel bed is part of what it is, and a later catalogue adds none."
            ),
        ),
        (
            HEAD + '[model.xl]\nname = "KESTREL XL"\n',
            (
                "my overlay/devices/kestrel.toml:3: model.xl: an earlier catalogue has this device without a model 'xl' "
                "(declared are rx, otw); give the model a device file of its own."
            ),
        ),
        (
            HEAD + '[model.rx]\nname = "KESTREL XL"\n',
            (
                "my overlay/devices/kestrel.toml:4: model.rx.name: an earlier catalogue calls this model 'KESTREL Rx'; "
                "write the same name, or leave the model out."
            ),
        ),
        (
            OVER.replace('"ifu"\nloc', '"ift"\nloc'),
            (
                "my overlay/devices/kestrel.toml:10: sizes[0].source: unknown source 'ift'; declared are ifu; did you mean "
                "'ifu'?"
            ),
        ),
        (
            HEAD + 'layer = "base"\n[layers]\n',
            (
                "my overlay/devices/kestrel.toml:3: layer: unknown key 'layer'; the catalogue that a file lies in is its "
                "layer."
            ),
        ),
        (
            DAY,
            "my overlay/devices/kestrel.toml: no 'schema'; it is needed here, for example schema = 1.",
        ),
        (
            HEAD + "identity = 3\nmodel = 4\n",
            "my overlay/devices/kestrel.toml:3: identity: found 3; expected a table.",
        ),
    ],
)
def test_a_fault_in_a_layer_names_its_file_and_line(text: str, expected: str, base: Path, over: Path) -> None:
    write(over, text)
    assert expected in told(base, over)


def test_a_device_without_models_gets_none(base: Path, over: Path) -> None:
    write(base, BASE.split("[model.rx]")[0] + IFU)
    write(over, HEAD + '[model.rx]\nname = "KESTREL Rx"\n')
    (problem,) = told(base, over)
    assert "without a model 'rx' (none is declared)" in problem


def test_a_fault_under_an_overlay_is_told_once_and_makes_no_false_ones(base: Path, over: Path) -> None:
    write(base, BASE.replace("18", "1,8"))
    write(over, OVER + 'model = "rx"\n')
    (problem,) = told(base, over)
    assert problem.startswith("base/devices/kestrel.toml:")
    write(base, "schema = 1\nidentity = 3\nmodel = 4\n")
    assert not any("my overlay" in problem for problem in told(base, over) if "unknown model" not in problem)
    write(base, BASE)
    write(over, OVER + "[[sizes]]\n")
    problems = told(base, over)
    assert {problem.split(": ")[0] for problem in problems} == {"my overlay/devices/kestrel.toml:14"}
    assert all("sizes[1]: " in problem for problem in problems)


def test_a_partial_identity_alone_is_refused(over: Path) -> None:
    assert "my overlay/devices/kestrel.toml: no 'identity'; it is needed here, for example [identity]." in told(over)


def test_an_id_is_retired_for_its_catalogue_and_those_over_it(base: Path, over: Path) -> None:
    retired = 'schema = 1\n[[retired]]\nslug = "osprey"\ndate = 2026-01-31\nreason = "merged"\n'
    write(base, retired, "retired.toml")
    write(over, BASE, "devices/osprey.toml")
    (problem,) = told(base, over)
    assert problem.startswith("my overlay/devices/osprey.toml: the id 'osprey' was retired on 2026-01-31 (")
    (base / "retired.toml").rename(over / "retired.toml")
    (over / "devices" / "osprey.toml").rename(base / "devices" / "osprey.toml")
    assert "osprey" in load_catalog(base, over).devices


# ── Rules and regions ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_rules_of_all_layers_are_known_and_no_later_one_changes_an_earlier_one(base: Path, over: Path) -> None:
    lab = RULE.replace("schema", 'citation = "our laboratory, 2026"\nschema', 1).replace('"library"', '"protocol"')
    other = lab.replace('= "1.1"', '= "1.2"')
    write(over, lab, "rules/our-lab.toml")
    write(over, RULE, "rules/within-10-percent.toml")
    assert {"our-lab", "within-10-percent"} <= set(load_catalog(base, over).rules)
    sentence = "stands in an earlier catalogue too and says something else there; give it a file name of its own."
    expected = [f"my overlay/rules/our-lab.toml: the rule 'our-lab' {sentence}"]
    write(base, other, "rules/our-lab.toml")
    assert told(base, over) == expected
    write(over, other, "rules/our-lab.toml")
    write(over, other, "rules/within-10-percent.toml")
    expected = [f"my overlay/rules/within-10-percent.toml: the rule 'within-10-percent' {sentence}"]
    assert told(base, over) == expected
    write(base, other, "rules/within-10-percent.toml")
    window = load_catalog(base, over).rule().window
    assert window is not None
    assert str(window.upper) != "1.1"
    with pytest.raises(CatalogError, match=r"rules/within-10-percent\.toml: the rule 'within-10-percent' stands in an"):
        load_catalog(base, BUNDLED)


REGIONS = """schema = 1
reviewed = 2026-11-18
[code]
ZZ = "ZZZ Elsewhere"
[alias]
Yonder = "ZZ"
[[relation]]
kind = "member-of"
from = ["ZZ"]
to = "EU"
source = "treaty"
locator = "Article 1"
[source.treaty]
kind = "legislation"
title = "Treaty"
publisher = "Elsewhere"
url = "https://example.org/treaty"
retrieved = 2026-11-18
"""


def test_regions_of_a_later_layer_are_added(base: Path, over: Path) -> None:
    write(over, REGIONS, "regions.toml")
    regions = load_catalog(base, over).regions
    assert regions.member_of("ZZ") == {"EU"}
    assert regions.name("TR") == "Türkiye"
    assert "EU" in regions.member_of("DE")
    assert "did you mean 'ZZ' (Elsewhere)?" in regions.explain("yonder")
    assert regions.related("ZZ", "member-of")[0].source == "my-overlay:treaty"
    assert "my-overlay:treaty" in regions.source
    assert regions.reviewed.isoformat() == "2026-11-18"
    catalog = load_catalog(base, BUNDLED, over)
    assert catalog.layers == ("base", "bundled", "my-overlay")
    assert len(catalog.regions.relation) == len(regions.relation)


def test_the_first_catalogue_may_have_regions_of_its_own(base: Path, over: Path) -> None:
    write(base, REGIONS.replace('"EU"', '"ZZ"'), "regions.toml")
    assert list(load_catalog(base, over).regions.code) == ["ZZ"]
    assert set(load_catalog(base, BUNDLED).regions.code) > {"ZZ", "TR"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "[code]\n",
            '[code]\nTR = "TUR Turkey"\n',
            (
                "regions.toml:4: code.TR: 'TR' stands for 'TUR Türkiye' in an earlier catalogue; a later catalogue adds "
                "regions and changes none."
            ),
        ),
        ('to = "EU"', 'to = "EV"', "regions.toml:10: relation[0].to: unknown region code 'EV'; declared are AD, AE, "),
        ('kind = "member-of"', 'kind = "cousin"', "regions.toml:8: relation[0].kind: found 'cousin'; expected "),
        ("[code]\n", "[code]\nYY = 3\n", "regions.toml:4: code.YY: found 3; expected text in double quotes"),
        ('[code]\nZZ = "ZZZ Elsewhere"\n', "code = 3\n", "regions.toml:3: code: found 3; expected a table."),
        ("[code]", "[code", "regions.toml:3: "),
    ],
)
def test_a_fault_in_the_regions_of_a_layer_is_told(old: str, new: str, expected: str, base: Path, over: Path) -> None:
    write(over, REGIONS.replace(old, new, 1), "regions.toml")
    assert any(problem.startswith(f"my overlay/{expected}") for problem in told(base, over))


def test_regions_over_broken_ones_make_no_false_problems(base: Path, over: Path) -> None:
    write(over, REGIONS, "regions.toml")
    write(base, REGIONS.replace("[code]", "[code"), "regions.toml")
    assert all(problem.startswith("base/regions.toml") for problem in told(base, over))
    (over / "regions.toml").unlink()
    (over / "regions.toml").mkdir()
    write(base, REGIONS.replace('"EU"', '"ZZ"'), "regions.toml")
    (problem,) = told(base, over)
    assert problem.startswith("my overlay/regions.toml: this is no file")


# ── Lint ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_layer_is_linted_by_itself_with_its_own_lines(base: Path, over: Path) -> None:
    assert lint([base, over]).found == ()
    unused = IFU.replace("[source.ifu]", "[source.unused]")
    write(over, OVER + unused)
    (finding,) = lint([base, over]).found
    assert (Path(finding.problem.path).parts[-3], finding.problem.line) == ("my overlay", 14)
    assert lint([base, over]).devices == 1


# ── The command line ──────────────────────────────────────────────────────────────────────────────────────────────────

Run = Callable[..., str]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command that answers, and give what it prints."""

    def printed(*arguments: object) -> str:
        code = cli.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert code == 0, err
        return out

    return printed


def test_catalogues_are_named_on_the_command_line_or_in_the_environment(
    base: Path, over: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = ("--catalog", base, "--catalog", over)
    find = ("find", "2.75 mm", "--lesion", "18 mm", "--json")
    told = run(*find, *named)
    assert json.loads(told)["counts"]["fits"] == 1
    assert json.loads(run(*find, "--catalog", base))["counts"]["fits"] == 0
    monkeypatch.setenv("DEVICECAT_CATALOG", f"{base}:{over}:")
    assert run(*find) == told
    shown = run("show", "kestrel")
    assert "pairs_mm 2.75 x 18" in shown
    assert "my-overlay:ifu, carton (my-overlay)" in " ".join(shown.split())
    assert "ifu, Table 1 (base)" in " ".join(shown.split())
    assert json.loads(run("list", "--json"))["layers"] == ["base", "my-overlay"]
    assert json.loads(run("show", "kestrel", "--json"))["layers"] == ["base", "my-overlay"]
    run("lint")


def test_the_bundled_catalogue_has_a_name_and_lies_under_what_registry_wrote(over: Path, run: Run) -> None:
    (over / "devices" / "kestrel.toml").unlink()
    write(over, OVER.replace("2.75 x 18", "2.75 x 20"), "devices/invamed-extender.toml")
    find = ("find", "2.75 mm", "--json", "--catalog")
    first = json.loads(run(*find, "bundled", "--catalog", over))
    assert first["catalog"]["layers"] == ["bundled", "my-overlay"]
    assert [group["device"] for group in first["fits"] if "extender" in group["device"]] == ["invamed-extender"]
    assert cli.run(["list", "--catalog", str(over)]) == 2
    (over / "overlay.json").write_text("{}", encoding="utf-8")
    assert json.loads(run(*find, over)) == first
    assert "layers" not in json.loads(run(*find, "bundled"))["catalog"]


def test_scans_and_pages_say_which_layer_says_it(base: Path, over: Path, tmp_path: Path) -> None:
    number = '[[identifier]]\nscheme = "udi-di"\nvalue = "08717648200274"\nsource = "ifu"\nlocator = "carton"\n'
    write(over, OVER + number)
    catalog = load_catalog(base, over)
    (match,) = find_device(catalog, parse_udi("08717648200274"))
    assert (match.layer, match.as_dict()["layer"]) == ("my-overlay", "my-overlay")
    export_html(catalog, tmp_path / "pages")
    page = next(path for path in (tmp_path / "pages").rglob("*kestrel*.html")).read_text(encoding="utf-8")
    assert "in the catalogue my-overlay" in page
    assert "in the catalogue base" in page
    alone = load_catalog(write(tmp_path / "alone", BASE + number))
    (match,) = find_device(alone, parse_udi("08717648200274"))
    assert "layer" not in match.as_dict()
    export_html(alone, tmp_path / "alone-pages")
    page = next(path for path in (tmp_path / "alone-pages").rglob("*kestrel*.html")).read_text(encoding="utf-8")
    assert "in the catalogue" not in page


def number_of(value: str, source: str = "ifu", **more: str) -> str:
    keys = {"scheme": "udi-di", "value": value, "source": source, "locator": "carton"} | more
    return "[[identifier]]\n" + "".join(f'{key} = "{text}"\n' for key, text in keys.items())


def test_a_number_that_two_layers_hold_is_told_once(base: Path, over: Path) -> None:
    gtin, other = "08717648200274", "08714729158608"
    under = number_of(gtin, size="2.25 x 8") + number_of(other, size="2.25 x 8", level="unit")
    write(base, BASE + under)
    write(over, OVER + number_of(gtin, size="2.250 x 8.0", level="unit") + number_of(other))
    catalog = load_catalog(base, over)
    (fuller,) = find_device(catalog, parse_udi(gtin))
    assert (fuller.size, fuller.level, fuller.layer) == ("2.250 x 8.0", "unit", "my-overlay")
    assert (fuller.statement, fuller.also) == ("kestrel/identifier/2", ("kestrel/identifier/0",))
    assert fuller.as_dict()["also"] == ["kestrel/identifier/0"]
    (same,) = find_device(catalog, parse_udi(other))
    assert (same.size, same.statement) == ("2.25 x 8", "kestrel/identifier/1")
    assert same.also == ("kestrel/identifier/3",)


def test_what_two_layers_say_differently_of_a_number_stands_side_by_side(base: Path, over: Path) -> None:
    gtin = "08717648200274"
    write(base, BASE + number_of(gtin, size="2.25 x 8") + number_of(gtin, level="unit"))
    write(over, OVER + number_of(gtin, size="2.5 x 8") + number_of(gtin, size="2.25 x 8", level="package"))
    catalog = load_catalog(base, over)
    told = [(m.size, m.level, m.also) for m in find_device(catalog, parse_udi(gtin))]
    assert told == [
        (None, "unit", ()),
        ("2.5 x 8", None, ()),
        ("2.25 x 8", "package", ("kestrel/identifier/0",)),
    ]


def test_what_says_more_than_two_others_names_both(base: Path, over: Path) -> None:
    gtin = "08717648200274"
    write(base, BASE + number_of(gtin, size="2.25 x 8") + number_of(gtin, level="unit"))
    write(over, OVER + number_of(gtin, size="2.25 x 8", level="unit", region="US"))
    (match,) = find_device(load_catalog(base, over), parse_udi(gtin))
    assert (match.region, match.also) == ("US", ("kestrel/identifier/0", "kestrel/identifier/1"))


def test_one_layer_is_shown_without_its_name(run: Run) -> None:
    shown = run("show", "acme-kestrel", "--catalog", TOY)
    assert "()" not in shown
    assert f"({TOY.name})" not in shown
