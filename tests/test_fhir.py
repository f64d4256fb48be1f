"""The catalogue as a FHIR R5 Bundle: valid, complete, exact, and with its caveats."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from fhir.resources.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from devicecat import INTENDED_PURPOSE, Catalog, QueryError, load_catalog
from devicecat.caveats import ALWAYS
from devicecat.interop.fhir import to_bundle, write_fhir
from devicecat.interop.fhir_words import ABSENT, UCUM, UCUM_CODES, safe_id
from devicecat.interop.size_rows import size_rows
from devicecat.loader import BUNDLED
from devicecat.units import FACTORS
from strategies import catalogs, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOY = Path(__file__).parent / "toy"
Json = dict[str, Any]


@cache
def bundled() -> Catalog:
    return load_catalog()


@cache
def toy() -> Catalog:
    return load_catalog(TOY)


def text_of(catalog: Catalog, region: str | None = None) -> str:
    file = io.BytesIO()
    write_fhir(to_bundle(catalog, region), file)
    return file.getvalue().decode()


@cache
def read(which: Callable[[], Catalog], region: str | None = None) -> Json:
    """The Bundle as a program reads it: numbers with their digits."""
    bundle: Json = json.loads(text_of(which(), region), parse_float=Decimal, parse_int=Decimal)
    return bundle


def resources(bundle: Json) -> Iterator[Json]:
    yield from (entry["resource"] for entry in bundle["entry"])


def find(bundle: Json, resource_id: str) -> Json:
    return next(r for r in resources(bundle) if r["id"] == resource_id)


def property_of(resource: Json, code: str) -> Json:
    found: list[Json] = [p for p in resource["property"] if p["type"]["coding"][0]["code"] == code]
    assert len(found) == 1
    return found[0]


def extensions(element: Json, name: str) -> list[str]:
    wanted = (name, f"urn:devicecat:{name}")
    return [next(v for k, v in e.items() if k != "url") for e in element.get("extension", ()) if e["url"] in wanted]


def absent(element: Json) -> str | None:
    found = extensions(element, ABSENT)
    return found[0] if found else None


def load_text(folder: str | Path, text: str, slug: str = "acme") -> Catalog:
    held = Path(folder) / "devices"
    held.mkdir(exist_ok=True)
    (held / f"{slug}.toml").write_text(f"schema = 1\nreviewed = 2026-11-20\n{text}", encoding="utf-8")
    return load_catalog(folder)


class TestEntries:
    @pytest.mark.parametrize(("which", "region"), [(bundled, "TR"), (toy, None)])
    def test_the_bundle_is_valid_r5(self, which: Callable[[], Catalog], region: str | None) -> None:
        bundle = json.loads(text_of(which(), region), parse_float=Decimal)
        assert Bundle.model_validate(bundle).type == "collection"
        assert {resource["resourceType"] for resource in resources(bundle)} == {"DeviceDefinition"}

    @pytest.mark.parametrize("region", [None, "US", "DE"])
    @pytest.mark.parametrize(("which", "folder"), [(bundled, BUNDLED), (toy, TOY)])
    def test_there_is_one_a_family_and_one_a_size_that_is_stated(
        self, which: Callable[[], Catalog], folder: Path, region: str | None
    ) -> None:
        slugs = {path.stem for path in (folder / "devices").glob("*.toml")}
        stated = [r for r in size_rows(which(), region) if r.exists.code == "exists-stated"]
        families = [r for r in resources(read(which, region)) if "link" not in r]
        sizes = [r for r in resources(read(which, region)) if "link" in r]
        assert {r["id"] for r in families} == slugs
        assert (len(families), len(sizes)) == (len(slugs), len(stated))

    def test_those_of_the_bundled_catalogue_are_the_thirteen_that_its_statistics_count(self) -> None:
        from devicecat.stats import stats

        assert sum("link" in r for r in resources(read(bundled))) == stats(bundled())["sizes"]["YES"]

    def test_ids_and_addresses_are_unique_and_every_size_leads_to_its_family(self) -> None:
        entries = read(toy)["entry"]
        urls = {entry["fullUrl"]: entry["resource"] for entry in entries}
        assert len(urls) == len(entries) == len({r["id"] for r in urls.values()})
        for resource in urls.values():
            assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", resource["id"])
            for link in resource.get("link", ()):
                family = urls[link["relatedDevice"]["reference"]["reference"]]
                assert resource["id"].startswith(f"{family['id']}.")

    def test_extender_and_atlas_have_one_entry_each_and_no_size(self) -> None:
        for region in (None, "TR"):
            bundle = read(bundled, region)
            ours = [r for r in resources(bundle) if r["id"].startswith("invamed-")]
            assert sorted(r["id"] for r in ours) == ["invamed-atlas", "invamed-extender"]
            for resource in ours:
                for code in ("nominal-diameter", "nominal-length"):
                    value = property_of(resource, code)["valueQuantity"]
                    assert "value" not in value
                    assert absent(value) == ("as-text" if resource["id"] == "invamed-extender" else "unknown")
            extender = find(bundle, "invamed-extender")
            value = property_of(extender, "nominal-diameter")["valueQuantity"]
            assert extensions(value, "reason") == [
                "Ranges, lists or single sizes are given; the diameter steps and the pairs are not stated."
            ]
            assert extensions(value, "as-printed") == [
                "the maker gives diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm"
            ]

    def test_nothing_of_a_stock_file_leaves(self) -> None:
        assert "3.0 × 15" not in text_of(toy())
        assert "stock" not in text_of(toy()).replace("stock-planning", "")

    def test_a_region_that_is_none_is_refused(self) -> None:
        with pytest.raises(QueryError, match="no region code"):
            to_bundle(toy(), "Turkey")


class TestValues:
    def test_every_size_comes_back_as_it_is_printed(self) -> None:
        for which in (bundled, toy):
            stated = [r for r in size_rows(which(), None) if r.exists.code == "exists-stated"]
            entries = {r["identifier"][0]["value"]: r for r in resources(read(which)) if "link" in r}
            back = set()
            diameters: tuple[Json, ...]
            for resource in entries.values():
                codes = {p["type"]["coding"][0]["code"]: p for p in resource["property"]}
                if "vessel-group" in codes:
                    ends = codes["vessel-group"]["valueRange"]
                    diameters = (ends["low"], ends["high"])
                elif "nominal-proximal-diameter" in codes:
                    names = ("nominal-proximal-diameter", "nominal-distal-diameter")
                    diameters = tuple(codes[name]["valueQuantity"] for name in names)
                else:
                    diameters = (codes["nominal-diameter"]["valueQuantity"],)
                length = codes["nominal-length"]["valueQuantity"] if "nominal-length" in codes else None
                for quantity in (*diameters, *([length] if length else [])):
                    assert (quantity["code"], quantity["system"]) == ("mm", UCUM)
                device = next(iter(resource["identifier"]))["value"].split(".")[0]
                texts_of = tuple(str(q["value"]) for q in diameters)
                back.add((device, texts_of, str(length["value"]) if length else None))
            sizes = ((r.holding.device.slug, r.row.size) for r in stated)
            assert back == {(slug, s.diameter_texts, s.length_text) for slug, s in sizes if s is not None}

    @pytest.mark.parametrize("region", [None, "US"])
    def test_every_quantity_is_what_one_of_its_statements_prints(self, region: str | None) -> None:
        files = {
            path.stem: tomli.loads(path.read_text(encoding="utf-8")) for path in (BUNDLED / "devices").glob("*.toml")
        }
        written_as = {
            "um": "µm",
            "[in_i]": '(?:in|inch|")',
            "[Ch]": "(?:Fr|F)",
            "ug/mm2": "µg/mm²",
            "ug/cm2": "µg/cm²",
            "ug": "µg",
        }
        seen = 0
        for resource in resources(read(bundled, region)):
            for held in resource["property"]:
                ids = extensions(held, "statement")
                quantities = [held.get("valueQuantity", {}), *held.get("valueRange", {}).values()]
                for quantity in (q for q in quantities if "value" in q and ids):
                    printed: list[str] = []
                    for statement in ids:
                        node: Any = files
                        for step in statement.split("/"):
                            node = (
                                (node if isinstance(node, list) else [node])[int(step)]
                                if step.isdigit()
                                else node[step]
                            )
                        printed += node["value"] if isinstance(node.get("value"), list) else [node.get("value", "")]
                    unit = written_as.get(quantity["code"], quantity["code"])
                    digits = re.escape(str(quantity["value"]))
                    # In a range the unit may stand once, after the second end.
                    assert any(
                        re.search(rf"(?<![0-9.]){digits}(?:\s*{unit}|\s*[–-]|.*{unit})", text) for text in printed
                    )
                    seen += 1
        assert seen > 10

    def test_numbers_are_written_with_their_digits(self) -> None:
        text = text_of(toy())
        assert re.search(r'"value": 2\.50,\n\s+"unit": "mm"', text)
        assert "Decimal" not in text

    def test_what_is_absent_says_why_and_nothing_is_both(self) -> None:
        reasons = set()
        for resource in resources(read(bundled, "TR")):
            for held in resource["property"]:
                (value,) = (v for k, v in held.items() if k.startswith("value"))
                has_value = bool(set(value) & {"value", "text", "low", "high"})
                assert has_value == (absent(value) is None)
                if not has_value:
                    reasons.add(absent(value))
                state = extensions(held, "state")
                assert not state or has_value <= (state[0] in ("stated", "range", "other unit"))
        assert {"asked-unknown", "not-asked", "unknown", "as-text"} == reasons

    def test_every_unit_of_the_catalogue_has_its_ucum_code(self) -> None:
        assert set(UCUM_CODES) == {unit for units in FACTORS.values() for unit in units}


FACTS = """
[identity]
name = [
  { value = "KITE <b>", source = "ifu", locator = "1" },
]
manufacturer = { value = "Acme", basis = "not-from-a-source", note = "a guess" }
kind = [
  { value = "drug-eluting-stent", source = "ifu", locator = "1" },
  { value = "drug-coated-balloon", source = "ifu", locator = "2", model = "b" },
]
bed = ["coronary"]
[model.a]
name = "KITE A"
[model.b]
name = "KITE B"
[source.ifu]
kind = "ifu"
title = "KITE instructions"
publisher = "Acme"
url = "https://example.org/kite"
retrieved = 2026-11-20
[source.script]
kind = "maker-page"
title = "A page"
publisher = "Acme"
address = "none"
note = "seen on paper"
retrieved = 2026-11-20
[source.review]
kind = "review"
title = "A review"
publisher = "Journal"
url = "https://example.org/review"
retrieved = 2026-11-20
[[sizes]]
source = "ifu"
locator = "2"
pairs_mm = ["2.50 x 8"]
whole = false
[[sizes]]
source = "ifu"
locator = "3"
model = "a"
pairs_mm = ["2.50 x 8", "3.50/3.00 x 18"]
whole = false
[[sizes]]
source = "ifu"
locator = "4"
model = "b"
singles_mm = ["1.25"]
whole = false
[platform]
strut_thickness = [
  { value = "81 µm", source = "ifu", locator = "4" },
  { value = "0.0032 in", source = "ifu", locator = "5" },
]
coating_thickness = { value = "3–4 µm", source = "ifu", locator = "4" }
material = { value = "cobalt-chromium", source = "ifu", locator = "4" }
coating = { value = "abluminal", source = "review", locator = "4" }
[drug]
name = { value = "everolimus", source = "ifu", locator = "4" }
dose_density = { value = "100 µg/cm²", source = "ifu", locator = "4" }
total_dose = { value = ["40 µg", "50 µg"], mapping = "not stated", source = "ifu", locator = "4" }
[balloon]
nominal_pressure = { value = "12 bar", source = "ifu", locator = "5" }
rated_burst_pressure = [
  { value = "16 atm", source = "ifu", locator = "5" },
  { value = "18 atm", source = "ifu", locator = "6" },
]
compliance_class = { value = "semi-compliant", source = "ifu", locator = "4" }
[delivery]
crossing_profile = { value = "less than 1 mm", source = "ifu", locator = "6" }
guide_catheter = { value = "1.42 mm inner", source = "ifu", locator = "6" }
guidewire = { value = "0.014 in", source = "ifu", locator = "6" }
shaft_length = { value = "1450 mm", source = "ifu", locator = "6" }
[label]
reference_vessel_diameter = { value = "2.25–4.25 mm", source = "ifu", locator = "7", region = "US" }
lesion_length = { value = "≤ 20 mm", source = "ifu", locator = "7", region = "US" }
indications = { value = "narrowed coronary arteries", source = "ifu", locator = "7", region = "US" }
contraindications = "not stated"
sizing_instruction = { value = "compare with the vessel", source = "ifu", locator = "7", region = "US" }
mri = { value = "MR conditional", source = "ifu", locator = "7", region = "US" }
storage = { value = "keep dry", source = "ifu", locator = "7", region = "US" }
shelf_life = { value = "24 months", source = "ifu", locator = "7", region = "US" }
[[status]]
region = "US"
regulatory = { value = "pma-approved", number = "P990001", source = "ifu", locator = "1", basis = "regulator-record" }
[[status]]
region = "JP"
regulatory = { value = "approved", number = "229", source = "ifu", locator = "1", basis = "regulator-record" }
[[recall]]
source = "ifu"
locator = "9"
model = "a"
date = "2025-02"
lots = "K1"
scope = "the hub"
[[recall]]
source = "ifu"
locator = "10"
model = "b"
scope = "the tip"
[[identifier]]
scheme = "udi-di"
value = "08717648200274"
size = "2.50 x 8 mm"
model = "a"
region = "US"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "udi-di"
value = "18717648200271"
size = "2.50 x 8 mm"
level = "package"
quantity = 5
model = "a"
region = "CA"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "udi-di"
value = "odd"
size = "2.50 x 8 mm"
level = "package"
model = "a"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "ref"
value = "K-250-08"
size = "2.50 x 8 mm"
model = "a"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "fda-product-code"
value = "NIQ"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "emdn"
value = "P0704020103"
source = "ifu"
locator = "10"
[[identifier]]
scheme = "basic-udi-di"
value = "08717648BASIC"
source = "ifu"
locator = "10"
"""


@pytest.fixture(scope="module")
def kite(tmp_path_factory: pytest.TempPathFactory) -> Json:
    catalog = load_text(tmp_path_factory.mktemp("kite"), FACTS, "kite")
    bundle: Json = json.loads(text_of(catalog, "US"), parse_float=Decimal)
    Bundle.model_validate(bundle)
    return bundle


class TestMapping:
    def test_each_size_of_each_model_has_its_entry(self, kite: Json) -> None:
        assert [r["id"] for r in resources(kite)] == [
            "kite", "kite.2.50x8", "kite.a.2.50x8", "kite.a.3.50-3.00x18", "kite.b.1.25",
        ]  # fmt: skip

    def test_quantities_stand_in_the_unit_they_are_printed_in(self, kite: Json) -> None:
        a = find(kite, "kite.a.2.50x8")
        got = {}
        for code in ("platform.strut_thickness", "drug.dose_density", "balloon.nominal_pressure", "delivery.guidewire",
                     "delivery.shaft_length"):  # fmt: skip
            quantity = property_of(a, code)["valueQuantity"]
            got[code] = (str(quantity["value"]), quantity["code"])
        assert got == {
            "platform.strut_thickness": ("81", "um"),
            "drug.dose_density": ("100", "ug/cm2"),
            "balloon.nominal_pressure": ("12", "bar"),
            "delivery.guidewire": ("0.014", "[in_i]"),
            "delivery.shaft_length": ("1450", "mm"),
        }

    def test_a_range_with_its_ends_is_a_range_and_one_without_stays_as_printed(self, kite: Json) -> None:
        a = find(kite, "kite.a.2.50x8")
        held = property_of(a, "label.reference_vessel_diameter")["valueRange"]
        assert [str(held[end]["value"]) for end in ("low", "high")] == ["2.25", "4.25"]
        assert list(property_of(a, "label.lesion_length")["valueRange"]) == ["high"]
        assert str(property_of(a, "platform.coating_thickness")["valueRange"]["low"]["value"]) == "3"
        open_ended = property_of(a, "delivery.crossing_profile")
        assert absent(open_ended["valueQuantity"]) == "as-text"
        assert extensions(open_ended, "as-printed") == ["less than 1 mm"]

    @pytest.mark.parametrize(
        ("code", "state", "reason"),
        [
            ("balloon.rated_burst_pressure", "disputed", "unknown"),
            ("drug.total_dose", "several values", "as-text"),
            ("delivery.guide_catheter", "other unit", "as-text"),
            ("limit.max_expansion", "not looked for", "not-asked"),
        ],
    )
    def test_what_has_no_one_value_is_absent_with_its_state(
        self, kite: Json, code: str, state: str, reason: str
    ) -> None:
        held = property_of(find(kite, "kite.a.2.50x8"), code)
        assert extensions(held, "state") == [state]
        assert absent(held["valueQuantity"]) == reason

    def test_numbers_that_name_a_size_stand_in_their_places(self, kite: Json) -> None:
        a, other = find(kite, "kite.a.2.50x8"), find(kite, "kite.b.1.25")
        assert a["udiDeviceIdentifier"] == [
            {
                "deviceIdentifier": "08717648200274",
                "issuer": "urn:oid:1.3.160",
                "jurisdiction": "urn:oid:2.16.840.1.113883.3.150",
            }
        ]
        assert a["partNumber"] == "K-250-08"
        assert absent(other["_partNumber"]) == "unknown"
        assert absent(other["udiDeviceIdentifier"][0]["_deviceIdentifier"]) == "unknown"
        # The package for Canada is none of the United States; the other one's number tells no agency.
        (package,) = a["packaging"]
        assert package["udiDeviceIdentifier"][0]["deviceIdentifier"] == "odd"
        assert absent(package["udiDeviceIdentifier"][0]["_issuer"]) == "unknown"

    def test_codes_of_public_nomenclatures_and_numbers_of_approvals_are_there(self, kite: Json) -> None:
        family = find(kite, "kite")
        codes = [(c["type"]["coding"][0]["system"], c["type"]["coding"][0]["code"]) for c in family["classification"]]
        assert codes == [
            ("urn:devicecat:kind", "drug-eluting-stent"),
            ("urn:devicecat:fda-product-code", "NIQ"),
            ("urn:oid:1.2.250.1.213.2.68", "P0704020103"),
        ]
        numbers = {
            (n["type"], n["deviceIdentifier"], n.get("issuer"), n.get("jurisdiction"))
            for n in family["regulatoryIdentifier"]
        }
        fda = "urn:oid:2.16.840.1.113883.3.150"
        assert numbers == {
            ("basic", "08717648BASIC", None, None),
            ("license", "P990001", fda, fda),
            ("license", "229", None, "urn:iso:std:iso:3166#JP"),
        }

    def test_a_kind_that_is_disputed_is_absent(self, kite: Json) -> None:
        held = find(kite, "kite.b.1.25")["classification"][0]["type"]
        assert absent(held) == "unknown"
        assert "sources disagree" in extensions(held, "as-printed")[0]

    def test_a_manufacturer_no_source_states_is_absent_with_what_is_held(self, kite: Json) -> None:
        manufacturer = find(kite, "kite")["manufacturer"]
        assert "display" not in manufacturer
        assert absent(manufacturer) == "unknown"
        assert extensions(manufacturer, "as-printed") == ["Acme"]

    def test_labels_materials_and_storage_are_mapped(self, kite: Json) -> None:
        a = find(kite, "kite.a.2.50x8")
        assert a["guideline"]["indication"] == [{"text": "narrowed coronary arteries"}]
        assert absent(a["guideline"]["contraindication"][0]) == "asked-unknown"
        assert a["guideline"]["usageInstruction"] == "compare with the vessel"
        assert a["safety"] == [{"text": "MR conditional"}]
        storage = a["shelfLifeStorage"]
        assert storage == [{"periodString": "24 months", "specialPrecautionsForStorage": [{"text": "keep dry"}]}]
        parts = {extensions(m, "part")[0]: m["substance"] for m in a["material"]}
        assert parts["drug"] == {"text": "everolimus"}
        assert parts["frame"] == {"text": "cobalt-chromium"}
        assert absent(parts["coating"]) == "unknown"  # a review says it, and decides nothing
        assert property_of(a, "balloon.compliance_class")["valueCodeableConcept"] == {"text": "semi-compliant"}

    def test_the_one_recall_of_a_model_is_a_corrective_action_and_of_two_the_notes_tell(self, kite: Json) -> None:
        a, b, family = (find(kite, i) for i in ("kite.a.2.50x8", "kite.b.1.25", "kite"))
        assert a["correctiveAction"] == {"recall": True, "scope": "lot-numbers", "period": {"start": "2025-02"}}
        assert absent(b["correctiveAction"]["period"]) == "asked-unknown"
        assert "correctiveAction" not in family
        recalls = [n["text"] for n in family["note"] if n["extension"][0]["valueCode"] == "recall-notice"]
        assert len(recalls) == 2

    def test_a_source_is_linked_only_where_a_browser_may_follow(self, kite: Json) -> None:
        artifacts = find(kite, "kite")["guideline"]["relatedArtifact"]
        assert [a.get("document") for a in artifacts] == [
            {"url": "https://example.org/kite"}, None, {"url": "https://example.org/review"},
        ]  # fmt: skip

    def test_an_id_that_is_too_long_or_odd_ends_in_a_digest_of_itself(self) -> None:
        assert safe_id("kite.2.50x8") == "kite.2.50x8"
        one, other = safe_id("k" * 70), safe_id("k" * 71)
        assert len(one) == len(other) == 64
        assert one != other
        assert safe_id("a b") != safe_id("a-b")


class TestCaveats:
    @pytest.mark.parametrize("region", [None, "TR"])
    def test_every_entry_carries_its_caveats_as_notes_and_in_its_narrative(self, region: str | None) -> None:
        for resource in resources(read(bundled, region)):
            codes = [note["extension"][0]["valueCode"] for note in resource["note"]]
            assert set(ALWAYS) <= set(codes)
            assert resource["note"][-1]["text"] == INTENDED_PURPOSE
            shown = "".join(ET.fromstring(resource["text"]["div"]).itertext())  # noqa: S314 - our own text
            for note in resource["note"][:-1]:
                assert note["text"] in shown
            place = "(TR)" if region else "no region was asked for"
            assert place in resource["note"][0]["text"]

    def test_hostile_text_is_escaped_in_the_narrative(self, tmp_path: Path) -> None:
        said = 'source = "page", locator = "1"'
        attack = json.dumps("<script>alert(1)</script>\u0001\n&")
        catalog = load_text(
            tmp_path,
            f"""
