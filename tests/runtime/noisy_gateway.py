"""The counted gateway, which prints what `$HOME/words` holds before it starts. While `$HOME/broken` is there
it fails instead, and the first of those words stand in its last lines.

    noisy_gateway.py gateway run
"""

import os
import runpy
import sys
from pathlib import Path

COUNTED = Path(__file__).with_name("counted_gateway.py")
WORDS, BROKEN = "words", "broken"
LAST, A_LINE = 9, 3
"""So many of the words, each of which ends with a NUL, are the last of a start that fails."""


def main() -> None:
    home = Path(os.environ["HOME"])
    words = [word for word in (home / WORDS).read_text(encoding="utf-8").split("\0") if word]
    sys.stdout.write("\n".join(words) + "\n")
    sys.stdout.flush()
    if (home / BROKEN).exists():
        for first in range(0, LAST, A_LINE):
            sys.stderr.write(f"Error: cannot go on: {' | '.join(words[first : first + A_LINE])}\n")
        raise SystemExit(9)
    sys.argv[0] = str(COUNTED)
    runpy.run_path(str(COUNTED), run_name="__main__")


if __name__ == "__main__":
    main()
