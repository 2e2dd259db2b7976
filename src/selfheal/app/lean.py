"""Keeps out of the resident what it does not use.

asyncio imports `ssl` where it can, and OpenSSL is 4 MB of the resident's 32. Only a gateway that speaks TLS
needs it; `gateway.loopback` fetches it then.
"""

import sys


def leave_out_ssl() -> None:
    """To be called before the first import of asyncio; afterwards it does nothing.

    None in `sys.modules` is the import system's own word for «this module is not to be had here».
    """
    if "asyncio" not in sys.modules:
        sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]  # documented, unknown to the stubs
