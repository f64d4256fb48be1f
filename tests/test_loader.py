"""Loading is all or nothing: every problem of every file, and a digest of what the files say and of nothing else."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from devicecat import loader
from devicecat.content import Content
from devicecat.errors import CatalogError, Problem
from devicecat.lines import spell
from devicecat.loader import BUNDLED, MOST_FILES, digest, load
from devicecat.terms import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

OSPREY = """\
# a comment
schema   = 1
reviewed = 2026-11-20

[identity]
name         = { value = "OSPREY", source = "page", locator = "title" }
manufacturer = { value = "Acme Vascular", source = "page", locator = "title" }
kind         = { value = "drug-coated-balloon", source = "page", locator = "first sentence" }
bed          = ["coronary"]

[source.page]
kind      = "maker-page"
title     = "OSPREY, 2.0 µm"
publisher = "Acme Vascular"
url       = "https://example.org/osprey"
retrieved = 2026-11-20

[[sizes]]
source  = "page"
locator = "second sentence"
whole   = true
grid = '''
mm      8  12
2.25    x   .
'''

[platform]
strut_thickness = [
  { value = "81 µm", for = "≤ 4.00 mm", source = "page", locator = "1.0" },
  { value = "0.0032 in", source = "page", locator = "Table 3" },
]

[[status]]
region       = "TR"
availability = "not stated"
"""

RULE = """\
name     = "Our laboratory"
citation = "our protocol"
window   = { lower = "0.95", upper = "1.05" }
"""


def told_as(text: str) -> list[str]:
    """Problems as they stand below each other; a line that is indented goes on with the one above."""
    return re.sub(r"\n +", " ", dedent(text).strip()).split("\n")


class Shelf:
    """A catalogue that a test may write into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("devices/osprey.toml", OSPREY)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the catalogue, byte for byte."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return path

    def edit(self, *changes: tuple[str, str]) -> None:
        """Change the one device."""
        text = OSPREY
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self.write("devices/osprey.toml", text)

    def load(self) -> Content:
        """Load it."""
        return load([self.folder])

    def digest(self) -> str:
        """Digest of what it says."""
        return digest(self.load().raw)

    def told(self) -> list[str]:
        """What is told of it, with paths inside it."""
        with pytest.raises(CatalogError) as raised:
            self.load()
        problems = [p._replace(path=os.path.relpath(p.path, self.folder)) for p in raised.value.problems]
        return [str(problem) for problem in sorted(problems)]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "catalogue")


# ── What loads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_bundled_catalogue_loads_without_being_named() -> None:
    content = load([])
    assert (BUNDLED / "regions.toml").is_file()
    assert content == load([BUNDLED])
    assert list(content.devices) == sorted(path.stem for path in (BUNDLED / "devices").glob("*.toml"))
    assert all(device.slug == slug for slug, device in content.devices.items())
    assert content.rules["within-10-percent"].id == "within-10-percent"


def test_what_a_catalogue_lacks_is_taken_from_the_bundled_one(shelf: Shelf) -> None:
    content = shelf.load()
    assert list(content.devices) == ["osprey"]
    assert list(content.rules) == list(load([]).rules)
    assert content.regions.name("TR") == "Türkiye"


def test_a_catalogue_may_bring_rules_and_regions(shelf: Shelf) -> None:
    shelf.write("rules/our-lab.toml", RULE)
    regions = 'schema = 1\nreviewed = 2026-11-20\n[code]\nTR = "TUR Turkey"\n'
    shelf.write("regions.toml", regions)
    content = shelf.load()
    assert list(content.rules) == sorted(["our-lab", *load([]).rules])
    assert dict(content.regions.code) == {"TR": "TUR Turkey"}


def test_later_catalogues_add_to_earlier_ones(shelf: Shelf) -> None:
    content = load([BUNDLED, shelf.folder])
    assert {"osprey", "invamed-extender"} <= set(content.devices)
    assert list(content.devices) == sorted(content.devices)


