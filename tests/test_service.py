"""The service over HTTP: the same answers as the command line, and a problem for everything else."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import shutil
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as st

from asking import Answer, ask, asked
from devicecat import INTENDED_PURPOSE, Catalog, DevicecatError, FitReport, Vessel, cli, load_catalog, loader
from devicecat.caveats import ALWAYS
from devicecat.interop import udi
from devicecat.interop.tables import to_csv, to_json_lines
from devicecat.showing import list_devices, show_device
from devicecat.vessel import Limits as Limits_
from devicecat.web import api, rules_api
from devicecat.web.bodies import MOST_LINES, read_object
from devicecat.web.guard import Guard, JsonLines, Limits, log_to_stderr, where
from devicecat.web.keeper import Keeper
from devicecat.web.openapi import document
from devicecat.web.problems import TYPES, Refusal
from devicecat.web.questions import BY_NAME, NOT_SERVED, OPTIONS, VESSEL_NAMES, read_as, read_query
from devicecat.web.replies import reply, tag_of
from devicecat.web.service import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

README = "reference_diameter=2.75%20mm&lesion_length=18%20mm&region=TR"
BARCODE = "(01)08714729158608(17)280806(10)LOT-OF-A-PATIENT(21)SERIAL-OF-A-PATIENT"
COMPARED = (
    "rule=within-10-percent&rule=oct-lumen-plus-quarter&reference_diameter=2.64+mm&site=distal&boundary=lumen"
    "&modality=oct&eel=3.34+mm&companion=3.0+mm&kind=stent&region=US"
)
OF_COMPARED = (
    *("2.64 mm", "--rule", "within-10-percent", "--rule", "oct-lumen-plus-quarter", "--site", "distal"),
    *("--boundary", "lumen", "--modality", "oct", "--eel", "3.34 mm", "--companion", "3.0 mm"),
    *("--kind", "stent", "--region", "US"),
)
NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def app(catalog: Catalog) -> Guard:
    return create_app(Keeper(catalog=catalog))


class TestTheTableOfOptions:
    def test_every_option_of_find_has_its_parameter_or_a_reason_why_not(self) -> None:
        command: Any = typer.main.get_command(cli.app)
        options = [option for option in command.commands["find"].params if option.name != "help"]
        written = {option.opts[0].removeprefix("--").replace("-", "_") for option in options}
        names = {{"diameter": "reference_diameter"}.get(name, name) for name in written}
        assert names == set(BY_NAME) | set(NOT_SERVED)
        assert not set(BY_NAME) & set(NOT_SERVED)
        assert all(reason.endswith(".") for reason in NOT_SERVED.values())

    def test_every_option_has_an_example_that_is_read(self, catalog: Catalog) -> None:
        for option in OPTIONS:
            read = option.read(catalog, [option.example])
            assert (str(read) if option.is_length else read) in (option.example, [option.example], True)
            assert option.meaning.endswith(".")

    def test_every_option_reaches_the_question(self, app: Guard) -> None:
        answer = ask(
            app,
            "/v1/sizes",
            "proximal=3.8%20mm&distal=2.9+mm&lesion_length=28mm&boundary=eel&modality=ivus&bed=coronary"
            "&kind=drug-eluting-stent&region=US&rule=within-10-percent&require_status=true&basis=label"
            "&basis=regulator-record&excluded=true&format=json&use=in-stent-restenosis&guide=6+Fr&companion=3.5+mm",
        )
        assert answer.json["query"] == {
            "reference_diameter_mm": None,
            "proximal_mm": "3.8",
            "distal_mm": "2.9",
            "lesion_length_mm": "28",
            "bed": "coronary",
            "boundary": "external-elastic-lamina",
            "modality": "ivus",
            "kind": "drug-eluting-stent",
            "region": "US",
            "rule": "within-10-percent",
            "bases": ["label", "regulator-record"],
            "require_status": True,
            "site": None,
            "also_mm": [["companion", "3.5"]],
            "use": "in-stent-restenosis",
            "guide": "6 Fr",
        }
        assert answer.json["excluded"]["in_full"] is True


class TestTheBodiesAreThoseOfTheCommandLine:
    @pytest.mark.parametrize(
        ("path", "query", "arguments"),
        [
            ("/v1/sizes", README, ["find", "2.75 mm", "--lesion", "18 mm", "--region", "TR", "--json"]),
            ("/v1/sizes", "reference_diameter=6mm&excluded=true", ["find", "6 mm", "--excluded", "--json"]),
            ("/v1/sizes", "reference_diameter=3+mm&format=csv", ["find", "3 mm", "--format", "csv"]),
            ("/v1/sizes", "reference_diameter=3+mm&format=jsonl", ["find", "3 mm", "--format", "jsonl"]),
            ("/v1/devices", "region=TR", ["list", "--region", "TR", "--json"]),
            ("/v1/devices/invamed-atlas", "region=TR", ["show", "invamed-atlas", "--region", "TR", "--json"]),
            ("/v1/compare", COMPARED, ["compare-rules", *OF_COMPARED, "--json"]),
            ("/v1/compare", f"{COMPARED}&excluded=true", ["compare-rules", *OF_COMPARED, "--excluded", "--json"]),
            (
                "/v1/devices/maverick2-monorail/compliance",
                "size=1.5+mm&pressure=9.5+atm&region=TR",
                ["compliance", "maverick2-monorail", "1.5 mm", "--pressure", "9.5 atm", "--region", "TR", "--json"],
            ),
            ("/v1/devices/cre8-evo/dose", "size=2.0+x+9", ["dose", "cre8-evo", "2.0 x 9", "--json"]),
        ],
    )
    def test_byte_for_byte(
        self, app: Guard, path: str, query: str, arguments: list[str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert cli.run(arguments) == 0
        assert ask(app, path, query).body == capfdbinary.readouterr().out

    def test_the_forms_have_their_media_types(self, app: Guard, catalog: Catalog) -> None:
        report = catalog.find_sizes(Vessel("3 mm"))
        for form, media_type, text in (
            ("json", "application/json", report.to_json() + "\n"),
            ("jsonl", "application/x-ndjson", "".join(to_json_lines(report))),
            ("csv", "text/csv; charset=utf-8", "".join(to_csv(report))),
        ):
            answer = ask(app, "/v1/sizes", f"reference_diameter=3mm&format={form}")
            assert answer.headers["content-type"] == media_type
            assert answer.text == text

    def test_nothing_found_is_an_answer_with_empty_bins(self, app: Guard) -> None:
        answer = ask(app, "/v1/sizes", "reference_diameter=2.75mm&bed=intracranial")
        assert answer.status == 200
        assert answer.json["counts"]["fits"] == answer.json["counts"]["may_fit"] == 0
        assert answer.json["fits"] == answer.json["may_fit"] == []

    def test_extender_and_atlas_may_fit_and_no_size_is_made_up_for_them(self, app: Guard) -> None:
        report = FitReport.from_json(ask(app, "/v1/sizes", README).text)
        for slug in ("invamed-extender", "invamed-atlas"):
            [row] = [row for group, row in report.candidates if group.device == slug]
            assert row.verdict.value == "UNKNOWN"
            assert str(row.size) == "not stated"
            assert set(ALWAYS) <= set(row.caveats.codes)

    def test_the_catalogue_says_what_it_is_and_what_it_is_for(self, app: Guard, catalog: Catalog) -> None:
        told = ask(app, "/v1/catalog").json
        assert told["digest"] == catalog.digest
        assert told["counts"]["families"] == len(catalog.devices)
        assert told["licence"] == "CC0-1.0"
        assert told["intended_purpose"] == INTENDED_PURPOSE
        assert {caveat["code"] for caveat in told["caveats"]} == set(ALWAYS)

    def test_the_rules_stand_there_whole(self, app: Guard, catalog: Catalog) -> None:
        rules = ask(app, "/v1/rules").json["rules"]
        assert [rule["id"] for rule in rules] == list(catalog.rules)
        assert all({"citation", "strength", "window", "kinds"} <= set(rule) for rule in rules)

    def test_devices_are_told_by_kind(self, app: Guard, catalog: Catalog) -> None:
        told = ask(app, "/v1/devices", "kind=drug-coated-balloon").json
        assert told == list_devices(catalog, kind="drug-coated-balloon")
        assert ask(app, "/v1/devices/combo").json == show_device(catalog, "combo")

    def test_it_says_that_it_is_well(self, app: Guard, catalog: Catalog) -> None:
        answer = ask(app, "/healthz")
        assert answer.json["catalog_digest"] == catalog.digest
        assert answer.headers["cache-control"] == "no-store"


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "code", "members", "words"),
        [
            ("reference_diamter=3mm", "unknown-parameter", {"near": ["reference_diameter"]}, "did you mean 'reference"),
            ("diameter=3mm", "unknown-parameter", {"near": ["reference_diameter"]}, "no parameter 'diameter'"),
            ("lesion=3mm", "unknown-parameter", {"near": ["lesion_length"]}, "no parameter 'lesion'"),
            ("Region=TR", "unknown-parameter", {"near": ["region"]}, "no parameter 'Region'"),
            ("zzz=1", "unknown-parameter", {"near": []}, "Known are reference_diameter"),
            ("shelf=1", "unknown-parameter", {"parameter": "shelf"}, "Known are reference_diameter"),
            (f"{'n' * 300}=1", "unknown-parameter", {"parameter": "n" * 40 + "…"}, "no parameter"),
            ("region=TR&region=DE", "repeated-parameter", {"parameter": "region"}, "2 times; write it once"),
            ("basis=label&basis=label", "repeated-parameter", {"parameter": "basis"}, "2 times with one value"),
            ("region=", "empty-parameter", {"parameter": "region"}, "for example region=TR"),
            ("region", "empty-parameter", {"parameter": "region"}, "has no value"),
            ("region=%20%09", "empty-parameter", {"parameter": "region"}, "has no value"),
            ("region=TR&&kind=stent", "unknown-parameter", {"parameter": ""}, "no parameter ''"),
            (f"region={'T' * 201}", "bad-parameter", {"parameter": "region"}, "more than 200 characters"),
            ("region=Turkey", "bad-parameter", {"parameter": "region"}, "or 'TR' (Türkiye)?"),
            ("kind=stents", "bad-parameter", {"parameter": "kind"}, "did you mean 'stent'"),
            ("rule=nearest", "bad-parameter", {"parameter": "rule"}, "'nearest' is no rule"),
            ("excluded=yes", "bad-parameter", {"parameter": "excluded"}, "Known are true, false."),
            ("format=xml", "bad-parameter", {"parameter": "format"}, "Known are json, jsonl, csv."),
            ("reference_diameter=3,5", "bad-parameter", {"read_as": ["3.5 mm"]}, "has a decimal comma"),
            ("reference_diameter=3.5", "bad-parameter", {"read_as": ["3.5 mm"]}, "has no unit"),
            ("lesion_length=1,234mm", "bad-parameter", {"read_as": ["1.234mm", "1234mm"]}, "has a comma"),
            ("reference_diameter=6+Fr", "bad-parameter", {}, "looks like a guide or a wire"),
            ("reference_diameter=9**9**9**9mm", "bad-parameter", {}, "cannot be read"),
            ("region=TR", "bad-question", {}, "no diameter is given"),
            ("reference_diameter=3mm&proximal=3mm&distal=2mm", "bad-question", {}, "not both ways at once"),
            ("reference_diameter=18mm", "bad-question", {}, "outside 0.5 to 10 mm"),
            ("reference_diameter=3mm&require_status=true", "bad-question", {}, "name the region"),
            ("region=%zz", "bad-request", {}, "percent-encoded"),
            ("region=%ff", "bad-request", {}, "not text in UTF-8"),
            ("region=ü", "bad-request", {}, "not text in UTF-8"),
            ("region=" + "T" * 5000, "address-too-long", {}, "at most 4096"),
        ],
    )
    def test_what_cannot_be_asked_is_said(
        self, app: Guard, query: str, code: str, members: dict[str, Any], words: str
    ) -> None:
        problem = ask(app, "/v1/sizes", query).problem
        assert problem["type"] == f"/v1/problems#{code}"
        assert problem["status"] == TYPES[code].status
        assert words in problem["detail"]
        assert {key: problem[key] for key in members} == members

    @pytest.mark.parametrize("path", ["/v1/rules", "/v1/catalog", "/v1/problems", "/healthz"])
    def test_a_path_that_takes_no_parameter_drops_none(self, app: Guard, path: str) -> None:
        assert ask(app, path, "region=TR").problem["detail"].endswith("This path takes none.")

    @pytest.mark.parametrize("path", ["/v1/devices", "/v1/devices/combo"])
    def test_a_path_takes_only_its_own_parameters(self, app: Guard, path: str) -> None:
        assert ask(app, path, "reference_diameter=3mm").problem["type"] == "/v1/problems#unknown-parameter"

    @given(raw=st.binary(max_size=60))
    def test_any_query_is_read_or_refused(self, raw: bytes) -> None:
        with refused_or_not():
            values = read_query(raw)
            assert sum(map(len, values.values())) == (raw.count(b"&") + 1 if raw else 0)

    @given(text=st.text(max_size=20))
    def test_what_is_offered_for_a_text_is_read_by_the_library(self, text: str) -> None:
        for offer in read_as(text):
            assert offer != text
            assert Vessel("3 mm", lesion_length=offer, limits=ANYTHING).lesion is not None


ANYTHING = Limits_(diameter=(Fraction(0), Fraction(10**30)), length=(Fraction(0), Fraction(10**30)))


@contextmanager
def refused_or_not() -> Iterator[None]:
    """What is refused is refused as the client's fault."""
    try:
        yield
    except Refusal as refusal:
        if refusal.status != 400:
            raise


