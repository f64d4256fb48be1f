"""What every command runs in: its exit code, the last word on what fails, and consoles that lack characters."""

from __future__ import annotations

import codecs
import sys
import traceback
from typing import TYPE_CHECKING, Final

from devicecat.errors import CatalogError, DevicecatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

_PLAINER: Final = {
    "●": "(YES)",
    "○": "(NO)",
    "×": "x",
    "–": "-",
    "—": "-",
    "µ": "u",
    "≥": ">=",
    "≤": "<=",
    "²": "2",
    "·": ",",
}


def _write_plainer(error: UnicodeError) -> tuple[str, int]:
    """A console that lacks a character gets its plain form, never a question mark: that has a meaning here."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only encoding is registered
    text = error.object[error.start : error.end]
    return "".join(_PLAINER.get(c, c.encode("ascii", "backslashreplace").decode()) for c in text), error.end


codecs.register_error("devicecat-plainer", _write_plainer)


def run_app(app: typer.Typer, arguments: Sequence[str], name: str) -> int:
    """Run a command line.

    Args:
        app: Its commands.
        arguments: What stands behind its name.
        name: As it was called.

    Returns:
        The exit code.
    """
    try:
        app(arguments, prog_name=name, standalone_mode=True)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # whoever read from us has read enough
            return 0
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except CatalogError as error:
        complain(str(error))
        return 2
    except DevicecatError as error:
        complain(f"devicecat: {error}")
        return 2
    except Exception as error:  # noqa: BLE001 - the last line of defence of a face
        if "--debug" in arguments:
            traceback.print_exc()
        else:
            complain(f"devicecat: unexpected failure: {type(error).__name__}: {error} (--debug shows where)")
        return 1
    return 0


def complain(text: str) -> None:
    """Write to stderr, whatever its encoding."""
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(errors="devicecat-plainer")
    sys.stderr.write(f"{text}\n")