def test_a_catalogue_that_is_named_twice_is_told(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(shelf.folder)
    for again in (shelf.folder, tmp_path / "link"):
        with pytest.raises(CatalogError) as raised:
            load([shelf.folder, again])
        sentence = "this catalogue is named twice; name each one once."
        assert raised.value.problems == (Problem(str(again), 0, "", sentence),)


@pytest.mark.parametrize("name", ["README.md", "LICENSE", ".osprey.toml.swp", ".DS_Store"])
def test_what_may_lie_beside_the_devices(name: str, shelf: Shelf) -> None:
    shelf.write(f"devices/{name}", b"\xff")
    assert list(shelf.load().devices) == ["osprey"]


@pytest.mark.parametrize("is_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(shelf: Shelf, is_on: bool) -> None:  # noqa: FBT001
    try:
        (gc.enable if is_on else gc.disable)()
        shelf.load()
        assert gc.isenabled() is is_on
        shutil.rmtree(shelf.folder)
        with pytest.raises(CatalogError):
            shelf.load()
        assert gc.isenabled() is is_on
    finally:
        gc.enable()


# ── Folders and files that cannot be read ─────────────────────────────────────────────────────────────────────────────

A_FOLDER = "a catalogue is a folder that holds devices/*.toml."


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as raised:
        load([tmp_path / "none"])
    assert str(raised.value) == f"1 problem in the catalogue:\n{tmp_path / 'none'}: no such folder; {A_FOLDER}"


def test_a_file_in_place_of_a_folder(shelf: Shelf) -> None:
    path = shelf.write("osprey.toml", OSPREY)
    with pytest.raises(CatalogError) as raised:
        load([path])
    assert str(raised.value).endswith(f"{path}: this is a file; {A_FOLDER}")


def test_a_folder_without_devices(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shutil.rmtree(tmp_path / "devices")
    assert shelf.told() == [f".: no folder 'devices' in it; {A_FOLDER}"]
    (tmp_path / "devices").mkdir()
    assert shelf.told() == ["devices: no device files; a catalogue is never empty."]
    shelf.write("devices/README.md", "nothing yet")
    assert shelf.told() == ["devices: no device files; a catalogue is never empty."]
    shutil.rmtree(tmp_path / "devices")
    shelf.write("devices", "a file")
    assert shelf.told() == ["devices: cannot be read: Not a directory."]


def test_a_link_in_a_loop(shelf: Shelf, tmp_path: Path) -> None:
    (shelf.folder / "devices" / "loop.toml").symlink_to("loop.toml")
    (shelf.folder / "regions.toml").symlink_to("regions.toml")
    (shelf.folder / "rules").symlink_to("rules")
    loop = "cannot be read: Too many levels of symbolic links."
    assert shelf.told() == [f"devices/loop.toml: {loop}", f"regions.toml: {loop}", f"rules: {loop}"]
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CatalogError, match=r"loop: cannot be read: Too many levels"):
        load([tmp_path / "loop"])


def test_a_folder_that_holds_itself_is_read_once(shelf: Shelf) -> None:
    (shelf.folder / "devices" / "inside").symlink_to(shelf.folder)
    assert shelf.told() == ["devices/inside: not a TOML file; a device file is named <slug>.toml."]


def test_a_link_to_nothing(shelf: Shelf) -> None:
    (shelf.folder / "devices" / "gone.toml").symlink_to("nowhere")
    assert shelf.told() == ["devices/gone.toml: cannot be read: No such file or directory."]


@pytest.mark.parametrize("name", ["devices", "devices/osprey.toml", "."])
def test_what_may_not_be_read(name: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """As another user: root may read everything."""
    barred = shelf.folder / name

    def bar(act: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Path, *arguments: object) -> object:
            if path == barred:
                raise PermissionError(13, "Permission denied", str(path))
            return act(path, *arguments)

        return guarded

    monkeypatch.setattr(Path, "iterdir", bar(Path.iterdir))
    monkeypatch.setattr(Path, "read_bytes", bar(Path.read_bytes))
    assert shelf.told() == [f"{name}: cannot be read: Permission denied."]


def test_a_folder_named_like_a_file(shelf: Shelf) -> None:
    (shelf.folder / "devices" / "kestrel.toml").mkdir()
    assert shelf.told() == ["devices/kestrel.toml: this is no file; a catalogue holds plain files and folders."]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_waited_for(shelf: Shelf) -> None:
    os.mkfifo(shelf.folder / "devices" / "pipe.toml")
    assert shelf.told() == ["devices/pipe.toml: this is no file; a catalogue holds plain files and folders."]


def test_a_file_of_50_mb(shelf: Shelf) -> None:
    path = shelf.write("devices/big.toml", "")
    os.truncate(path, 50 * 1024 * 1024)
    assert shelf.told() == ["devices/big.toml: 50.0 MB; a file of a catalogue has at most 2 MB."]
    os.truncate(path, 2 * 1024 * 1024 + 100_000)
    assert shelf.told() == ["devices/big.toml: 2.1 MB; a file of a catalogue has at most 2 MB."]


def test_a_file_that_just_fits_is_read(shelf: Shelf) -> None:
    text = OSPREY.encode()
    filler = b"# " + b"x" * 97 + b"\n"
    text += filler * ((loader.BIGGEST_FILE - len(text)) // len(filler))
    shelf.write("devices/osprey.toml", text)
    assert list(shelf.load().devices) == ["osprey"]


def test_too_many_files(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_FILES >= 10_000
    monkeypatch.setattr(loader, "MOST_FILES", 2)
    for name in ("one", "two"):
        shelf.write(f"devices/{name}.toml", OSPREY)
    assert shelf.told() == ["devices: 3 files; at most 2 are read."]


@pytest.mark.parametrize("name", ["osprey.json", "osprey", "osprey.toml.bak", "OSPREY.TOML"])
def test_what_is_no_toml_file(name: str, shelf: Shelf) -> None:
    shelf.write(f"devices/{name}", OSPREY)
    shelf.write(f"rules/{name}", RULE)
    assert shelf.told() == [
        f"devices/{name}: not a TOML file; a device file is named <slug>.toml.",
        f"rules/{name}: not a TOML file; a rule file is named <slug>.toml.",
    ]


@pytest.mark.parametrize(
    "name", ["acme_kestrel", "-kestrel", "kestrel-", "a--b", "Kestrel", "kestrél", "a.b", "_draft"]
)
def test_a_file_name_that_is_no_id(name: str, shelf: Shelf) -> None:
    shelf.write(f"devices/{name}.toml", OSPREY)
    expected = "name the file with small letters, digits and hyphens, for example acme-kestrel.toml"
    assert shelf.told() == [f"devices/{name}.toml: '{name}' is no id; {expected}."]


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="these file systems know no case")
def test_two_files_that_differ_by_case_only(shelf: Shelf) -> None:
    shelf.write("devices/OSPREY.toml", OSPREY)
    assert shelf.told() == told_as("""
        devices/OSPREY.toml: 'OSPREY' is no id; name the file with small letters, digits and hyphens,
          for example acme-kestrel.toml.
        devices/osprey.toml: differs from OSPREY.toml only by case; the file name is the id of the device.
    """)


# ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_in_latin_1_is_told_at_its_line_and_hides_nothing(shelf: Shelf) -> None:
    text = OSPREY.replace("whole   = true", "hole    = true").replace("≤", "<=")
    shelf.write("devices/osprey.toml", text.encode("latin-1"))
    at = text.encode("latin-1").index(b"\xb5")
    assert shelf.told() == told_as(f"""
        devices/osprey.toml:13: not UTF-8 (byte {at}: 0xB5); save the file as UTF-8.
        devices/osprey.toml:18: sizes[0]: no 'whole'; write whole = true if it is the source's whole table or list,
          else whole = false.
        devices/osprey.toml:21: sizes[0].hole: unknown key 'hole'; did you mean 'whole'?
    """)


def test_a_stray_byte_makes_nothing_else_of_the_file_wrong(shelf: Shelf) -> None:
    shelf.write("devices/osprey.toml", b"# \xe7\n" + OSPREY.encode())
    assert shelf.told() == ["devices/osprey.toml:1: not UTF-8 (byte 2: 0xE7); save the file as UTF-8."]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_in_utf_16(encoding: str, shelf: Shelf) -> None:
    shelf.write("devices/osprey.toml", OSPREY.encode(encoding))
    assert shelf.told() == ["devices/osprey.toml:1: not UTF-8 (byte 0: 0xFF); save the file as UTF-8."]


def test_a_binary_file(shelf: Shelf) -> None:
    shelf.write("devices/kestrel.toml", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40)
    (told,) = shelf.told()
    assert told.startswith("devices/kestrel.toml:2: not UTF-8 (byte ")


def test_an_empty_file(shelf: Shelf) -> None:
    shelf.write("devices/kestrel.toml", "")
    assert shelf.told() == [
        "devices/kestrel.toml: no 'identity'; it is needed here, for example [identity].",
        "devices/kestrel.toml: no 'reviewed'; it is needed here, for example reviewed = 2026-11-20.",
        "devices/kestrel.toml: no 'schema'; it is needed here, for example schema = 1.",
        "devices/kestrel.toml: no 'source'; it is needed here, for example [source.ifu].",
    ]


def test_a_mark_of_byte_order_and_windows_line_ends_change_nothing(shelf: Shelf) -> None:
    plain = shelf.load()
    windows = b"\xef\xbb\xbf" + OSPREY.replace("\n", "\r\n").encode()
    shelf.write("devices/osprey.toml", windows)
    assert shelf.load() == plain
    shelf.write("devices/osprey.toml", windows.replace(b"schema ", b"schemma "))
    assert [told.partition(": ")[0] for told in shelf.told()] == ["devices/osprey.toml", "devices/osprey.toml:2"]
    shelf.write("devices/osprey.toml", windows.replace(b"2.25    x   .", b"2.25    x   y"))
    assert [told.partition(": ")[0] for told in shelf.told()] == ["devices/osprey.toml:24"]


def test_a_lone_carriage_return_is_no_line_end(shelf: Shelf) -> None:
    shelf.edit(("schema   = 1\n", "schema   = 1\r"))
    assert shelf.told() == told_as("""
        devices/osprey.toml: no 'reviewed'; it is needed here, for example reviewed = 2026-11-20.
        devices/osprey.toml:2: schema: not TOML: expected newline or end of document after a statement (column 13);
          only numbers, dates, true and false stand without quotes.
    """)


@pytest.mark.parametrize(
    "line", ["x" * 1_000_000, "a" + ".a" * 500_000, "[" * 1_000_000, '"' * 999_999, "= " * 500_000]
)
def test_long_nonsense_is_told_at_once(line: str, shelf: Shelf) -> None:
    shelf.write("devices/kestrel.toml", f"{line}\n{line[:10]}\n")
    assert all(told.startswith("devices/kestrel.toml") and len(told) < 500 for told in shelf.told())


def test_many_lines_of_nonsense_are_told_at_once(shelf: Shelf) -> None:
    shelf.write("devices/kestrel.toml", 'a = """\n' + "{ 1, x y\n" * 20_000 + "b = [\n" * 2_000)
    assert len(shelf.told()) > 2_000


# ── One fault never hides another ─────────────────────────────────────────────────────────────────────────────────────


def test_ten_planted_faults_in_several_files_are_all_named_with_their_lines(shelf: Shelf) -> None:
    shelf.edit(
        ('title     = "OSPREY, 2.0 µm"', 'titel     = "OSPREY, 2.0 µm"'),  # 1 a misspelt key
        ('"not stated"', '{ value = "marketed", source = "pag", locator = "list" }'),  # 2 an unknown source
        ('"0.0032 in"', '"0,0032 in"'),  # 3 a decimal comma
        ("2.25    x   .", "2.25    x   .   x"),  # 4 a mark too many
        ('region       = "TR"', 'region       = "TUR"'),  # 5 no region
    )
    broken = OSPREY.replace("whole   = true", "whole   = True")  # 6 no TOML
    broken = broken.replace('locator = "1.0" }', 'locator = "1.0" ')  # 7 no TOML, in an array
    broken = broken.replace("drug-coated-balloon", "drug-coated")  # 8 an unknown kind
    shelf.write("devices/broken.toml", broken)
    shelf.write("rules/our-lab.toml", RULE.replace("0.95", "1.95"))  # 9 a window upside down
    shelf.write("devices/kestrel.toml", OSPREY.replace("2026-11-20\n\n[[", "2026-11-31\n\n[["))  # 10 no such day
    kinds = ", ".join(KINDS)
    bare = "only numbers, dates, true and false stand without quotes."
    assert shelf.told() == told_as(f"""
        devices/broken.toml:8: identity.kind.value: 'drug-coated' is no kind of device; known are {kinds};
          did you mean 'drug-coated-balloon'?
        devices/broken.toml:21: sizes[0].whole: not TOML: invalid value (column 11); {bare}
        devices/broken.toml:29: platform.strut_thickness: not TOML: what begins here with {{ has no end;
          close it with }}.
        devices/kestrel.toml:16: source.page.retrieved: not TOML: invalid date or datetime (column 13); {bare}
        devices/osprey.toml:11: source.page: no 'title'; it is needed here, for example
          title = "KESTREL instructions for use".
        devices/osprey.toml:13: source.page.titel: unknown key 'titel'; did you mean 'title'?
        devices/osprey.toml:24: sizes[0].grid: row 2.25 has 3 marks under 2 lengths; write one mark a length.
        devices/osprey.toml:30: platform.strut_thickness[1].value: '0,0032 in' has a decimal comma; write '0.0032 in'.
        devices/osprey.toml:34: status[0].region: 'TUR' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI,
          for example 'TR'; did you mean 'TR' (Türkiye)?
        devices/osprey.toml:35: status[0].availability.source: unknown source 'pag'; declared are page;
          did you mean 'page'?
        rules/our-lab.toml:3: window: the window from 1.95 to 1.05 is upside down or not above zero;
          write for example 0.9 to 1.1.
    """)


FAULTS = {
    "a misspelt key": ('title     = "', 'titel     = "'),
    "a quote": ('publisher = "Acme Vascular"', 'publisher = "Acme Vascular'),
    "an address": ('"https://example.org/osprey"', '"example.org/osprey"'),
    "a header": ("[[sizes]]", "[[sizes]"),
    "a word": ("whole   = true", "whole   = yes"),
    "a row": ("2.25    x   .", "2,25    x   ."),
    "quotes": ("2.25    x   .\n'''", "2.25    x   ."),
    "a bracket": ("[platform]", "[platform"),
    "a comma": ('for = "≤ 4.00 mm", ', 'for = "≤ 4.00 mm" '),
    "a unit": ('"0.0032 in"', '"0.0032"'),
    "an array": (" },\n]", " },\n"),
    "a region": ('region       = "TR"', 'region       = "TUR"'),
    "a fact": ('"not stated"', '"unknown"'),
    "a key twice": ("bed          =", 'bed          = ["vein"]\nbed          ='),
    "a table twice": ("[[status]]", "[identity]\n[[status]]"),
    "a date": ("reviewed = 2026-11-20", "reviewed = 2026-11-32"),
}


def marks(told: list[str]) -> set[str]:
    """What is told, without the lines: these move where lines are added."""
    return {problem.split(": ", 1)[1] for problem in told}


@pytest.mark.parametrize("one", FAULTS)
def test_one_fault_never_hides_another(one: str, shelf: Shelf) -> None:
    """Every two of the faults, TOML and no TOML: of both is told what is told of each."""
    alone = {}
    for name, fault in FAULTS.items():
        shelf.edit(fault)
        alone[name] = marks(shelf.told())
    for other, fault in FAULTS.items():
        if other == one or {one, other} == {"a row", "quotes"}:
            continue
        shelf.edit(FAULTS[one], fault)
        assert marks(shelf.told()) >= alone[one] | alone[other], (one, other)
        assert len(marks(shelf.told())) <= len(alone[one]) + len(alone[other]) + 1, (one, other)


def test_all_faults_at_once_are_all_told(shelf: Shelf) -> None:
    faults = {name: fault for name, fault in FAULTS.items() if name != "a row"}
    expected = set()
    for fault in faults.values():
        shelf.edit(fault)
        expected |= marks(shelf.told())
    shelf.edit(*faults.values())
    assert marks(shelf.told()) == expected


REGIONS = 'schema = 1\nreviewed = 2026-11-20\n[code]\nEU = "--- European Union"\nTR = "TUR Türkiye"\n'
UNKNOWN = "devices/osprey.toml:34: status[0].region: 'XX' is no region code; "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("TR = ", "TR := "),
        ("TR = ", "tr = "),
        ("[code]", "[codes]"),
        ("[code]", "[[code]]"),
        ('"TUR Türkiye"', "90"),
        ("schema = 1", "schema = 1\nalias = 3"),
        ("[code]", '[alias]\nUK = "GB"\n[code]'),
    ],
)
def test_where_regions_are_broken_no_device_is_told_to_name_a_wrong_one(old: str, new: str, shelf: Shelf) -> None:
    shelf.write("regions.toml", REGIONS.replace(old, new))
    shelf.edit(('region       = "TR"', 'region       = "XX"'))
    assert {told.partition(":")[0] for told in shelf.told()} == {"regions.toml"}


@pytest.mark.parametrize(("old", "new"), [("schema = 1", "schema = 2"), ("schema = 1", "schema = 1\nrelations = []")])
def test_where_the_codes_can_be_read_a_wrong_one_is_told(old: str, new: str, shelf: Shelf) -> None:
    shelf.write("regions.toml", REGIONS.replace(old, new))
    shelf.edit(('region       = "TR"', 'region       = "XX"'))
    device, regions = shelf.told()
    assert device.startswith(UNKNOWN)
    assert regions.startswith("regions.toml:")


def test_a_rule_that_cannot_be_read_does_not_keep_the_others_from_it(shelf: Shelf) -> None:
    shelf.write("rules/a.toml", b"\xff\0")
    shelf.write("rules/b.toml", RULE.replace("citation", "cited   "))
    assert shelf.told() == told_as("""
        rules/a.toml:1: not UTF-8 (byte 0: 0xFF); save the file as UTF-8.
        rules/b.toml: citation: a rule needs a citation, for example citation = "our laboratory's protocol, 2026".
        rules/b.toml:2: cited: unknown key 'cited'; did you mean 'site'?
    """)


class Anything:
    """Values as TOML may hold them, of every type."""

    leaves = st.one_of(
        st.text(max_size=4),
        st.integers(-3, 2**40),
        st.booleans(),
        st.decimals(allow_nan=True),
        st.dates(),
        st.datetimes(),
        st.sampled_from(["ifu", "page", "rx", "TR", "not stated", "2.25 x 8", "2.0–3.0 mm", "not-from-a-source"]),
    )
    values = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["value", "source", "basis", "model", "kind", "x", "statements"]), inner, max_size=4
            )
        ),
        max_leaves=6,
    )


