"""A file is written whole or not at all: beside its place, then moved there. Only an export is ever replaced."""

from __future__ import annotations

import os
import secrets
import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devicecat.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

MARKS: Final = (b"catalogue_version", b"urn:devicecat:")
"""What stands near the beginning, or in the footer, of every file that this library exports."""

_NEAR: Final = 65_536


def write_whole(path: str | os.PathLike[str], write: Callable[[BinaryIO], None]) -> Path:
    """Write a file; whoever looks sees the old one, or the new one whole.

    Args:
        path: Where. An earlier export there is replaced, and so is an empty file; anything else is a reason to stop.
        write: Writes the content.

    Returns:
        The file, links resolved.

    Raises:
        ExportError: if something else is there, or it cannot be written. Then everything is as it was.
    """
    target = Path(os.path.realpath(path))
    _refuse_what_is_not_ours(target)
    fresh = target.with_name(f".devicecat-{secrets.token_hex(6)}.new")
    try:
        with fresh.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except OSError as error:
        msg = f"{target}: cannot be written ({error.strerror or error}); name a file that you may write."
        raise ExportError(msg) from error
    finally:
        with suppress(OSError):
            fresh.unlink()
    return target


def _refuse_what_is_not_ours(target: Path) -> None:
    """Stop before anything that an export did not write would be lost.

    Raises:
        ExportError: if something else is there, or the folder is not.
    """
    if not target.parent.is_dir():
        msg = f"{target.parent}: no such folder; make it first, or name a file in a folder that is there."
        raise ExportError(msg)
    try:
        found = target.stat()
        is_ours = stat.S_ISREG(found.st_mode) and (found.st_size == 0 or _is_export(target))
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"{target}: cannot be read ({error.strerror}); name a file that you may read and write."
        raise ExportError(msg) from error
    if not is_ours:
        what = "a folder" if target.is_dir() else "not written by an export of devicecat"
        msg = f"{target}: is there already, and is {what}; name another file, for example devices.csv."
        raise ExportError(msg)


def _is_export(path: Path) -> bool:
    """Whether an export of this library wrote a file, in whatever form."""
    with path.open("rb") as file:
        near = file.read(_NEAR)
        if near[:2] == b"PK":
            try:
                with zipfile.ZipFile(file) as parts, parts.open("docProps/core.xml") as core:
                    near = core.read(_NEAR)
            except (zipfile.BadZipFile, KeyError):
                return False
        elif near[:4] == b"PAR1":
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16 * _NEAR))
            near = file.read()
    return any(mark in near for mark in MARKS)
