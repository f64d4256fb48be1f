"""Invented catalogues and questions, drawn at random.

A device is drawn as the tables of its file (what `tomllib` would make of it) and written as TOML text: everything that
checks it starts from the text. Every file is valid. Numbers are few, so that statements meet, agree and contradict; the
numbers of the vessels lie on the places where an answer changes, or 1 µm beside.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

Table = dict[str, Any]

DIAMETERS = ("3.0", "2.5", "2.75", "3.5", "2.25", "2.0", "3.00")
RANGE_ENDS = ("3.0", "2.5", "2.75", "2.7", "3.3", "3.5", "2.0")
LENGTHS = ("15", "20", "10", "15.0")
LENGTH_ENDS = ("15", "20", "10", "18")
TAPERED = ("3.0/2.5", "3.5/3.0", "3.5/2.75", "3.0/3.0")
GROUPS = ("2.5–3.0", "3.0–3.5", "2.0–2.75")

MODELS = ("rx", "otw", "fx")
REGIONS = ("US", "EU", "DE", "US", "TR")
"""The regions that statements name."""
ASKED_REGIONS = ("US", None, "EU", "DE", "US", None, "TR", "NO")
"""DE is a member of the EU, NO has its rules, and TR recognises its certificates."""
BEDS = ("coronary", "coronary-vein-graft", "peripheral-artery")
KINDS = (
    "drug-eluting-stent",
    "stent",
    "balloon",
    "drug-coated-balloon",
    "non-compliant-balloon",
    "bare-metal-stent",
    "covered-stent",
    "atherectomy",
    "rotational-atherectomy",
)
REGULATORY = ("pma-approved", "withdrawn", "ce-certified-mdr", "expired", "ce-reported", "listed", "not-in-record")

SOURCE_KINDS = {
    "ifu": "ifu",
    "approval": "approval",
    "page": "maker-page",
    "shop": "distributor",
    "shelf": "stock-file",
    "news": "news",
    "trial": "trial-register",
    "blog": "maker-blog",
    "paper": "paper",
    "old": "ifu",
    "edition": "ifu",
    "false": "approval",
    "leaning": "ifu",
    "further": "maker-page",
}
"""Every device has all of these sources; which of them replace, are retracted or lean on another is drawn."""

RESERVED = {"order": "approval", "site": "maker-page", "dealer": "distributor", "press": "news"}
"""And these, in which nothing drawn stands: they are for what a test adds."""

SOURCE_BASES = {"blog": "maker", "paper": "review"}

OTHER_BASES = {
    "ifu": ("regulator-record", "bench", "news"),
    "approval": ("label", "trial"),
    "page": ("label", "competitor"),
    "shop": ("label", "news"),
    "blog": ("teaching",),
    "paper": ("in-vivo-study",),
}
"""What a statement may say of its basis, where it may differ from what its source fixes."""

OFTEN = ("ifu", "ifu", "page", "approval", "ifu", "shop", "page")
SOURCES = (*OFTEN, *SOURCE_KINDS)


# ── Devices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def seldom(strategy: SearchStrategy[Any], one_in: int = 4) -> SearchStrategy[Any]:
    """Draw None, and one time in so many what the strategy draws."""
    return st.integers(1, one_in).flatmap(lambda n: strategy if n == one_in else st.none())


def by_number(text: str) -> tuple[Any, ...]:
    """Tell a size or number by its numbers: 3.0 is 3.00, and 2.5–3.0 is not 2.5/3.0."""
    return tuple(part if part in "–/x" else Fraction(part) for part in re.findall(r"[\d.]+|[–/x]", text))


def different(texts: Sequence[str], most: int = 3) -> SearchStrategy[list[str]]:
    """Draw one text or a few, no number twice."""
    return st.lists(st.sampled_from(texts), min_size=1, max_size=most, unique_by=by_number)


def diameters() -> SearchStrategy[list[str]]:
    """Draw the diameters of a list, a grid or pairs: of one shape as a rule, mixed at times."""
    usual = st.sampled_from([DIAMETERS, DIAMETERS, DIAMETERS, TAPERED, GROUPS, (*DIAMETERS[:3], *TAPERED, *GROUPS)])
    return usual.flatmap(different)


UNITS = (("mm", Decimal(1)), ("mm", Decimal(1)), ("µm", Decimal(1000)), ("cm", Decimal("0.1")))


@st.composite
def printed_ranges(draw: DrawFn, ends: Sequence[str], *, units: bool = True) -> str:
    """Draw a range as sources print it, in one of the forms of docs/format.md."""
    low, high = sorted((draw(st.sampled_from(ends)), draw(st.sampled_from(ends))), key=Decimal)
    unit, factor = draw(st.sampled_from(UNITS if units else UNITS[:1]))
    low, high = (f"{(Decimal(end) * factor).normalize():f}" for end in (low, high))
    forms = [
        f"{low}–{high} {unit}",
        f"{low} {unit} to {high} {unit}",
        f"≥ {low} {unit} and ≤ {high} {unit}",
        f"up to {high} {unit}",
        f"at least {low} {unit}",
        f"less than {high} {unit}",
        f"more than {low} {unit}",
        f"≤ {high} {unit}",
        f"> {low} {unit}",
        f"{low} {unit}",
    ]
    if Decimal(low) < Decimal(high):
        forms += [
            f"> {low} {unit} and < {high} {unit}",
            f"≥ {low} {unit} and < {high} {unit}",
            f"< {low} {unit} or {high}–{high} {unit}",
            f"{low} {unit} or more than {high} {unit}",
        ]
    return draw(st.sampled_from(forms))


@st.composite
def said(draw: DrawFn, models: Sequence[str], *, region: bool = True) -> Table:
    """Draw what every statement has: a source, and now and then a model, a region, a basis of its own."""
    source = draw(st.sampled_from(SOURCES))
    table: Table = {"source": source, "locator": draw(st.sampled_from(["title", "Table 1-1", "§2"]))}
    if models:
        named = draw(seldom(st.lists(st.sampled_from(models), min_size=1, unique=True), 2))
        if named:
            table["model"] = named[0] if len(named) == 1 and draw(st.booleans()) else named
    if region and (of := draw(seldom(st.sampled_from(REGIONS), 3))):
        table["region"] = of
    if source in OTHER_BASES and (basis := draw(seldom(st.sampled_from(OTHER_BASES[source]), 6))):
        table["basis"] = basis
    return table


@st.composite
def grids(draw: DrawFn) -> str:
    """Draw a grid."""
    rows, columns = draw(diameters()), draw(different(LENGTHS))
    marks = st.sampled_from("xxx.?")
    lines = [" ".join([row, *(draw(marks) for _ in columns)]) for row in rows]
    return "\n".join([" ".join(["mm", *columns]), *lines, ""])


@st.composite
def pairs(draw: DrawFn) -> list[str]:
    """Draw a list of pairs."""
    crossed = [f"{diameter} x {length}" for diameter in draw(diameters()) for length in draw(different(LENGTHS, 2))]
    return draw(different(crossed))


@st.composite
def axes(draw: DrawFn) -> Table:
    """Draw lists and ranges: a diameter axis or none, a length axis or none."""
    table: Table = {}
    spans, lists = printed_ranges(RANGE_ENDS), different(DIAMETERS)
    shape = draw(st.sampled_from(["list", "range", "ends", "length only", "list", "range"]))
    if shape == "list":
        table["diameters_mm"] = draw(diameters())
    if shape == "range":
        table["diameter_range"] = draw(spans)
    if shape == "ends":
        for end in draw(st.sampled_from([("proximal", "distal"), ("proximal", "distal"), ("proximal",), ("distal",)])):
            if draw(st.booleans()):
                table[f"{end}_diameters_mm"] = draw(lists)
            else:
                table[f"{end}_diameter_range"] = draw(spans)
    length = draw(st.sampled_from(["list", "list", "range", "none"]))
    if length == "list" or (length == "none" and not table):
        table["lengths_mm"] = draw(different(LENGTHS))
    elif length == "range":
        table["length_range"] = draw(printed_ranges(LENGTH_ENDS))
    if pairing := draw(seldom(st.sampled_from(["not stated", "select"]))):
        table["pairs"] = pairing
    return table


@st.composite
def sizes_statements(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a ``[[sizes]]`` entry in one of its forms."""
    table: Table = draw(said(models))
    form = draw(st.sampled_from(["grid", "axes", "pairs", "axes", "single", "grid", "axes", "count"]))
    if form == "grid":
        table["grid"] = draw(grids())
    if form == "pairs":
        table["pairs_mm"] = draw(pairs())
    if form == "axes" or (form == "count" and draw(st.booleans())):
        table |= draw(axes())
    if form == "single":
        if draw(st.booleans()):
            table["singles_mm"] = draw(different(DIAMETERS))
        else:
            table["single_range"] = draw(printed_ranges(RANGE_ENDS))
    if form == "count":
        table["count"] = draw(st.integers(1, 99))
    listed = any(key == "grid" or key.endswith("_mm") for key in table)
    whole = draw(st.sampled_from([True, True, False]))
    if listed:
        table["whole"] = whole
    if not (listed and whole) and draw(seldom(st.just(value=True), 3)):
        table["complete"] = False
    return table