def places(node: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a tree of tables and arrays."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at] * bool(at) + [place for name, child in children for place in places(child, (*at, name))]


def child(node: Any, step: str | int) -> Any:  # noqa: ANN401 - whatever TOML holds
    """What stands at a step below a node; None if there is nothing."""
    if isinstance(node, dict):
        return node.get(step)
    return node[step] if isinstance(node, list) and isinstance(step, int) and step < len(node) else None


PLACES = places(tomli.loads(OSPREY))


@given(st.lists(st.tuples(st.sampled_from(PLACES), Anything.values), min_size=1, max_size=3))
def test_nothing_but_a_catalog_error_comes_of_any_value_at_any_place(
    swaps: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    """Checked on the tables, as if a file had said so."""
    raw: Any = tomli.loads(OSPREY)
    for place, value in swaps:
        node = raw
        for step in place[:-1]:
            node = child(node, step)
        if child(node, place[-1]) is not None:
            node[place[-1]] = value
    reader = loader._Reader()
    layer = loader._Layer("", BUNDLED, [], "")
    regions = reader.regions([layer])
    file = loader._File("osprey.toml", "osprey", OSPREY, raw, None, frozenset())
    reader.device(file, layer, reader.check(file, regions))
    assert bool(reader.devices) != bool(reader.problems)
    for problem in reader.problems:
        assert problem.message.endswith((".", "?"))
        assert str(problem).isprintable()


def test_a_key_that_only_the_models_have_is_told(shelf: Shelf) -> None:
    shelf.edit(('{ value = "OSPREY", source = "page", locator = "title" }', '{ statements = "" }'))
    problems = shelf.told()
    assert problems
    assert all(problem.startswith("devices/osprey.toml:6: identity.name") for problem in problems)


# ── Digest ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_digest_is_of_what_the_files_say_and_of_nothing_else(shelf: Shelf, tmp_path: Path) -> None:
    shelf.write("rules/our-lab.toml", RULE)
    shelf.write("regions.toml", REGIONS)
    before = shelf.digest()
    assert before.startswith("sha256:")
    assert len(before) == 71
    said = OSPREY.replace("# a comment\n", "").replace("{ value = ", "{value=").replace("'''\nmm", "'''mm")
    said = said.replace('value = "0.0032 in", source = "page"', 'source = "page", value = "0.0032 in"')
    said = said.replace('title     = "OSPREY, 2.0 µm"\n', "").replace(
        "[source.page]\n", '[source.page]\ntitle = "OSPREY, 2.0 µm"\n'
    )
    head, identity, rest = said.partition("[identity]")
    facts, source, more = rest.partition("[source.page]")
    said = f"{head}{source}{more}\n# the identity comes last\n{identity}{facts}"
    elsewhere = Shelf(tmp_path / "some" / "other name")
    elsewhere.write("devices/osprey.toml", b"\xef\xbb\xbf" + said.replace("\n", "\r\n").encode())
    elsewhere.write("rules/our-lab.toml", RULE)
    elsewhere.write("regions.toml", REGIONS)
    assert elsewhere.digest() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("devices/osprey.toml", "x   .", "x   ?"),
        ("devices/osprey.toml", "81 µm", "82 µm"),
        ("devices/osprey.toml", "2.25 ", "2.250"),
        ("devices/osprey.toml", "whole   = true", "whole   = false"),
        ("devices/osprey.toml", "second sentence", "third sentence"),
        ("rules/our-lab.toml", "0.95", "0.96"),
        ("regions.toml", "Türkiye", "Turkey"),
    ],
)
def test_the_digest_changes_with_what_any_file_says(name: str, old: str, new: str, shelf: Shelf) -> None:
    shelf.write("rules/our-lab.toml", RULE)
    shelf.write("regions.toml", REGIONS)
    before = shelf.digest()
    path = shelf.folder / name
    shelf.write(name, path.read_text(encoding="utf-8").replace(old, new))
    assert shelf.digest() != before