[identity]
name = {{ value = {attack}, {said} }}
manufacturer = {{ value = {attack}, {said} }}
kind = {{ value = "stent", {said} }}
bed = ["coronary"]
[source.page]
kind = "maker-page"
title = {attack}
publisher = {attack}
url = "https://example.org/<script>"
retrieved = 2026-11-20
[[caveat]]
text = {attack}
source = "page"
locator = "1"
""",
        )
        bundle = json.loads(text_of(catalog))
        Bundle.model_validate(bundle)
        (resource,) = resources(bundle)
        root = ET.fromstring(resource["text"]["div"])  # noqa: S314 - our own text
        assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"div", "p", "ul", "li"}
        assert resource["deviceName"][0]["name"] == json.loads(attack)
        assert "document" not in resource["guideline"]["relatedArtifact"][0]


class TestJson:
    Leaves = st.one_of(
        st.text(), st.booleans(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=4)
    )

    @given(st.recursive(Leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12))
    def test_what_is_written_is_what_is_read(self, node: object) -> None:
        file = io.BytesIO()
        write_fhir({"node": node}, file)
        back = json.loads(file.getvalue(), parse_float=Decimal)
        assert back == {"node": node}

    def test_the_same_catalogue_is_the_same_file(self) -> None:
        assert text_of(load_catalog(TOY), "TR") == text_of(toy(), "TR")

    @given(catalogs(), st.sampled_from([None, "US"]))
    def test_any_catalogue_gives_a_valid_bundle(self, drawn: dict[str, Json], region: str | None) -> None:
        with TemporaryDirectory() as folder:
            (Path(folder) / "devices").mkdir()
            for slug, text in texts(drawn).items():
                (Path(folder) / "devices" / f"{slug}.toml").write_text(text, encoding="utf-8")
            catalog = load_catalog(folder)
        bundle = json.loads(text_of(catalog, region), parse_float=Decimal)
        Bundle.model_validate(bundle)
        stated = [r for r in size_rows(catalog, region) if r.exists.code == "exists-stated"]
        assert len(bundle["entry"]) == len(drawn) + len(stated)
