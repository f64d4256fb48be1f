"""The script ``devicecat``, also ``python -m devicecat``: asks for its extra, then hands over to the face."""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec


def main() -> int:
    """Run the command line.

    Returns:
        The exit code; 2 if the packages of the extra ``cli`` are not installed.
    """
    # Looked for before the face is imported: an ImportError from inside the face is our fault and must show itself.
    missing = [name for name in ("typer", "rich") if find_spec(name) is None]
    if missing:
        print(
            f"devicecat: the command line needs {' and '.join(missing)}, which this Python does not have; "
            'install it with: pip install "devicecat[cli]"',
            file=sys.stderr,
        )
        return 2

    if sys.argv[1:2] == ["serve"]:
        # Nothing of what is made until a service serves is ever rubbish, and looking for some takes a third of its
        # start. It turns the collector on again.
        gc.disable()
        from devicecat import cli_serve

        return cli_serve.run()
    from devicecat import cli

    return cli.run()


if __name__ == "__main__":
    sys.exit(main())