def test_the_digest_changes_with_the_name_of_a_device(shelf: Shelf) -> None:
    before = shelf.digest()
    (shelf.folder / "devices" / "osprey.toml").rename(shelf.folder / "devices" / "kestrel.toml")
    assert shelf.digest() != before


def test_the_digest_of_a_copy_of_the_bundled_catalogue_is_the_same(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED, tmp_path / "copy")
    assert digest(load([tmp_path / "copy"]).raw) == digest(load([]).raw)


# ── Small parts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_is_spelled_as_people_write_it() -> None:
    assert spell(("platform", "strut_thickness", 1, "value")) == "platform.strut_thickness[1].value"
    assert spell(("sizes", 0)) == "sizes[0]"
    assert spell(()) == ""


class TestRetiredIds:
    @staticmethod
    def catalog(tmp_path: Path, retired: str) -> Path:
        (tmp_path / "devices").mkdir()
        shutil.copy(BUNDLED / "devices" / "invamed-atlas.toml", tmp_path / "devices")
        (tmp_path / "retired.toml").write_text(retired, encoding="utf-8")
        return tmp_path

    def test_a_retired_id_is_never_used_again_and_both_places_are_named(self, tmp_path: Path) -> None:
        retired = 'schema = 1\n\n[[retired]]\nslug = "invamed-atlas"\ndate = 2026-11-20\nreason = "merged"\n'
        folder = self.catalog(tmp_path, retired)
        with pytest.raises(CatalogError) as caught:
            load([folder])
        assert [str(problem) for problem in caught.value.problems] == [
            (
                f"{folder / 'devices' / 'invamed-atlas.toml'}: the id 'invamed-atlas' was retired on 2026-11-20 "
                f"({folder / 'retired.toml'}:3); give the device another one."
            )
        ]

    def test_another_id_is_no_problem(self, tmp_path: Path) -> None:
        retired = 'schema = 1\n[[retired]]\nslug = "invamed-old"\ndate = 2026-11-20\nreason = "merged"\n'
        assert list(load([self.catalog(tmp_path, retired)]).devices) == ["invamed-atlas"]

    def test_a_slip_in_the_list_is_told(self, tmp_path: Path) -> None:
        folder = self.catalog(tmp_path, 'schema = 1\n[[retired]]\nslugg = "invamed-old"\n')
        with pytest.raises(CatalogError, match=r"retired\.toml:3: retired\[0\]\.slugg: unknown key 'slugg'"):
            load([folder])
