"""GitHub's issues on loopback, as its published OpenAPI description has them: each request is held against
the description, and so is each answer that is given.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator
from tests.notify.standin import Heard, Reply

DESCRIPTION: dict[str, Any] = json.loads(Path(__file__).with_name("github_openapi.json").read_text("utf-8"))
REPOSITORY = "ann/claw"
TOKEN = "s3cret-Token_of-ours"
NOW = "2026-02-05T20:30:00Z"
NEW_NAME = "/repositories/77"  # so GitHub names what was renamed
MOST_BODY = 65_536
USER = {
    "login": "ann",
    "id": 1,
    "node_id": "U_1",
    "gravatar_id": "",
    "type": "User",
    "site_admin": False,
    "avatar_url": "https://avatars.githubusercontent.com/u/1",
    "events_url": "https://api.github.com/users/ann/events{/privacy}",
    "following_url": "https://api.github.com/users/ann/following{/other_user}",
    "gists_url": "https://api.github.com/users/ann/gists{/gist_id}",
    "starred_url": "https://api.github.com/users/ann/starred{/owner}{/repo}",
} | {
    name: f"https://api.github.com/users/ann/{name}"
    for name in (
        "followers_url",
        "html_url",
        "organizations_url",
        "received_events_url",
        "repos_url",
        "subscriptions_url",
        "url",
    )
}


@cache
def _validator(pointer: str) -> Draft202012Validator:
    """Of a part of the description, by its place."""
    return Draft202012Validator({"$ref": f"#{pointer}", **DESCRIPTION})


def complaints(pointer: str, said: object) -> list[str]:
    return [f"{pointer}: {error.message[:300]}" for error in _validator(pointer).iter_errors(said)]


@dataclass
class Kept:
    number: int
    title: str
    body: str
    labels: list[str]
    state: str = "open"
    state_reason: str | None = None
    comments: list[str] = field(default_factory=list)
    pull: bool = False


@dataclass
class GitHub:
    """`answer` is what a StandIn is given. `wrong`: what the description forbids; to be empty at the end.

    `fate`: called with each request, once it has been carried out: what it gives is answered instead.
    `moved`: whether a request by its old name is answered with where the repository, or the issue, is now.
    """

    drops_labels: bool = False
    forgets: bool = False
    issues: list[Kept] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    fate: Callable[[str, str], Reply | None] = lambda method, path: None  # noqa: ARG005
    moved: Callable[[str, str], str] = lambda method, path: ""  # noqa: ARG005
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, heard: Heard) -> Reply:
        with self._lock:
            url = urlsplit(heard.path)
            self.asked.append((heard.method, heard.path))
            if heard.headers.get("authorization") != f"Bearer {TOKEN}":
                return _reply(401, {"message": "Bad credentials", "status": "401"})
            for name, wanted in (
                ("accept", "application/vnd.github+json"),
                ("x-github-api-version", "2022-11-28"),
            ):
                if heard.headers.get(name) != wanted:
                    self.wrong.append(f"{name}: {heard.headers.get(name)}")
            if not heard.headers.get("user-agent"):
                return _reply(403, {"message": "Request forbidden by administrative rules"})
            if place := self.moved(heard.method, url.path):
                return _moved(heard.method, f"{place}?{url.query}" if url.query else place)
            reply = self._answered(heard, url.path, parse_qs(url.query))
            return self.fate(heard.method, url.path) or reply

    def open(self) -> list[Kept]:
        return [issue for issue in self.issues if issue.state == "open"]

    def everything(self) -> str:
        """All that stands in it, for who looks for what must not."""
        texts = ([issue.title, issue.body, *issue.comments] for issue in self.issues)
        return "\n".join(text for each in texts for text in each)

    def _answered(self, heard: Heard, path: str, query: Mapping[str, list[str]]) -> Reply:
        path = path.replace(NEW_NAME, f"/repos/{REPOSITORY}", 1)
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)/issues(?:/(\d+))?(/comments)?", path)
        if found is None or found[1] != REPOSITORY:
            return _reply(404, {"message": "Not Found", "status": "404"})
        template = "/repos/{owner}/{repo}/issues"
        template += ("/{issue_number}" if found[2] else "") + (found[3] or "")
        method = heard.method.lower()
        operation = DESCRIPTION["paths"].get(template, {}).get(method)
        if operation is None:
            self.wrong.append(f"{method} {template} is not in the description")
            return _reply(404, {"message": "Not Found"})
        place = f"/paths/{template.replace('/', '~1').replace('{', '%7B').replace('}', '%7D')}/{method}"
        said = json.loads(heard.body) if heard.body else None
        if refused := self._refused(operation, place, query, said):
            self.wrong += refused
            return _reply(422, {"message": "Validation Failed", "errors": refused})
        issue = next((each for each in self.issues if found[2] and each.number == int(found[2])), None)
        if found[2] and issue is None:
            return _reply(404, {"message": "Not Found", "status": "404"})
        status, shown, links = self._done(issue, found[3] is not None, query, said)
        self.wrong += complaints(f"{place}/answers/{status}", shown)
        return _reply(status, shown, links)

    def _refused(
        self, operation: Any, place: str, query: Mapping[str, list[str]], said: dict[str, Any] | None
    ) -> list[str]:
        known = {one["name"]: one for one in map(_resolved, operation["parameters"]) if one["in"] == "query"}
        found = [f"{place}: no parameter {name}" for name in query if name not in known]
        for name, values in query.items():
            if name in known:
                kind = known[name]["schema"]
                value = int(values[0]) if kind["type"] == "integer" else values[0]
                found += [error.message for error in Draft202012Validator(kind).iter_errors(value)]
        if operation["body"] is None:
            return found + ([f"{place}: a body"] if said is not None else [])
        found += complaints(f"{place}/body", said)
        found += [
            f"{place}: no field {name}" for name in said or {} if name not in operation["body"]["properties"]
        ]
        if len(str((said or {}).get("body", ""))) > MOST_BODY:
            found.append("body is too long (maximum is 65536 characters)")
        return found

    def _done(
        self,
        issue: Kept | None,
        comments: bool,
        query: Mapping[str, list[str]],
        said: dict[str, Any] | None,
    ) -> tuple[int, Any, dict[str, str]]:
        if said is None:
            if issue and not comments:
                return 200, self._shown(issue), {}
            return self._listed(issue, query)
        if issue is None:
            labels = [] if self.drops_labels else list(said.get("labels", ()))
            made = Kept(self._next(), str(said["title"]), said["body"], labels)
            self.issues += [] if self.forgets else [made]
            return 201, self._shown(made), {}
        if comments:
            issue.comments.append(said["body"])
            return 201, _comment(len(issue.comments), said["body"]), {}
        if issue.state != said.get("state", issue.state):
            issue.state, issue.state_reason = said["state"], said.get("state_reason")
        return 200, self._shown(issue), {}

    def _next(self) -> int:
        return max((issue.number for issue in self.issues), default=0) + 1

    def _listed(self, issue: Kept | None, query: Mapping[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        if issue is not None:
            shown = [_comment(number, body) for number, body in enumerate(issue.comments, start=1)]
        else:
            shown = [self._shown(each) for each in self._filtered(query)]
        size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        more = len(shown) > page * size
        links = {"link": f'<https://api.github.com/repositories/1/issues?page={page + 1}>; rel="next"'}
        return 200, shown[(page - 1) * size : page * size], links if more else {}

    def _filtered(self, query: Mapping[str, list[str]]) -> Iterator[Kept]:
        state = query.get("state", ["open"])[0]
        labels = set(query["labels"][0].split(",")) if "labels" in query else set()
        newest_first = query.get("direction", ["desc"])[0] == "desc"
        for issue in sorted(self.issues, key=lambda one: one.number, reverse=newest_first):
            if state in ("all", issue.state) and labels <= set(issue.labels):
                yield issue

    def _shown(self, issue: Kept) -> dict[str, Any]:
        url = f"https://api.github.com/repos/{REPOSITORY}/issues/{issue.number}"
        shown = {
            "id": issue.number,
            "node_id": f"I_{issue.number}",
            "url": url,
            "repository_url": f"https://api.github.com/repos/{REPOSITORY}",
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"https://github.com/{REPOSITORY}/issues/{issue.number}",
            "number": issue.number,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "title": issue.title,
            "body": issue.body,
            "user": USER,
            "labels": [
                {"id": 1, "node_id": "L_1", "url": url, "name": label, "color": "ededed", "default": False}
                for label in issue.labels
            ],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "locked": False,
            "comments": len(issue.comments),
            "closed_at": NOW if issue.state == "closed" else None,
            "created_at": NOW,
            "updated_at": NOW,
            "author_association": "OWNER",
        }
        pull = {"diff_url": None, "html_url": None, "patch_url": None, "url": None}
        return shown | ({"pull_request": pull} if issue.pull else {})


def _comment(number: int, body: str) -> dict[str, Any]:
    url = f"https://api.github.com/repos/{REPOSITORY}/issues/comments/{number}"
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": url,
        "html_url": url,
        "issue_url": url,
        "body": body,
        "user": USER,
        "created_at": NOW,
        "updated_at": NOW,
        "author_association": "OWNER",
        "performed_via_github_app": None,
    }


def _resolved(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = DESCRIPTION["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


def _reply(status: int, said: object, headers: Mapping[str, str] | None = None) -> Reply:
    limits = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999", "x-ratelimit-reset": "1770323400"}
    kind = {"content-type": "application/json; charset=utf-8"}
    return Reply(status, json.dumps(said).encode(), limits | kind | dict(headers or {}))


def _moved(method: str, place: str) -> Reply:
    """As GitHub answers: what is no look keeps its method."""
    said = {"message": "Moved Permanently", "url": place}
    return _reply(301 if method == "GET" else 307, said, {"location": place})


def text_in(body: str) -> str:
    """What is fenced first: the message."""
    found = re.search(r"^(`{3,})text\n(.*?)\n\1$", body, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[2]


def folded_in(body: str) -> dict[str, str]:
    """By name, what is folded up below it."""
    parts = re.findall(r"<details><summary>(.*?)</summary>\n\n(.*?)\n\n</details>", body, re.DOTALL)
    return {name: text_in(part) for name, part in parts}