class TestManyVessels:
    def test_each_line_has_its_answer_in_order(self, app: Guard, catalog: Catalog) -> None:
        body = (
            b'{"reference_diameter": "2.75 mm", "lesion_length": "18 mm"}\n'
            b'{"reference_diameter": 2.75}\n'
            b"\n"
            b'{"proximal": "3.8 mm", "distal": "2.9 mm"}\n'
        )
        answer = ask(app, "/v1/sizes", "region=TR&kind=drug-coated-balloon", method="POST", headers=NDJSON, body=body)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/x-ndjson"
        first, second, third, last, end = answer.text.split("\n")
        assert (
            first
            == catalog.find_sizes(
                Vessel("2.75 mm", lesion_length="18 mm"), region="TR", kind="drug-coated-balloon"
            ).to_json()
        )
        assert json.loads(second) == {
            "type": "/v1/problems#bad-parameter",
            "title": "Parameter not understood",
            "status": 400,
            "detail": 'reference_diameter is no text; write it with its unit, for example "2.75 mm", or leave it out.',
            "parameter": "reference_diameter",
            "line": 2,
        }
        assert json.loads(third)["line"] == 3
        assert (
            last
            == catalog.find_sizes(
                Vessel(proximal="3.8 mm", distal="2.9 mm"), region="TR", kind="drug-coated-balloon"
            ).to_json()
        )
        assert not end

    def test_excluded_rows_are_listed_when_asked_for(self, app: Guard, catalog: Catalog) -> None:
        body = b'{"reference_diameter": "6 mm"}'
        answer = ask(app, "/v1/sizes", "excluded=true", method="POST", headers=NDJSON, body=body)
        assert answer.text == catalog.find_sizes(Vessel("6 mm")).to_json(excluded=True) + "\n"

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (b"{", "not JSON"),
            (b"[" * 3000, "not JSON, or nested deeper"),
            (b'{"reference_diameter": ' + b"[" * 1500 + b"]" * 1500 + b"}", "not JSON, or nested deeper"),
            (b'{"reference_diameter": NaN}', "not JSON"),
            (b'{"reference_diameter": ' + b"9" * 4000 + b"}", "is no text"),
            (b"[]", "no object"),
            (b'{"bed": "vein", "bed": "vein"}', "twice"),
            (b'{"diameter": "3 mm"}', "a key that is not known"),
            (b'{"region": "TR"}', "a key that is not known"),
            (b"\xff\xfe{\x00", "not text in UTF-8"),
            (b" " * 5000, "at most 4096"),
            (b'{"reference_diameter": ""}', "has no value"),
            (b'{"reference_diameter": "3,5 mm"}', "decimal comma"),
            (b'{"lesion_length": "18 mm"}', "no diameter is given"),
        ],
    )
    def test_a_line_that_cannot_be_read_says_why_and_the_next_is_answered(
        self, app: Guard, line: bytes, words: str
    ) -> None:
        body = line + b'\n{"reference_diameter": "3 mm", "bed": "carotid"}\n'
        answer = ask(app, "/v1/sizes", method="POST", headers=NDJSON, body=body)
        first, second = map(json.loads, answer.text.splitlines())
        assert first["line"] == 1
        assert words in first["detail"]
        assert second["counts"]["fits"] == 0

    @pytest.mark.parametrize("name", [*VESSEL_NAMES, "\ud800"])
    def test_half_a_pair_of_escapes_is_refused_and_breaks_nothing_off(self, app: Guard, name: str) -> None:
        line = json.dumps({name: "\udfff mm"}).encode()
        answer = ask(app, "/v1/sizes", method="POST", headers=NDJSON, body=line + b'\n{"reference_diameter": "x"}')
        first, second = map(json.loads, answer.text.splitlines())
        assert (first["line"], second["line"]) == (1, 2)
        assert "one half of an escaped pair" in first["detail"]
        assert answer.whole
        assert ask(app, "/v1/udi", method="POST", headers=JSON, body=b'{"barcode": "\\ud800"}').problem["status"] == 400

    def test_a_body_may_be_said_not_to_be_compressed(self, app: Guard) -> None:
        headers = NDJSON | {"Content-Encoding": "identity"}
        assert ask(app, "/v1/sizes", method="POST", headers=headers, body=b"{}").status == 200

    @pytest.mark.parametrize(
        ("query", "headers", "body", "code", "words"),
        [
            ("", {}, b"{}", "unsupported-media-type", "application/x-ndjson"),
            ("", JSON, b"{}", "unsupported-media-type", "application/x-ndjson"),
            ("", {"Content-Type": "application/x-ndjson; charset=utf-16"}, b"{}", "unsupported-media-type", "UTF-8"),
            ("", NDJSON | {"Content-Encoding": "gzip"}, b"{}", "unsupported-media-type", "without Content-Encoding"),
            ("", NDJSON, b"", "bad-body", "empty"),
            ("", NDJSON, b"{}\n" * (MOST_LINES + 1), "too-large", "10000"),
            ("bed=vein", NDJSON, b"{}", "unknown-parameter", "stands in the body"),
            ("format=csv", NDJSON, b"{}", "unknown-parameter", "no parameter 'format'"),
            ("region=Turkey", NDJSON, b"{}", "bad-parameter", "region"),
        ],
    )
    def test_a_body_that_cannot_be_read_is_refused_whole(  # noqa: PLR0917 - a table of cases
        self, app: Guard, query: str, headers: dict[str, str], body: bytes, code: str, words: str
    ) -> None:
        problem = ask(app, "/v1/sizes", query, method="POST", headers=headers, body=body).problem
        assert problem["type"] == f"/v1/problems#{code}"
        assert words in problem["detail"]

    def test_lines_that_are_not_reached_in_time_are_told_of(self, catalog: Catalog) -> None:
        app = create_app(Keeper(catalog=catalog), Limits(stream_seconds=0.05))
        body = b'{"reference_diameter": "3 mm"}\n' * 4000  # more than are answered in that time
        answer = ask(app, "/v1/sizes", method="POST", headers=NDJSON, body=body)
        if answer.whole:
            lines = [json.loads(line) for line in answer.text.splitlines()]
            assert len(lines) == 4000
            assert lines[-1]["type"] == "/v1/problems#not-in-time"
            assert lines[-1]["line"] == 4000
        else:
            assert answer.error is not None  # broken off, so that nobody takes it for whole

    @given(body=st.text(max_size=60), names=st.sets(st.sampled_from(["a", "bb"])))
    def test_any_text_is_an_object_of_known_keys_or_refused(self, body: str, names: set[str]) -> None:
        with refused_or_not():
            assert set(read_object(body, names)) <= names


