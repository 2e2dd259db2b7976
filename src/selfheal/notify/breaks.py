"""Says why a connection failed, from the errors that libraries wrap around each other."""

import socket
import ssl
from collections.abc import Iterator


def why_broken(host: str, error: BaseException) -> str:
    """Names the host and never a path. The first error that says more than its wrapping counts."""
    for cause in _chain(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"the certificate of {host} is not valid: {cause.verify_message}"
            case socket.gaierror():
                return f"the name {host} cannot be resolved: {cause.strerror}"
            case ssl.SSLError() if reason := getattr(cause, "reason", None):  # only OpenSSL's own have one
                return f"no TLS with {host}: {reason}"
            case TimeoutError():
                return f"no answer from {host} in time"
            case OSError() if cause.strerror:
                return f"no connection to {host}: {cause.strerror}"
    return f"the connection to {host} broke"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