@st.composite
def kind_statements(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a statement of a kind."""
    kind = draw(st.sampled_from(KINDS))
    if draw(seldom(st.just(value=True), 10)):
        return {"value": kind, "basis": "not-from-a-source", "note": "grouping by brand name"}
    return {"value": kind} | draw(said(models))


USUAL_LABELS = {"reference_vessel_diameter": ["2.25–3.5 mm", "≥ 2.5 mm and ≤ 4.0 mm"], "lesion_length": ["≤ 18 mm"]}


@st.composite
def label_statements(draw: DrawFn, models: Sequence[str], key: str) -> Table:
    """Draw a labelled vessel range or lesion length."""
    spans = printed_ranges(RANGE_ENDS if key == "reference_vessel_diameter" else LENGTH_ENDS)
    table: Table = {"value": draw(st.one_of(spans, st.sampled_from(USUAL_LABELS[key])))} | draw(said(models))
    if draw(seldom(st.just(value=True), 8)):
        other = draw(spans.filter(lambda text: text != table["value"]))
        table |= {"value": [table["value"], other], "mapping": "not stated"}
    if "region" not in table and draw(st.booleans()):
        table["region"] = "US"
    if held_for := draw(seldom(printed_ranges(RANGE_ENDS, units=False), 3)):
        table["for"] = held_for
    if draw(seldom(st.just(value=True), 8)):
        table["sign"] = "lost"
    return table


USES = ("in-stent-restenosis", "de-novo")
GUIDES = (
    "6 Fr",
    "5 Fr",
    "7 Fr",
    "≥ 6 Fr",
    "5 Fr / 1.42 mm inner",
    "0.056 in inner",
    "1.42 mm inner",
    "6 Fr / 0.070 in inner",
)
GUIDES_ASKED = ("6 Fr", "5 Fr", "6 Fr / 0.071 in inner", "1.42 mm inner", "0.056 in inner", "1.4 mm inner")
EXPANSIONS = (
    "3.5 mm",
    "3.0 mm",
    "2.75 mm",
    "≤ 3.5 mm",
    "< 3.5 mm",
    "2.75–3.3 mm",
    "at least 3.0 mm",
    "2.7 mm or 3.3 mm",
)


@st.composite
def use_statements(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw an indication or a contraindication that names uses."""
    table: Table = {"value": draw(st.sampled_from(["narrowed arteries", "lesions in a stent"]))} | draw(said(models))
    if draw(st.integers(1, 4)) > 1:
        table["region"] = "US"
    if draw(st.integers(1, 5)) > 1:
        table["use"] = draw(st.lists(st.sampled_from(USES), min_size=1, max_size=2, unique=True))
    if held_for := draw(seldom(printed_ranges(RANGE_ENDS, units=False))):
        table["for"] = held_for
    return table


@st.composite
def of_two_values(draw: DrawFn, table: Table, values: SearchStrategy[str]) -> Table:
    """Now and then, give a statement a second value of which it is not stated what it is for."""
    table["value"] = draw(values)
    if draw(seldom(st.just(value=True), 8)) and (other := draw(values)) != table["value"]:
        table |= {"value": [table["value"], other], "mapping": "not stated"}
    if draw(seldom(st.just(value=True), 10)):
        table["sign"] = "lost"
    return table


@st.composite
def guide_statements(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a stated minimum guide."""
    table = draw(of_two_values(draw(said(models)), st.sampled_from(GUIDES)))
    if held_for := draw(seldom(printed_ranges(RANGE_ENDS, units=False), 3)):
        table["for"] = held_for
    if size := draw(seldom(st.sampled_from(["3.0 x 15", "2.5 x 20", "3.0"]), 6)):
        table["size"] = size
    return table


@st.composite
def limits(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a ``[[limit]]`` entry: a design group and its expansion limit."""
    statements = [
        draw(of_two_values(draw(said(models)), st.sampled_from(EXPANSIONS)))
        for _ in range(draw(st.sampled_from([1, 1, 2])))
    ]
    group = st.one_of(st.sampled_from(["2.0–3.5 mm", "≤ 4.0 mm"]), printed_ranges(RANGE_ENDS, units=False))
    table: Table = {"for": draw(group), "max_expansion": once(statements)}
    if models and (named := draw(seldom(st.sampled_from(models), 4))):
        table["model"] = named
    return table


def once(statements: list[Table]) -> list[Table]:
    """Leave out what stands twice: no file says one thing twice."""
    return [statement for place, statement in enumerate(statements) if statement not in statements[:place]]


@st.composite
def withdrawals(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a ``[[withdrawn]]`` entry."""
    return draw(said(models)) | {"date": draw(st.sampled_from(["2019", "2021-03"]))}


@st.composite
def statuses(draw: DrawFn, models: Sequence[str]) -> Table:
    """Draw a ``[[status]]`` entry."""
    regulatory = [
        {"value": draw(st.sampled_from(REGULATORY))} | draw(said(models, region=False))
        for _ in range(draw(st.sampled_from([1, 1, 2])))
    ]
    return {"region": draw(st.sampled_from(REGIONS)), "regulatory": once(regulatory)}


@st.composite
def sources(draw: DrawFn) -> Table:
    """Draw the sources of a device: the same ones always, some replaced, retracted or leaning."""
    table: Table = {}
    for number, (name, kind) in enumerate((SOURCE_KINDS | RESERVED).items()):
        table[name] = {
            "kind": kind,
            "title": f"Document {name}",
            "publisher": "Acme Vascular",
            "url": f"https://example.org/{name}",
            "retrieved": dt.date(2026, 11, 1 + number),
        }
        if name in SOURCE_BASES:
            table[name]["basis"] = SOURCE_BASES[name]
    if draw(st.integers(1, 3)) > 1:
        table["edition"]["replaces"] = "old"
    if draw(st.integers(1, 3)) > 1:
        table["false"]["retracted"] = draw(st.sampled_from(["yes", "2024-05", dt.date(2024, 5, 1)]))
    if draw(st.booleans()):
        table["leaning"]["rests_on"] = "false"
        table["further"]["rests_on"] = ["paper", "leaning"]
    if draw(seldom(st.just(value=True), 5)):
        table["false"]["replaces"] = "further"
    return table


@st.composite
def devices(draw: DrawFn, *, most_sizes: int = 5) -> Table:
    """Draw the tables of a device file."""
    models = MODELS[: draw(st.sampled_from([0, 0, 1, 2, 3]))]
    kinds = draw(seldom(st.lists(kind_statements(models), min_size=1, max_size=2), 2)) or []
    if not kinds or draw(st.booleans()):
        usual = st.sampled_from(["drug-eluting-stent", "drug-eluting-stent", "balloon", "non-compliant-balloon"])
        by = st.sampled_from(["ifu", "ifu", "page", "shop", "news"])
        kinds.insert(0, {"value": draw(usual), "source": draw(by), "locator": "title"})
    makers = st.sampled_from(["Acme Vascular", "acme devices", "Borealis", "Zephyr Medical"])
    names = st.sampled_from(["KESTREL", "Osprey", "heron"])
    device: Table = {
        "schema": 1,
        "reviewed": dt.date(2026, 11, 20),
        "identity": {
            "name": {"value": draw(names), "source": "ifu", "locator": "title"},
            "manufacturer": {"value": draw(makers), "source": "ifu", "locator": "title"},
            "kind": once(kinds),
            "bed": draw(seldom(st.sampled_from([list(BEDS[:2]), [BEDS[2]]]), 8)) or ["coronary"],
        },
        "model": {model: {"name": f"KESTREL {model}"} for model in models},
        "source": draw(sources()),
        "sizes": [],
        "label": {},
        "withdrawn": draw(seldom(st.lists(withdrawals(models), min_size=1, max_size=2), 12)) or [],
        "status": draw(seldom(st.lists(statuses(models), min_size=2, max_size=4), 3)) or [],
        "limit": draw(seldom(st.lists(limits(models), min_size=1, max_size=3), 3)) or [],
        "delivery": {},
    }
    if draw(seldom(st.just(value=True), 20)):
        device["identity"]["kind"] = "not stated"
    for key, one_in in (("reference_vessel_diameter", 3), ("lesion_length", 5)):
        if several := draw(seldom(st.sampled_from([1, 2, 2, 3]), one_in)):
            device["label"][key] = once([draw(label_statements(models, key)) for _ in range(several)])
    for key in ("indications", "contraindications"):
        if several := draw(seldom(st.lists(use_statements(models), min_size=1, max_size=2), 2)):
            device["label"][key] = once(several)
    if several := draw(seldom(st.lists(guide_statements(models), min_size=1, max_size=4), 2)):
        device["delivery"]["guide_catheter"] = once(several)
    for _ in range(draw(st.integers(0, most_sizes))):
        entry = draw(sizes_statements(models))
        if not clashes(device, entry):
            device["sizes"].append(entry)
    return device


def marked_sizes(entry: Table) -> Iterator[tuple[Any, ...]]:
    """Give whatever a ``[[sizes]]`` entry marks one by one, with who says it: nobody may say it twice."""
    models = entry.get("model", [])
    who = (entry["source"], frozenset([models] if isinstance(models, str) else models), entry.get("region"))
    lines = [line.split() for line in entry.get("grid", "").splitlines()]
    crossed = [f"{row[0]} x {length}" for row in lines[1:] for length in lines[0][1:]]
    for text in (*crossed, *entry.get("pairs_mm", [])):
        yield (*who, by_number(text))


def clashes(device: Table, entry: Table) -> bool:
    """Tell whether a source would say one thing of one size twice, which is no valid file."""
    said_before = {mark for held in device["sizes"] for mark in marked_sizes(held)}
    return any(mark in said_before for mark in marked_sizes(entry))


LEARNT = ("sizes", "kind", "label", "status", "withdrawn", "use", "guide", "limit")


@st.composite
def learnt(draw: DrawFn, device: Table) -> Table:
    """Draw the device with one statement more: of its sizes as a rule, or of its kind, label, status or withdrawal."""
    more = deepcopy(device)
    models = tuple(device["model"])
    what = draw(st.sampled_from(["sizes", "sizes", *LEARNT]))
    if what == "sizes":
        entry = draw(sizes_statements(models).filter(lambda entry: not clashes(device, entry)))
        more["sizes"].insert(draw(st.integers(0, len(more["sizes"]))), entry)
    if what == "kind":
        kinds = device["identity"]["kind"]
        more["identity"]["kind"] = once([*(kinds if isinstance(kinds, list) else []), draw(kind_statements(models))])
    if what == "label":
        key = draw(st.sampled_from(["reference_vessel_diameter", "lesion_length"]))
        more["label"][key] = once([*device["label"].get(key, []), draw(label_statements(models, key))])
    if what == "use":
        key = draw(st.sampled_from(["indications", "contraindications"]))
        more["label"][key] = once([*device["label"].get(key, []), draw(use_statements(models))])
    if what == "guide":
        held = device["delivery"].get("guide_catheter", [])
        more["delivery"]["guide_catheter"] = once([*held, draw(guide_statements(models))])
    if what == "limit":
        more["limit"].append(draw(limits(models)))
    if what == "status":
        more["status"].append(draw(statuses(models)))
    if what == "withdrawn":
        more["withdrawn"].append(draw(withdrawals(models)))
    return more


def catalogs(most_devices: int = 2, most_sizes: int = 4) -> SearchStrategy[dict[str, Table]]:
    """Draw a few devices, by slug."""
    slugs = st.sampled_from(["kestrel", "osprey", "heron", "a-1", "zz-9"])
    return st.dictionaries(slugs, devices(most_sizes=most_sizes), min_size=1, max_size=most_devices)


# ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def toml_value(value: object) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(inner) for inner in value) + "]"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def toml_lines(table: Table) -> Iterator[str]:
    """Write the keys of a table, a text of several lines as one."""
    for key, value in table.items():
        several = isinstance(value, str) and "\n" in value
        yield f'{key} = """\n{value}"""' if several else f"{key} = {toml_value(value)}"


def toml_text(device: Table) -> str:
    """Write a device file."""
    lines: list[str] = []
    tables = {name: held for name, held in device.items() if isinstance(held, dict | list)}
    lines += toml_lines({name: held for name, held in device.items() if name not in tables})
    for name, held in tables.items():
        if isinstance(held, list):
            for table in held:
                lines += [f"[[{name}]]", *toml_lines(table)]
        elif name in {"model", "source"}:
            for inner, table in held.items():
                lines += [f"[{name}.{inner}]", *toml_lines(table)]
        elif held:
            lines += [f"[{name}]", *toml_lines(held)]
    return "\n".join([*lines, ""])


def texts(catalog: dict[str, Table]) -> dict[str, str]:
    """Write every device file of a catalogue, by slug."""
    return {slug: toml_text(device) for slug, device in catalog.items()}


# ── Questions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

MICROMETRE = Decimal("0.001")
OPENED: Table = {"lower": Decimal("1.0"), "upper": Decimal("1.1"), "boundary": None, "lower_open": True}
ROUNDED: Table = {"lower": Decimal(1), "upper": Decimal(1), "boundary": None, "site": "distal"}
RULES: tuple[Table | None, ...] = (
    None,
    OPENED,
    {"kinds": ("drug-eluting-stent", "balloon"), "upper_open": True, "margin": Decimal(5), "length_kinds": ("stent",)},
    {
        "lower": Decimal(1),
        "upper": Decimal(1),
        "upper_offset": Decimal("0.25"),
        "boundary": "lumen",
        "modality": "oct",
        "needs": ("boundary", "modality"),
        "site": "distal",
        "beds": ("coronary",),
    },
    {"lower": None, "upper": Decimal(1), "modality": "oct", "boundary": None},
    {"boundary": "external-elastic-lamina", "needs": ("boundary",), "lower": Decimal("0.8"), "upper": Decimal(1)},
    ROUNDED | {"boundary": "external-elastic-lamina", "site": "smaller", "rounding": ("0.25", "round")},
    {"lower": Decimal(1), "upper": Decimal(1), "about": True, "boundary": None},
    {"lower": Decimal(1), "upper": Decimal(1), "lower_offset": Decimal("-0.5"), "site": "companion", "boundary": None},
    ROUNDED | {"rounding": ("0.25", "round"), "site": "smaller"},
    ROUNDED | {"rounding": ("0.25", "not stated")},
    ROUNDED | {"rounding": ("0.5", "down"), "site": "proximal"},
    ROUNDED | {"rounding": ("0.5", "up"), "site": "mean"},
    {"table": {"3.0": "2.5–3.3 mm", "2.5": "less than 2.75 mm or more than 3.3 mm"}, "boundary": None},
    {"table": {"3.00": "2.5–3.3 mm"}, "site": "maximal", "boundary": None, "devices": ("kestrel", "osprey")},
    OPENED | {"site": "mean", "beds": ("coronary", "peripheral-artery")},
)
"""The default, and rules of a caller's: what they leave out is as in the default."""


def break_points() -> list[Decimal]:
    """Give the reference diameters at which some answer may change, and those 1 µm beside them."""
    found = set()
    for number in {Decimal(text) for text in (*DIAMETERS, *RANGE_ENDS)}:
        for ratio in (Decimal("0.9"), Decimal("1.0"), Decimal("1.1")):
            # Where it has no finite decimal, the quotient lies between two neighbours, and both are tried.
            quotient = (number / ratio).quantize(MICROMETRE)
            for point in (number, number * ratio, quotient):
                found |= {point.normalize(), (point - MICROMETRE).normalize(), (point + MICROMETRE).normalize()}
    return sorted(found, key=lambda point: (abs(point - 3), point))


def on_or_beside(numbers: Iterable[str]) -> list[Decimal]:
    """Give numbers and those 1 µm beside them."""
    return sorted({Decimal(text) + step for text in numbers for step in (0, MICROMETRE, -MICROMETRE)})


REFERENCES = (Decimal(3), Decimal("2.5"), *break_points())
LESIONS = (Decimal(15), Decimal(10), *on_or_beside(LENGTH_ENDS), Decimal(1), Decimal(200))


@st.composite
def vessels(draw: DrawFn) -> Table:
    """Draw what is known of a vessel: numbers are Decimal, in mm; what is not known is left out."""
    usual = st.sampled_from(REFERENCES[:12])
    first, second = draw(st.one_of(usual, st.sampled_from(REFERENCES))), draw(seldom(st.sampled_from(REFERENCES), 4))
    vessel: Table = {"reference_diameter": first}
    if second is not None:
        vessel = {"proximal": max(first, second), "distal": min(first, second)}
    if draw(st.integers(1, 3)) > 1:
        vessel["lesion_length"] = draw(st.sampled_from(LESIONS))
    if bed := draw(seldom(st.sampled_from(BEDS), 15)):
        vessel["bed"] = bed
    if boundary := draw(seldom(st.sampled_from(["lumen", "external-elastic-lamina"]), 6)):
        vessel["boundary"] = boundary
    return vessel


@st.composite
def told_for(draw: DrawFn, rule: Table, vessel: Table) -> Table:
    """Draw what a vessel may tell beside its numbers: what the rule asks for as a rule, something else at times."""
    told: Table = {}
    if rule.get("modality") and draw(st.integers(1, 5)) > 1:
        told["modality"] = draw(st.sampled_from(["oct", "oct", "oct", "ivus"]))
    if rule.get("boundary") and draw(st.integers(1, 5)) > 1:
        told["boundary"] = rule["boundary"]
    if "reference_diameter" in vessel and rule.get("site") and draw(st.integers(1, 5)) > 1:
        usual = [rule["site"]] * 3 if rule["site"] not in {"smaller", "companion"} else ["distal"]
        told["site"] = draw(st.sampled_from([*usual, "interpolated"]))
    if draw(st.integers(1, 4)) == 1 and "boundary" not in told and vessel.get("boundary") in {None, "lumen"}:
        more = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5"), Decimal("0.001")])
        if "proximal" in vessel:
            told |= {f"eel_{end}": vessel[end] + draw(more) for end in ("proximal", "distal")}
        else:
            told["eel"] = vessel["reference_diameter"] + draw(more)
    if rule.get("site") == "companion" and draw(st.integers(1, 5)) > 1:
        told["companion"] = draw(st.sampled_from(REFERENCES[:12]))
    return told


@st.composite
def questions(draw: DrawFn) -> Table:
    """Draw a question as the oracle takes it."""
    question: Table = draw(vessels())
    if kind := draw(seldom(st.sampled_from(KINDS), 5)):
        question["kind"] = kind
    if region := draw(st.sampled_from(ASKED_REGIONS)):
        question["region"] = region
        if draw(seldom(st.just(value=True))):
            question["require_status"] = True
    if bases := draw(seldom(st.sampled_from([("label", "regulator-record"), ("maker",), ("label", "distributor")]), 6)):
        question["bases"] = bases
    often = 2 if question.get("region") == "US" else 6
    if "region" in question and (use := draw(seldom(st.sampled_from(USES), often))):
        question["use"] = use
    if guide := draw(seldom(st.sampled_from(GUIDES_ASKED))):
        question["guide"] = guide
    if rule := draw(st.sampled_from([None] * 9 + [*RULES])):
        question |= {"rule": rule} | draw(told_for(rule, question))
    return question
