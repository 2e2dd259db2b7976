"""Asks one address once, and ends: `python -m selfheal.notify.ping`, a process of its own.

The address is a secret and comes by standard input, where no list of processes shows it. The resident neither
loads TLS for it nor waits. Nothing of the answer is read but its status; where it leads nobody follows.
Only the standard library: this runs every few minutes for ever.
"""

import http.client
import json
import signal
import sys
import urllib.error
import urllib.request
from typing import IO

from selfheal import __version__
from selfheal.notify.trust import trust

TIMEOUT_S = 20  # for all of it; a name that is looked up for ever obeys no socket's timeout
ADDRESS_BYTES = 8192


class _StayHere(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is no success."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


def ping(url: str, timeout_s: float = TIMEOUT_S) -> str:
    """Why it was not taken, without the address; empty: it was. TLS is verified."""
    try:
        asked = urllib.request.Request(url, headers={"User-Agent": f"selfheal/{__version__}"})  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust(None)), _StayHere())
        with opener.open(asked, timeout=timeout_s):
            return ""
    except urllib.error.HTTPError as error:
        return f"the service answered {error.code}"
    except urllib.error.URLError as error:
        return _why(error.reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _why(error)


def _why(error: object) -> str:
    """Never the words of an error that may repeat the address."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__


def main() -> None:
    signal.alarm(TIMEOUT_S)  # unhandled: it ends us wherever we hang
    url = sys.stdin.read(ADDRESS_BYTES).strip()
    why = ping(url)
    sys.stdout.write(json.dumps({"again_s": None, "why": [why] if why else []}) + "\n")


if __name__ == "__main__":
    main()