class TestABarcode:
    def test_it_is_read_as_scan_reads_it(self, app: Guard) -> None:
        body = json.dumps({"barcode": BARCODE, "region": "TR"}).encode()
        answer = ask(app, "/v1/udi", method="POST", headers=JSON, body=body)
        assert answer.json["di"] == "08714729158608"
        assert answer.json["problems"] == []
        assert "production" not in answer.json
        assert "PATIENT" not in answer.text
        assert answer.headers["cache-control"] == "no-store"

    def test_production_is_given_when_asked_for(self, app: Guard) -> None:
        body = json.dumps({"barcode": BARCODE, "production": True}).encode()
        told = ask(app, "/v1/udi", method="POST", headers=JSON, body=body).json
        assert told["production"]["lot"] == "LOT-OF-A-PATIENT"

    @pytest.mark.parametrize(
        ("headers", "query", "body"),
        [
            ({}, "", {"barcode": BARCODE}),
            (JSON, BARCODE, {"barcode": BARCODE}),
            (JSON, f"barcode={BARCODE}", {"barcode": BARCODE}),
            (JSON, "", BARCODE),
            (JSON, "", [BARCODE]),
            (JSON, "", {BARCODE: BARCODE}),
            (JSON, "", {"barcode": [BARCODE]}),
            (JSON, "", {"barcode": " "}),
            (JSON, "", {"barcode": BARCODE, "region": BARCODE}),
            (JSON, "", {"barcode": BARCODE, "region": 1}),
            (JSON, "", {"barcode": BARCODE, "production": BARCODE}),
        ],
    )
    def test_no_refusal_and_no_log_repeats_it(
        self,
        app: Guard,
        headers: dict[str, str],
        query: str,
        body: Any,  # noqa: ANN401 - whatever JSON holds
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answer = ask(app, "/v1/udi", query, method="POST", headers=headers, body=json.dumps(body).encode())
        assert answer.problem["status"] in (400, 415)
        self.assert_silent(answer, caplog)

    def test_no_path_repeats_it(self, app: Guard, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for path in (f"/v1/udi/{BARCODE}", f"/{BARCODE}"):
            answer = ask(app, path, BARCODE)
            assert answer.problem["status"] == 404
            self.assert_silent(answer, caplog)

    @staticmethod
    def assert_silent(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
        logged = "".join(JsonLines().format(record) for record in caplog.records)
        assert logged
        for text in (answer.text, logged):
            assert "PATIENT" not in text
            assert "08714729158608" not in text

    def test_bytes_that_are_no_text_are_refused(self, app: Guard) -> None:
        assert ask(app, "/v1/udi", method="POST", headers=JSON, body=b"\xff").problem["status"] == 400

    def test_without_its_package_it_says_what_to_install(self, app: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
        def parse_udi(_: str) -> None:
            msg = 'biip is missing; install it with: pip install "devicecat[udi]"'
            raise DevicecatError(msg)

        monkeypatch.setattr(udi, "parse_udi", parse_udi)
        problem = ask(app, "/v1/udi", method="POST", headers=JSON, body=b'{"barcode": "1"}').problem
        assert problem["status"] == 501
        assert "pip install" in problem["detail"]


class TestAskingAgain:
    PATHS = (("/v1/sizes", README), ("/v1/devices", "region=TR"), ("/v1/devices/combo", ""), ("/v1/rules", ""))

    @pytest.mark.parametrize(("path", "query"), [*PATHS, ("/v1/catalog", ""), ("/v1/problems", "")])
    def test_an_unchanged_answer_is_not_sent_again(self, app: Guard, path: str, query: str) -> None:
        tag = ask(app, path, query).headers["etag"]
        for header in (tag, "*", f'"x", {tag}', tag.removeprefix("W/")):
            again = ask(app, path, query, headers={"If-None-Match": header})
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "no-cache"
        assert ask(app, path, query, headers={"If-None-Match": '"other"'}).status == 200

    def test_the_tag_follows_the_question_and_not_how_it_is_written(self, app: Guard) -> None:
        def tag(query: str) -> str:
            return ask(app, "/v1/sizes", query).headers["etag"]

        same = {
            tag(README),
            tag("region=TR&lesion_length=18mm&reference_diameter=2.750%20mm"),
            tag("reference_diameter=2750%20%C2%B5m&lesion_length=1.8cm&region=TR&bed=coronary&rule=within-10-percent"),
        }
        assert len(same) == 1
        others = [tag(README + more) for more in ("&excluded=true", "&format=csv", "&boundary=lumen")]
        assert len(same.union(others)) == 4

    def test_the_tag_follows_the_catalogue_and_the_media_type(self, catalog: Catalog) -> None:
        class Other:
            digest = "sha256:other"

        tags = {tag_of(catalog, "a", "q"), tag_of(catalog, "b", "q"), tag_of(catalog, "a", "r")}
        assert len({*tags, tag_of(Other(), "a", "q")}) == 4  # type: ignore[arg-type]  # only the digest is looked at

    def test_an_answer_is_compressed_for_who_takes_it(self, app: Guard) -> None:
        plain = ask(app, "/v1/sizes", README)
        packed = ask(app, "/v1/sizes", README, headers={"Accept-Encoding": "deflate, gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert "accept-encoding" in plain.headers["vary"].lower()
        assert "content-encoding" not in ask(app, "/v1/sizes", README, headers={"Accept-Encoding": "gzip;q=0"}).headers

    def test_nothing_is_made_for_who_has_it(self) -> None:
        class Request:
            headers: ClassVar = {"if-none-match": 'W/"t"'}

        def make() -> str:
            raise AssertionError

        assert reply(Request(), "text/plain", 'W/"t"', make).status_code == 304  # type: ignore[arg-type]  # enough of one


class TestWhatTheFrameworkWouldAnswer:
    @pytest.mark.parametrize(
        "path", ["/nix", "/v1", "/v1/sizes/", "/v1/../etc/passwd", "/docs", "/redoc", "//", "/\x00"]
    )
    def test_a_path_that_is_not_there_is_a_problem(self, app: Guard, path: str) -> None:
        assert ask(app, path).problem["type"] == "/v1/problems#not-found"

    @pytest.mark.parametrize(
        ("path", "method", "allowed"),
        [
            ("/v1/sizes", "DELETE", "GET, HEAD, POST"),
            ("/v1/rules", "POST", "GET, HEAD"),
            ("/v1/udi", "GET", "POST"),
            ("/v1/udi", "HEAD", "POST"),
            ("/v1/devices/combo", "TRACE", "GET, HEAD"),
            ("/v1/rules", "OPTIONS", "GET, HEAD"),
            ("/v1/rules", "MADE-UP", "GET, HEAD"),
        ],
    )
    def test_a_method_that_is_not_there_names_those_that_are(
        self, app: Guard, path: str, method: str, allowed: str
    ) -> None:
        answer = ask(app, path, method=method)
        assert answer.problem["type"] == "/v1/problems#method-not-allowed"
        assert answer.headers["allow"] == allowed

    def test_head_is_answered_as_get(self, app: Guard) -> None:
        assert ask(app, "/v1/rules", method="HEAD").headers == ask(app, "/v1/rules").headers

    def test_an_unknown_device_names_near_ones(self, app: Guard) -> None:
        problem = ask(app, "/v1/devices/invamed-extendr").problem
        assert problem["type"] == "/v1/problems#unknown-device"
        assert "did you mean 'invamed-extender'" in problem["detail"]
        assert ask(app, "/v1/devices/" + "x" * 500).problem["status"] == 404
        assert ask(app, "/v1/devices/<script>").problem["status"] == 404

    def test_no_response_opens_itself_to_other_origins_or_guesses(self, app: Guard) -> None:
        for path, query in (("/v1/sizes", README), ("/nix", "")):
            headers = ask(app, path, query, headers={"Origin": "https://elsewhere.example"}).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert not [name for name in headers if name.startswith("access-control")]

    def test_a_failure_says_nothing_of_itself_but_in_the_log_where(
        self, app: Guard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object) -> None:
            msg = "SERIAL-OF-A-PATIENT"
            raise RuntimeError(msg)

        caplog.set_level(logging.INFO)
        monkeypatch.setattr(udi, "parse_udi", fail)
        answer = ask(app, "/v1/udi", method="POST", headers=JSON, body=b'{"barcode": "1"}')
        assert answer.problem["status"] == 500
        assert answer.error is None
        logged = JsonLines().format(caplog.records[-1])
        assert re.search(r'"error": "RuntimeError at test_service:\d+"', logged)
        assert "PATIENT" not in answer.text + logged


class TestTheGuard:
    @staticmethod
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        """An application that takes its time, before or after it has begun to answer."""
        if scope["path"] == "/begun":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if scope["path"] == "/fails":
            raise ValueError(scope["path"])
        await asyncio.sleep(30)
        await receive()

    def test_too_many_at_once_are_asked_to_come_again(self) -> None:
        async def many() -> list[Answer]:
            guard = Guard(self.slow, Limits(at_once=2, answer_seconds=0.2))
            return await asyncio.gather(*(asked(guard, "/") for _ in range(5)))

        answers = asyncio.run(many())
        assert sorted(answer.problem["title"] for answer in answers) == ["Busy"] * 3 + ["Not answered in time"] * 2
        assert {answer.headers.get("retry-after") for answer in answers} == {"1", None}

    def test_an_answer_that_had_begun_is_broken_off_and_not_passed_off_as_whole(self) -> None:
        answer = ask(Guard(self.slow, Limits(answer_seconds=0.05)), "/begun")
        assert (answer.status, answer.body, answer.whole) == (200, b"half", False)
        assert answer.error is not None

    def test_a_failing_application_is_answered_for(self) -> None:
        answer = ask(Guard(self.slow, Limits()), "/fails")
        assert answer.problem["type"] == "/v1/problems#failed"

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, catalog: Catalog) -> None:
        app = create_app(Keeper(catalog=catalog), Limits(body=100))
        parts = [b"x" * 60, b"x" * 60, b"x" * 60]
        answer = ask(app, "/v1/sizes", method="POST", headers=NDJSON, body=parts)
        assert answer.problem["type"] == "/v1/problems#too-large"
        assert answer.headers["connection"] == "close"

    def test_a_body_that_comes_too_slowly_is_refused(self, catalog: Catalog) -> None:
        app = create_app(Keeper(catalog=catalog), Limits(body_seconds=0.02))
        answer = ask(app, "/v1/sizes", method="POST", headers=NDJSON, body=[b"{", b"}"], pause=0.2)
        assert answer.problem["type"] == "/v1/problems#too-late"
        assert answer.headers["connection"] == "close"

    def test_a_body_that_goes_on_and_on_is_refused(self, catalog: Catalog) -> None:
        app = create_app(Keeper(catalog=catalog), Limits(body_seconds=5, whole_body_seconds=0.2))
        parts = [b"{"] + [b" "] * 100
        answer = ask(app, "/v1/udi", method="POST", headers=JSON, body=parts, pause=0.02)
        assert answer.problem["type"] == "/v1/problems#too-late"
        assert "not complete after 0.2" in answer.problem["detail"]

    def test_a_head_that_is_too_large_is_refused(self, app: Guard) -> None:
        for headers in ({f"x-{n}": "1" for n in range(200)}, {"x": "a" * 40_000}):
            assert ask(app, "/healthz", headers=headers).problem["type"] == "/v1/problems#headers-too-large"
        assert ask(app, "/" + "a" * 9000).problem["type"] == "/v1/problems#address-too-long"

    def test_a_client_that_leaves_in_the_middle_is_no_failure(
        self, app: Guard, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        scope = {"type": "http", "method": "POST", "path": "/v1/udi", "raw_path": b"", "query_string": b""}
        headers = [(b"content-type", b"application/json")]

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            """Nobody is there."""

        asyncio.run(app({**scope, "headers": headers}, receive, send))
        assert caplog.records[-1].levelname == "INFO"
        assert caplog.records[-1].__dict__["fields"]["status"] == 499

    def test_what_is_no_request_passes(self) -> None:
        seen: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI calls it
            seen.append(scope["type"])

        asyncio.run(Guard(app, Limits())({"type": "lifespan"}, None, None))  # type: ignore[arg-type]  # not called
        assert seen == ["lifespan"]


class TestTheLog:
    def test_a_line_is_json_and_tells_route_status_and_time(self, app: Guard, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        ask(app, "/v1/devices/combo", "region=TR")
        ask(app, "/v1/devices/combo", "region=TR", method="SECRET")
        told, other = [json.loads(JsonLines().format(record)) for record in caplog.records if record.msg == "request"]
        assert told | {"time": "", "ms": 0, "bytes": 0} == {
            "time": "",
            "level": "info",
            "event": "request",
            "method": "GET",
            "route": "/v1/devices/{slug}",
            "status": 200,
            "ms": 0,
            "bytes": 0,
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["time"])
        assert other["method"] == "other"

    def test_of_an_exception_only_class_and_place_are_told(self) -> None:
        with pytest.raises(ValueError, match="SERIAL") as raised:
            int("SERIAL")
        error = raised.value
        record = logging.LogRecord("x", logging.ERROR, "", 0, "it failed\n", (), (ValueError, error, None))
        told = json.loads(JsonLines().format(record))
        assert told["event"] == "it failed"
        assert re.fullmatch(r"ValueError at test_service:\d+", told["error"])
        assert where(ValueError("SERIAL")) == "ValueError"

    def test_it_goes_to_standard_error_with_what_the_server_says(self, capsys: pytest.CaptureFixture[str]) -> None:
        names = ("devicecat.service", "uvicorn", "asyncio")
        kept = {name: (logging.getLogger(name), dict(vars(logging.getLogger(name)))) for name in names}
        handlers = {name: list(logger.handlers) for name, (logger, _) in kept.items()}
        try:
            log_to_stderr()
            logging.getLogger("uvicorn.error").info("Started")
            logging.getLogger("uvicorn.error").warning("Odd")
            logging.getLogger("devicecat.service").info("request")
        finally:
            for name, (logger, state) in kept.items():
                logger.handlers[:] = handlers[name]
                logger.propagate = state["propagate"]
                logger.setLevel(state["level"])
        assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["Odd", "request"]


class TestRulesSideBySideAndSingleSizes:
    """What the command line does not take, or what it does not refuse."""

    @pytest.mark.parametrize("more", ["guide=6+Fr", "use=bifurcation", "require_status=true", "basis=label"])
    def test_a_comparison_takes_every_option_of_a_question(self, app: Guard, more: str) -> None:
        plain, other = ask(app, "/v1/compare", COMPARED).json, ask(app, "/v1/compare", f"{COMPARED}&{more}").json
        assert plain["answer_ids"].keys() == other["answer_ids"].keys()
        assert not set(plain["answer_ids"].values()) & set(other["answer_ids"].values())

    def test_its_tag_follows_the_order_of_the_rules_and_what_is_listed(self, app: Guard) -> None:
        one, two = "&rule=within-10-percent", "&rule=stent-90-to-100-percent"
        queries = (README + one + two, README + two + one, f"{README}{one}{two}&excluded=true")
        tags = {ask(app, "/v1/compare", query).headers["etag"] for query in queries}
        assert len(tags) == 3
        again = ask(app, "/v1/compare", queries[0].replace("%20", "+"))
        assert again.headers["etag"] in tags
        headers = {"If-None-Match": again.headers["etag"]}
        assert ask(app, "/v1/compare", queries[0], headers=headers).status == 304

    @pytest.mark.parametrize(
        ("path", "query", "code", "words"),
        [
            ("/v1/compare", README, "bad-question", "two rules or more"),
            ("/v1/compare", f"{README}&rule=", "empty-parameter", "'rule'"),
            ("/v1/compare", f"{README}&rule=nix&rule=within-10-percent", "bad-parameter", "is no rule"),
            ("/v1/compare", f"{README}&rule=within-10-percent&rule=within-10-percent", "repeated-parameter", "'rule'"),
            ("/v1/compare", README + "".join(f"&rule=r{n}" for n in range(9)), "bad-question", "9 rules are named"),
            ("/v1/compare", f"{COMPARED}&format=csv", "unknown-parameter", "'format'"),
            ("/v1/devices/combo/compliance", "", "bad-question", "no size is given"),
            ("/v1/devices/combo/compliance", "size=9x", "bad-parameter", "size: "),
            ("/v1/devices/combo/compliance", "size=3+mm&diameter=3,1+mm", "bad-parameter", "write '3.1 mm'"),
            ("/v1/devices/combo/compliance", "size=3+mm&diameter=3+mm&pressure=9+atm", "bad-question", "one of them"),
            ("/v1/devices/combo/compliance", "size=3+mm&region=QQ", "bad-parameter", "region: "),
            ("/v1/devices/combo/dose", "size=3+x+9&pressure=9+atm", "unknown-parameter", "'pressure'"),
            ("/v1/devices/comboo/dose", "size=3+x+9", "unknown-device", "combo"),
        ],
    )
    def test_what_cannot_be_asked_is_said(self, app: Guard, path: str, query: str, code: str, words: str) -> None:
        told = ask(app, path, query).problem
        assert told["type"] == f"/v1/problems#{code}"
        assert words in told["detail"]
        if code == "bad-parameter":
            assert told["parameter"] in query


class TestTheCatalogueChanges:
    def test_a_changed_catalogue_is_taken_whole(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        device = _toy(tmp_path)
        keeper = Keeper([tmp_path])
        app = create_app(keeper)
        before = ask(app, "/healthz").json["catalog_digest"]
        device.write_text(device.read_text(encoding="utf-8").replace("Kestrel", "Merlin"), encoding="utf-8")
        assert ask(app, "/healthz").json["catalog_digest"] == before
        assert keeper.reload() is True
        after = ask(app, "/healthz").json["catalog_digest"]
        assert after != before
        [taken] = [record for record in caplog.records if record.msg == "catalogue taken"]
        assert taken.__dict__["fields"] == {"old": before, "serving": after}
        assert ask(app, "/openapi.json").status == 200

    def test_a_broken_one_leaves_the_old_serving_and_says_so(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        device = _toy(tmp_path)
        keeper = Keeper([tmp_path])
        before = keeper.catalog
        device.write_text("schema = 1\nnonsense = true\n", encoding="utf-8")
        assert keeper.reload() is False
        assert keeper.catalog is before
        device.unlink()
        (tmp_path / "devices").rmdir()
        assert keeper.reload() is False
        assert keeper.catalog is before
        for record in caplog.records:
            assert "the old one goes on serving" in record.getMessage()
            assert record.__dict__["fields"]["problems"]

    def test_changed_rules_of_the_bundled_catalogue_are_taken_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        device = _toy(tmp_path / "own")
        shutil.copytree(loader.BUNDLED, tmp_path / "bundled", ignore=shutil.ignore_patterns("devices"))
        monkeypatch.setattr(loader, "BUNDLED", tmp_path / "bundled")
        loader.forget()
        try:
            keeper = Keeper([device.parents[1]])
            rule = tmp_path / "bundled" / "rules" / "within-10-percent.toml"
            rule.write_text(rule.read_text(encoding="utf-8").replace("Within 10", "Within ten"), encoding="utf-8")
            assert keeper.reload() is True
            assert keeper.catalog.rule().name.startswith("Within ten")
            rule.write_text("[broken", encoding="utf-8")
            assert keeper.reload() is False
        finally:
            loader.forget()

    def test_a_service_of_a_catalogue_without_the_usual_devices_describes_itself(self, tmp_path: Path) -> None:
        _toy(tmp_path)
        paths = document(load_catalog(tmp_path))["paths"]
        assert paths["/v1/devices/{slug}"]["get"]["parameters"][0]["example"] == "kestrel"


def _toy(folder: Path) -> Path:
    """A catalogue of one device."""
    (folder / "devices").mkdir(parents=True)
    device = folder / "devices" / "kestrel.toml"
    device.write_text(
        'schema = 1\nreviewed = 2026-11-20\n[identity]\nname = { value = "Kestrel", source = "ifu", locator = "1" }\n'
        'manufacturer = { value = "Acme", source = "ifu", locator = "1" }\n'
        'kind = { value = "stent", source = "ifu", locator = "1" }\nbed = ["coronary"]\n'
        '[source.ifu]\nkind = "ifu"\ntitle = "IFU"\npublisher = "Acme"\nurl = "https://example.org/"\n'
        "retrieved = 2026-11-20\n",
        encoding="utf-8",
    )
    return device


class TestTheDescription:
    def test_it_describes_every_path_and_method_there_is(self, app: Guard) -> None:
        told = ask(app, "/openapi.json").json
        assert told["openapi"] == "3.1.0"
        assert told["info"]["description"] == INTENDED_PURPOSE
        for path, operations in told["paths"].items():
            answer = ask(app, path.replace("{slug}", "combo"), method="MADE-UP")
            assert {m.lower() for m in answer.headers["allow"].split(", ")} - {"head"} == set(operations)
        routes = (*api.router.routes, *rules_api.router.routes)
        assert set(told["paths"]) == {str(vars(route)["path"]) for route in routes}

    def test_every_parameter_has_a_constraint_and_an_example_that_meets_it(self, catalog: Catalog) -> None:
        for operations in document(catalog)["paths"].values():
            for operation in operations.values():
                for parameter in operation["parameters"]:
                    schema = parameter["schema"]
                    example = parameter["example"]
                    if schema["type"] == "array":
                        assert len(set(example)) == len(example) >= schema["minItems"]
                        schema, example = schema["items"], example[0]
                    assert {"enum", "pattern"} & set(schema) or parameter["in"] == "header", parameter["name"]
                    assert "enum" not in schema or example in schema["enum"]
                    assert "pattern" not in schema or re.search(schema["pattern"], example)

    def test_every_type_of_problem_is_told(self, app: Guard) -> None:
        told = ask(app, "/v1/problems").json["problems"]
        assert [row["type"] for row in told] == [f"/v1/problems#{code}" for code in TYPES]
