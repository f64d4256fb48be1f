"""The wheel: built from the sdist, holding the repository's catalogue byte for byte, working where no checkout is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
import tomli

import devicecat

ROOT = Path(__file__).parents[1]
PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION: str = PROJECT["version"]
SENTENCE = (
    "devicecat: the command line needs {}, which this Python does not have; "
    'install it with: pip install "devicecat[cli]"\n'
)
RUN_MAIN = "from devicecat.__main__ import main; sys.exit(main())"


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DEVICECAT", "COV_"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | {"PYTHONUTF8": "1"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


class Installed:
    """The wheel, installed in a folder of its own, and a Python that can reach it but no checkout."""

    def __init__(self, site: Path, cwd: Path) -> None:
        self.site = site
        self.cwd = cwd

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the installed wheel first on its path."""
        # -S leaves the .pth files unread, and with them the src/ of an editable install; the dependencies are reached
        # as a plain folder behind the wheel's own.
        behind = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        path = os.pathsep.join([str(self.site), *sorted(behind)])
        return run(sys.executable, "-S", *arguments, cwd=self.cwd, PYTHONPATH=path)

    def says(self, program: str) -> str:
        """What a program prints, which must not fail."""
        done = self.python("-c", program)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of this tree and the wheel built from that sdist."""
    folder = tmp_path_factory.mktemp("built")
    done = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    site = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = run(*pip, "--no-deps", "--no-index", "--no-compile", "--target", site, wheel, cwd=site)
    assert done.returncode == 0, done.stderr
    return Installed(site, tmp_path_factory.mktemp("elsewhere"))


def test_the_wheel_holds_the_catalogue_of_the_repository_byte_for_byte(wheel: Path) -> None:
    catalog = ROOT / "catalog"
    repository = {
        path.relative_to(catalog).as_posix(): path.read_bytes()
        for path in catalog.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    prefix = "devicecat/catalog/"
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix) and not name.endswith("/")
        }
    assert set(packed) == set(repository)
    assert packed == repository
    assert {"regions.toml", "LICENSE"} <= set(packed)
    assert {name.partition("/")[0] for name in packed if "/" in name} == {"devices", "rules"}


def test_the_wheel_holds_the_package_and_nothing_beside_it(wheel: Path) -> None:
    source = ROOT / "src"
    files = {path.relative_to(source).as_posix() for path in (source / "devicecat").rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.startswith("devicecat/catalog/")}
        licenses = {name.partition("/licenses/")[2] for name in names if "/licenses/" in name}
        [metadata] = [archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA")]
        [scripts] = [archive.read(name).decode() for name in names if name.endswith(".dist-info/entry_points.txt")]
    package = {name for name in names if ".dist-info/" not in name}
    assert package == {name for name in files if "__pycache__" not in name}
    assert "devicecat/py.typed" in package
    assert licenses == {"LICENSE", "catalog/LICENSE"}
    assert "License-Expression: Apache-2.0 AND CC0-1.0\n" in metadata
    assert "devicecat = devicecat.__main__:main\n" in scripts


def test_the_sdist_holds_what_a_packager_needs_to_test_it(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "docs/format.md"} <= names
    assert f"tests/{Path(__file__).name}" in names
    assert not any(name.startswith((".ci", ".github", ".venv")) for name in names)


def test_the_installed_wheel_answers_as_the_checkout_does(installed: Installed) -> None:
    where = Path(installed.says("import devicecat; print(devicecat.__file__)").strip())
    assert where.is_relative_to(installed.site)
    digest = installed.says("from devicecat import load_catalog; print(load_catalog().digest)").strip()
    assert digest == devicecat.load_catalog().digest
    answer = devicecat.find_sizes(devicecat.Vessel(reference_diameter="2.75 mm")).to_json()
    query = "find_sizes(Vessel(reference_diameter='2.75 mm')).to_json()"
    assert installed.says(f"from devicecat import Vessel, find_sizes; print({query}, end='')") == answer


def test_the_installed_wheel_has_its_command(installed: Installed) -> None:
    done = installed.python("-m", "devicecat", "--version")
    assert done.returncode == 0, done.stderr
    assert VERSION in done.stdout


@pytest.mark.parametrize(
    ("missing", "named"), [(["typer", "rich"], "typer and rich"), (["typer"], "typer"), (["rich"], "rich")]
)
def test_without_its_extra_the_script_says_what_to_install(
    installed: Installed, missing: list[str], named: str
) -> None:
    done = installed.python("-c", f"import sys; sys.modules.update(dict.fromkeys({missing})); {RUN_MAIN}")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", SENTENCE.format(named))


def test_a_fault_inside_the_command_line_is_not_taken_for_a_missing_extra(installed: Installed) -> None:
    done = installed.python("-c", f"import sys; sys.modules['devicecat.cli'] = None; {RUN_MAIN}")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert "pip install" not in done.stderr


def test_every_place_that_states_the_version_states_the_same() -> None:
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    releases = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert releases[0] == VERSION
