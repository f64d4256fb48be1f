"""One edition of a catalogue, as raw tables: a folder, a wheel, or a git revision.

An edition is compared and never asked, and it may be older than this library: so it is parsed, and no model is laid
over it. What comes out of a wheel or a repository is read in memory, under names of one known shape and within limits;
nothing is unpacked.
"""

from __future__ import annotations

import io
import lzma
import re
import shutil
import stat
import subprocess
import tarfile
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import tomli

from devicecat.errors import CatalogError, Problem, QueryError
from devicecat.lines import toml_sentence
from devicecat.loader import BIGGEST_FILE, BUNDLED, MOST_FILES, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BIGGEST_WHEEL: Final = 64 * 1024 * 1024
"""In bytes, of the wheel itself. The wheel of this library is far below one MB."""

BIGGEST_CATALOGUE: Final = 128 * 1024 * 1024
"""In bytes, of all that a wheel says it holds of a catalogue."""

IN_WHEEL: Final = "devicecat/catalog/"
IN_REPOSITORY: Final = "catalog"

_WANTED: Final = re.compile(r"regions\.toml|(?:devices|rules)/[a-z0-9]+(?:-[a-z0-9]+)*\.toml")
_BESIDE: Final = re.compile(r"[^/]+|(?:devices|rules)/(?:\..*|README\.md|LICENSE)")
_UNREADABLE: Final = (
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
_EXPECTED: Final = "write a catalogue folder such as ./catalog, a wheel (*.whl), or a git revision such as v0.1.0"


class Edition(NamedTuple):
    """A catalogue at one time.

    Attributes:
        name: As the caller named it.
        files: Path inside the catalogue → what the file says.
    """

    name: str
    files: Mapping[str, Mapping[str, Any]]

    @property
    def digest(self) -> str:
        """The digest that reports of this edition carry."""
        return digest(self.files)

    def of(self, folder: str) -> dict[str, Mapping[str, Any]]:
        """The files of one folder, by their stem."""
        return {
            path.removeprefix(folder).removesuffix(".toml"): raw
            for path, raw in sorted(self.files.items())
            if path.startswith(folder)
        }


class _Part(NamedTuple):
    """One file of an edition, not yet read: its path inside the catalogue, its size, and how to read it."""

    path: str
    size: int
    read: Callable[[], bytes]


def open_edition(name: str, repository: Path = Path()) -> Edition:
    """Read an edition.

    Args:
        name: A catalogue folder, a wheel, or a revision of the git repository; the first of these that it is.
        repository: A folder of the git repository.

    Raises:
        QueryError: if it is none of these; the sentence says what to write.
        CatalogError: with every file that cannot be read.
    """
    if name.startswith("-"):
        msg = f"'{name}' begins with a hyphen, as an option does; {_EXPECTED}."
        raise QueryError(msg)
    if not name.strip() or not name.isprintable():
        msg = f"{name!r} names nothing; {_EXPECTED}."
        raise QueryError(msg)
    path = Path(name)
    if path.is_dir():
        return _gather(name, lambda inside: str(path / inside), _folder(path), bundled_rules=True)
    if path.suffix == ".whl":
        return _gather(name, lambda inside: f"{name}/{IN_WHEEL}{inside}", _wheel(path), bundled_rules=False)
    if path.exists():
        msg = f"'{name}' is a file and no wheel; {_EXPECTED}."
        raise QueryError(msg)
    shown = f"{name}:{IN_REPOSITORY}/"
    return _gather(name, lambda inside: f"{shown}{inside}", _revision(name, repository), bundled_rules=False)


def _gather(name: str, shown: Callable[[str], str], parts: Iterator[_Part], *, bundled_rules: bool) -> Edition:
    """Read the parts of an edition.

    What it lacks is filled in as it was when reports were written: a folder is asked with the rules of this library, a
    wheel and a revision with the rules of their own.
    """
    files: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for part in parts:
        try:
            if _is_wanted(part, files):
                files[part.path] = _parse(part.read())
        except (ValueError, RecursionError) as error:
            problems.append(Problem(shown(part.path), getattr(error, "lineno", 0), "", _sentence(error)))
        except _UNREADABLE as error:
            problems.append(Problem(shown(part.path), 0, "", f"cannot be read: {error}."))
    if not problems and not any(path.startswith("devices/") for path in files):
        problems.append(Problem(shown("devices"), 0, "", "no device files; a catalogue is never empty."))
    if problems:
        raise CatalogError(problems)
    if "regions.toml" not in files:
        files["regions.toml"] = _parse((BUNDLED / "regions.toml").read_bytes())
    if bundled_rules or not any(path.startswith("rules/") for path in files):
        for rule in sorted((BUNDLED / "rules").glob("*.toml")):
            files.setdefault(f"rules/{rule.name}", _parse(rule.read_bytes()))
    return Edition(name, files)


def _is_wanted(part: _Part, files: Mapping[str, object]) -> bool:
    """Whether a part is a file of the catalogue, and not one that may lie beside them.

    Raises:
        OSError: if it is neither, or not one that is read.
    """
    if not _WANTED.fullmatch(part.path):
        if _BESIDE.fullmatch(part.path):
            return False
        msg = "no file of a catalogue has such a name; it is devices/<slug>.toml or rules/<slug>.toml"
    elif part.path in files:
        msg = "it stands there twice"
    elif part.size > BIGGEST_FILE:
        msg = f"it has {part.size} bytes, and a file of a catalogue at most {BIGGEST_FILE // 1024 // 1024} MB"
    else:
        return True
    raise OSError(msg)


def _parse(data: bytes) -> dict[str, Any]:
    """What a file says, as the loader reads it."""
    text = data.decode("utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n")
    return tomli.loads(text, parse_float=Decimal)


def _sentence(error: ValueError | RecursionError) -> str:
    return "not UTF-8; save the file as UTF-8." if isinstance(error, UnicodeDecodeError) else toml_sentence(error)


# ── Where the parts are ──────────────────────────────────────────────────────────────────


def _folder(folder: Path) -> Iterator[_Part]:
    paths = [folder / "regions.toml"] if (folder / "regions.toml").exists() else []
    for inside in ("devices", "rules"):
        if (folder / inside).is_dir():
            paths += sorted((folder / inside).iterdir())
    for path in paths:
        readable = path.is_file()  # no pipe, which would be read for ever
        yield _Part(
            path.relative_to(folder).as_posix(),
            path.stat().st_size if readable else 0,
            path.read_bytes if readable else _no_file,
        )


def _no_file() -> bytes:
    msg = "it is no plain file"
    raise OSError(msg)


def _wheel(path: Path) -> Iterator[_Part]:
    """The catalogue in a wheel. A wheel with one name that is not safe is refused whole: it was made to do harm."""
    if not path.is_file():
        msg = f"'{path}' is no file; {_EXPECTED}."
        raise QueryError(msg)
    if path.stat().st_size > BIGGEST_WHEEL:
        raise _refused(path, f"the wheel has more than {BIGGEST_WHEEL // 1024 // 1024} MB")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _refused(path, f"it is no wheel ({error})") from error
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members:
            if not _is_safe(member):
                raise _refused(path, f"{member.orig_filename!r} is no safe name in a wheel")
        held = [member for member in members if member.filename.startswith(IN_WHEEL)]
        if len(held) > MOST_FILES:
            raise _refused(path, f"its catalogue has {len(held)} files, and at most {MOST_FILES} are read")
        if sum(member.file_size for member in held) > BIGGEST_CATALOGUE:
            raise _refused(path, f"its catalogue has more than {BIGGEST_CATALOGUE // 1024 // 1024} MB")
        for member in held:
            linked = stat.S_ISLNK(member.external_attr >> 16)
            # zipfile reads no more than the size that the directory of the wheel states, which is checked before.
            yield _Part(
                member.filename.removeprefix(IN_WHEEL),
                member.file_size,
                _no_file if linked else lambda member=member: archive.read(member),  # type: ignore[misc]
            )


def _is_safe(member: zipfile.ZipInfo) -> bool:
    """Whether a name stays inside the folder a wheel is unpacked in, on every system."""
    name = member.filename
    steps = name.split("/")
    plain = name.isprintable() and "\\" not in name and ":" not in name and name == member.orig_filename
    return plain and not {"", ".", ".."} & set(steps)


def _refused(path: Path, why: str) -> CatalogError:
    return CatalogError([Problem(str(path), 0, "", f"{why}; it is not read.")])


def _revision(name: str, repository: Path) -> Iterator[_Part]:
    """The catalogue in a revision. git itself says what that is; nothing is checked out."""
    git = shutil.which("git")
    top = None if git is None else _git(git, repository, "rev-parse", "--show-toplevel")
    if git is None or top is None:
        where = "git is not installed" if git is None else "this is no git repository"
        msg = f"'{name}' is no folder and no wheel, and {where}; {_EXPECTED}."
        raise QueryError(msg)
    commit = _git(git, repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if commit is None:
        msg = f"'{name}' is no folder, no wheel and no revision of this git repository; {_EXPECTED}."
        raise QueryError(msg)
    root = Path(top.decode().rstrip("\r\n"))
    packed = _git(git, root, "archive", "--format=tar", commit.decode().strip(), IN_REPOSITORY)
    if packed is None:
        msg = f"the revision '{name}' has no folder '{IN_REPOSITORY}'; {_EXPECTED}."
        raise QueryError(msg)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if not member.isdir():
                held = archive.extractfile(member) if member.isreg() else None
                path = member.name.removeprefix(f"{IN_REPOSITORY}/")
                yield _Part(path, member.size, _no_file if held is None else held.read)


def _git(git: str, folder: Path, *arguments: str) -> bytes | None:
    """What git prints; ``None`` if it refuses."""
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603 - no shell
    return done.stdout if done.returncode == 0 else None
