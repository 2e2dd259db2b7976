"""Takes what we use of GitHub's published OpenAPI description out of the npm package @octokit/openapi:

    npm pack @octokit/openapi@23.0.2       # sha512: see INTEGRITY
    python -m tests.notify.github_excerpt octokit-openapi-23.0.2.tgz > tests/notify/github_openapi.json

The schemas come out as JSON Schema, which has no `nullable`. Licence of the description: MIT, Copyright (c)
2020 Octokit contributors, as it says in the excerpt.
"""

import base64
import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

INTEGRITY = "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
ISSUES = "/repos/{owner}/{repo}/issues"
USED = {
    ISSUES: ("get", "post"),
    f"{ISSUES}/{{issue_number}}": ("get", "patch"),
    f"{ISSUES}/{{issue_number}}/comments": ("get", "post"),
}
PROSE = {"description", "example", "examples", "title", "externalDocs", "deprecated"}


class _Excerpt:
    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole
        self._wanted: list[str] = []

    def made(self) -> dict[str, Any]:
        paths = {path: {name: self._operation(path, name) for name in names} for path, names in USED.items()}
        components: dict[str, dict[str, Any]] = {}
        while self._wanted:
            _, _, kind, name = self._wanted.pop().split("/")
            if name not in components.setdefault(kind, {}):
                components[kind][name] = self._plain(self._whole["components"][kind][name])
        return {"paths": paths, "components": components}

    def _operation(self, path: str, name: str) -> dict[str, Any]:
        said = self._whole["paths"][path][name]
        return {
            "parameters": self._plain(said["parameters"]),
            "body": self._plain(said["requestBody"]["content"]["application/json"]["schema"])
            if "requestBody" in said
            else None,
            "answers": {
                status: self._plain(answer["content"]["application/json"]["schema"])
                for status, answer in said["responses"].items()
                if status in ("200", "201")
            },
            "refusals": [status for status in said["responses"] if status not in ("200", "201", "304")],
        }

    def _plain(self, part: Any, *, names: bool = False) -> Any:
        """Without prose. `names`: its keys are names of properties."""
        if isinstance(part, list):
            return [self._plain(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            self._wanted.append(part["$ref"])
        kept = {
            key: self._plain(value, names=key == "properties" and not names)
            for key, value in part.items()
            if names or (key not in PROSE and not key.startswith("x-"))
        }
        return kept if names else _nullable(kept)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.pop("nullable", False) is not True:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


def main() -> None:
    package = Path(sys.argv[1])
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise SystemExit(f"{package} is another package: sha512-{digest}")
    with tarfile.open(package) as archive:

        def read(name: str) -> bytes:
            file = archive.extractfile(f"package/{name}")
            assert file is not None
            return file.read()

        about = {
            "source": "https://www.npmjs.com/package/@octokit/openapi/v/23.0.2",
            "integrity": INTEGRITY,
            "licence": read("LICENSE").decode().split("\n\n"),
        }
        excerpt = _Excerpt(json.loads(read("generated/api.github.com.json"))).made()
    print(json.dumps(about | excerpt, indent=1))  # noqa: T201 - a command


if __name__ == "__main__":
    main()
