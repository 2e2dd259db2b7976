"""Why a sandbox could not be made, and what a person does about it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class SandboxFault(StrEnum):
    DISK_FULL = "disk-full"
    NO_NETWORK = "no-network"
    NOT_WRITABLE = "not-writable"
    DAMAGED_DOWNLOAD = "damaged-download"
    UNTRUSTED_CERTIFICATE = "untrusted-certificate"
    NO_SUCH_VERSION = "no-such-version"
    NO_PIP = "no-pip"
    UNFIT_BINARY = "unfit-binary"
    UNREADABLE_CONFIG = "unreadable-config"
    NO_FREE_PORT = "no-free-port"
    TIMED_OUT = "timed-out"
    BUSY = "busy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Signature:
    fault: SandboxFault
    marks: tuple[str, ...]
    """Any of these in the installer's output, in lower case, means the fault."""


ADVICE = {
    SandboxFault.DISK_FULL: "free some space, or set {setting} to a folder on a larger disk",
    SandboxFault.NO_NETWORK: "check the network and the proxy settings of pip and npm, then run it again",
    SandboxFault.NOT_WRITABLE: "let your account write to that folder, or set {setting} to one where it can",
    SandboxFault.DAMAGED_DOWNLOAD: "run it again; if it stays, a proxy or mirror in between changes files",
    SandboxFault.UNTRUSTED_CERTIFICATE: "name your proxy's certificate in PIP_CERT and NODE_EXTRA_CA_CERTS",
    SandboxFault.NO_SUCH_VERSION: "name a version that the registry has for this machine",
    SandboxFault.NO_PIP: "run `python -m ensurepip` in selfheal's environment, or `make clean run`",
    SandboxFault.UNFIT_BINARY: "install OpenClaw and its Node.js yourself, then run `selfheal run`",
    SandboxFault.UNREADABLE_CONFIG: "correct the file, or move it away and a new one will be written",
    SandboxFault.NO_FREE_PORT: "end a program that holds ports, or name a free one",
    SandboxFault.TIMED_OUT: "run it again: what was downloaded is kept",
    SandboxFault.BUSY: "wait for the other installer, or end it",
    SandboxFault.OTHER: "read the installer's last lines below and run it again",
}

# In the order of certainty: pip names the missing version also when it is only the network that is gone.
SIGNATURES = (
    Signature(SandboxFault.DISK_FULL, ("enospc", "no space left on device", "edquot", "disk quota exceeded")),
    Signature(SandboxFault.DAMAGED_DOWNLOAD, ("do not match the hashes", "eintegrity")),
    Signature(
        SandboxFault.UNTRUSTED_CERTIFICATE,
        (
            "certificate_verify_failed",
            "unable_to_get_issuer_cert",
            "self_signed_cert",
            "self-signed certificate",
        ),
    ),
    Signature(
        SandboxFault.NOT_WRITABLE,
        (
            "eacces",
            "permission denied",
            "operation not permitted",
            "erofs",
            "read-only file system",
            "not a directory",
        ),
    ),
    Signature(
        SandboxFault.NO_NETWORK,
        (
            *(
                "enotfound",
                "eai_again",
                "econnrefused",
                "econnreset",
                "etimedout",
                "enetunreach",
                "ehostunreach",
            ),
            *(
                "newconnectionerror",
                "name resolution",
                "connection broken",
                "timed out",
                "max retries exceeded",
            ),
        ),
    ),
    Signature(
        SandboxFault.NO_SUCH_VERSION,
        ("etarget", "e404", "no matching distribution", "could not find a version"),
    ),
    Signature(SandboxFault.NO_PIP, ("no module named pip",)),
)

WORTH_ANOTHER_TRY = frozenset(
    {
        SandboxFault.NO_NETWORK,
        SandboxFault.DAMAGED_DOWNLOAD,
        SandboxFault.TIMED_OUT,
        SandboxFault.BUSY,
    },
)


CACHE_SETTING = "SELFHEAL_CACHE_DIR"
STATE_SETTING = "SELFHEAL_STATE_DIR"


class SandboxError(Exception):
    """«cannot X: why», what to do next, and the last lines of the program that failed.

    `setting` names the variable that moves the folder at fault.
    """

    def __init__(
        self,
        what: str,
        fault: SandboxFault,
        *,
        why: str = "",
        tail: Sequence[str] = (),
        setting: str = CACHE_SETTING,
    ) -> None:
        self.fault = fault
        self.tail = tuple(tail)
        lines = (
            f"cannot {what}: {why or fault.value.replace('-', ' ')}",
            f"next: {ADVICE[fault].format(setting=setting)}",
            *self.tail,
        )
        super().__init__("\n".join(lines))

    @property
    def retry(self) -> bool:
        """Whether the same call may well succeed later without anybody changing something."""
        return self.fault in WORTH_ANOTHER_TRY


def name_fault(lines: Sequence[str]) -> SandboxFault:
    text = "\n".join(lines).lower()
    for signature in SIGNATURES:
        if any(mark in text for mark in signature.marks):
            return signature.fault
    return SandboxFault.OTHER


def os_error(what: str, error: OSError, folder: Path, setting: str) -> SandboxError:
    """What the system refused in `folder`, with the folder that is there and at fault."""
    reason = error.strerror or str(error)
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder
    place = next((one for one in (place, *place.parents) if one.is_dir()), place)
    return SandboxError(what, name_fault((reason,)), why=f"{place}: {reason}", setting=setting)
