"""Writes docs/config.md out of the schema: `python -m selfheal.config.document > docs/config.md`."""

import sys
from collections.abc import Iterable, Iterator

from selfheal.config.environment import NOT_READ, VARIABLES
from selfheal.config.field import Field
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.relations import FLOORS, NOTIFY_FLOORS, RELATIONS
from selfheal.config.route_fields import ROUTES_TABLE, SHAPES, fields_of
from selfheal.config.schema import FIELDS, TABLE_TEXTS
from selfheal.config.show import toml

_HEAD = """\
# Configuration

<!-- Generated: python -m selfheal.config.document > docs/config.md -->

selfheal needs no config file. Where there is one it is TOML, and it is looked for here:

1. `selfheal --config FILE`
2. `$SELFHEAL_CONFIG`
3. `$XDG_CONFIG_HOME/selfheal/config.toml`
4. `~/.config/selfheal/config.toml` (on macOS too)

A file that is named (1, 2) must exist. `selfheal config check` shows all faults of a file at once, each with
its line; `selfheal config show` shows what is in force and where it came from. A running resident reads the
file again on SIGHUP and keeps what it has when the new file has a fault. Beside it `status`, `incidents`,
`logs`, `pause`, `resume`, `enable` and `disable` tell of the faults and use what is right of the file; they
refuse it only where `state_dir` is not sure.

What counts, from strongest to weakest: `$SELFHEAL_STATE_DIR`, the file, the variables of the environment
below, the default. A setting has the same name here, in the journal and in the code, with its unit last
(`_s` is seconds). Paths are absolute or begin with `~/`. A file with a secret in it should be readable for
you alone (`chmod 600`).
"""

_ROUTES_TAIL = """\
`selfheal setup` asks for routes, writes them here and tries them; what else stands here, its comments and
its order, stays. A secret may also stand in a file of its own (`token_file` for `token`), which nobody
else may read. The settings of [notify] give routes of fixed names: `discord`, `discord-bot`, `telegram`,
`slack`, `github`; a table of one of these names beside such a setting is a fault. `selfheal config check`
also says what no service could take, and `selfheal notify test` sends a message through each route. Two
routes of one service fail together.

With `notify.dead_man_url` somebody outside misses this host. The address is asked (GET) every
`dead_man_interval_s` by the loop that steps, through a short process of its own; by no timer, `check` or
`monitor`, which prove nothing of the loop. It is asked while each gateway is known lately and serves,
starts, is paused or stopped on purpose, or is under repair. With `/fail` at its end it is asked once a
person has to act: from their alert to the end of the incident, and while selfheal only observes after a
broken rule of its own. Of a gateway of which nothing was learnt lately nothing is said, and no ping is the
alarm, after the grace that is set there. Set the period there to `dead_man_interval_s`, the grace to a few
minutes. A ping that is not taken is said once in the log and tried again in a minute; a failure is told at
once. TLS is verified, a redirection not followed.

A route that has taken nothing for `notify.canary_interval_s` proves that it still works. Nobody is called and
nothing stays to be read; how much it proves depends on the service:

| kind | its proof | what that proves |
|---|---|---|
| `discord-webhook`, `discord-bot`, `telegram` | a silent message, deleted at once | all of the way |
| `ntfy` | a message of the least priority, deleted at once (by a server from 2.16 on) | all of the way |
| `webhook` | a message with `"canary": true` | all of the way, as far as the program there goes |
| `email` | login, sender and recipients, and no letter | that the server would take one |
| `slack` | an empty text, which Slack refuses in its own words | that the webhook lives, not its channel |
| `apprise`, `desktop` | none: they have nothing that is silent | – |

A route that fails is asked again within the hour, one that refuses for good after the interval or once its
settings are others. When each took something last, and what that was, is in `selfheal status` and
`selfheal notify list`.

```toml
[routes.phone]
kind = "ntfy"
topic_file = "~/.config/selfheal/ntfy-topic"

[routes.ops]
kind = "email"
severity = "warning"
host = "smtp.example.com"
user = "selfheal"
password_file = "~/.config/selfheal/smtp-password"
sender = "selfheal <selfheal@example.com>"
to = ["ops@example.com"]

[routes.jarvis-health]
kind = "discord-bot"
token_file = "~/.config/selfheal/discord-token"
channel = "1468429321738911947"
```

Slack, Discord, Telegram and ntfy have taken a message once they say so in the form that they document. Of
the program behind a `webhook` any HTTP status from 200 to 299 says so, whatever the body, except a page of
HTML (it begins with `<!doctype html` or `<html`): that comes from a login or a portal in front of it, and the
message waits. Let it answer with nothing, a word, or JSON; `{"id": "…"}` is kept as the receipt.

Discord takes 2,000 characters in a message. A text that is longer goes on in embeds below it, for 6,000 more.
A bot needs «Embed Links» for that, besides «Send Messages» and «Attach Files»; without it the text is cut.

`github` keeps one issue for each cause at each gateway: opened with the alert (what is broken, what was
tried, what to run next, the timeline, the ends of the logs, all without secrets), closed with a comment
when it is over, opened again when the cause comes back. It is found again, also while closed, by a mark in
its text that nobody sees; two hosts may write into one repository. The token needs «Issues: read and write»
on that repository alone; who may not set labels may not push, and then an issue is looked for only where
the last receipt says and among the latest. An issue wakes nobody, so it is none of the two routes that a
person should have. The settings of [notify] bring no reminders into it; a table of its own does unless it
says `severity = "critical"`. `selfheal notify test github` leaves a closed issue, one a host.

```toml
[notify]
github_repo = "ann/claw-ops"
github_token_file = "~/.config/selfheal/github-token"
github_labels = ["selfheal", "night"]
```

### How much, and in which order

A route is sent at most two messages in a minute, whatever happens, so that no service shuts us out and a
person can read them. What comes meanwhile waits, and the most urgent goes first:

1. what asks for a person: the opening of an incident that is still open, or that its cause has changed; a
   recovery log; that selfheal only watches, or nobody does;
2. news of what lasts: reminders, a level that was passed, a route that fails;
3. what is over, openings of it included;
4. the digest; a canary only once nothing waits.

Where alarms fill a route for minutes, what has waited behind them for half an hour goes in between.

Of one incident the order stays: no end comes before its opening. Where four alerts or more wait, or the
first is older than fifteen minutes, what is over or stale becomes one digest. An incident that is still
open is none of that: it is a message of its own, marked late, with its files and what can be answered.
So 500 alerts in a minute are five messages at the most. Only where more gateways are down at once than
that leaves room for (two at the least) are some of them, or from six on all, in a list, which goes first.

What no route has taken is kept for seven days. A route that this file does not name for ten minutes was
removed, and what waits for it is not told. A fault in this file, or a file without a single setting,
removes none: what comes meanwhile waits, too, and is told once the route is named again.

### Answering

An alert can be acknowledged where it is read, without a public address. While an incident that you were
told of waits for it, and only then, `selfheal listen` runs beside the resident.

* **Telegram**: buttons below alerts and reminders («Acknowledge», «for 4h»), and `/ack 7` or `/ack 7
  4h` in the chat. It needs a bot of its own (@BotFather): Telegram gives each message to one reader
  only, so with the gateway's bot we would take the gateway's messages. A token that stands in the
  gateway's config, in what that includes, in an earlier copy of it, in its `.env`, unit or environment
  (`TELEGRAM_BOT_TOKEN` in ours, too) is never used for that; nor is any after Telegram has said once
  that another program reads the same bot (409), until the route's settings are others. `selfheal notify
  list` says why a route has no buttons. Two hosts need two bots. What comes from another chat, from the
  readers of a channel, or from before the incident does not count; a chat that is set by its @name gets
  no buttons, for anybody may join it.
* **Discord by a bot**: a reaction to the alert, ✅ for good or 🕓 for four hours, looked at every ten
  seconds; the bot sets both, so one touch is enough. It needs «Read Message History» and «Add
  Reactions»; the gateway's own bot will do, for asking takes nothing away from it. Everybody who sees
  the channel may answer.
* A webhook, Slack, ntfy, e-mail and the others cannot hear: `selfheal ack 7` on the host.

What is heard is only ever an acknowledgement, for a minute at the least and a week at the most. It is
in the journal with its route and name. Pressed while selfheal is dead, it counts once it runs again
(Telegram keeps it for a day), and the time begins then."""


def document() -> str:
    parts = [_HEAD, *(_table(name) for name in TABLE_TEXTS), _policy_table(), _relations(), _variables()]
    return "\n".join(parts)


def _table(name: str) -> str:
    fields = [field for field in FIELDS if field.table == name]
    kinds = _kinds() if name == f"{ROUTES_TABLE}.NAME" else ()
    return "\n".join([f"## [{name}]", "", TABLE_TEXTS[name], "", *_rows(fields), *kinds]) + "\n"


def _kinds() -> Iterator[str]:
    """What a route of each kind needs."""
    yield from ("", "| kind | needs | may have |", "|---|---|---|")
    for kind, shape in SHAPES.items():
        others = [name for name in fields_of(kind) if name not in (*shape.needs, "kind")]
        yield f"| `{kind}` | {_named(shape.needs)} | {_named(others)} |"
    yield from ("", _ROUTES_TAIL)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _rows(fields: list[Field]) -> Iterator[str]:
    yield "| setting | unit | default | allowed | what, and why this default |"
    yield "|---|---|---|---|---|"
    for field in fields:
        mark = " Takes effect at the next start." if field.needs_restart else ""
        secret = " Secret: never shown." if field.secret else ""
        words = f"{field.text} {field.why}{secret}{mark}"
        yield f"| `{field.name}` | {field.measure} | {_default(field)} | {field.allowed} | {words} |"


def _default(field: Field) -> str:
    if field.default in ("", None, ()):
        return f"not set: {field.unset}"
    return f"`{toml(field.default)}`"


def _policy_table() -> str:
    names = ", ".join(f"`{field.name}`" for field in POLICY_FIELDS)
    return f"## [targets.NAME.policy]\n\nFor one gateway only, over the tables above: {names}.\n"


def _relations() -> str:
    lines = ["## Relations", "", "A file that breaks one of these is refused:", ""]
    for rule in RELATIONS:
        sign = "<" if rule.strict else "≤"
        lines.append(f"* `{rule.low}` {sign} `{rule.high}`: {rule.why.en}.")
    lines += ["* No two targets have the same `state_dir` or `port`: two would act on one gateway."]
    lines += ["", "These only warn, so that a rehearsal can be fast:", ""]
    lines += [
        f"* `{floor.name}` below {floor.least:g}: {floor.why.en}." for floor in (*FLOORS, *NOTIFY_FLOORS)
    ]
    return "\n".join(lines) + "\n"


def _variables() -> str:
    lines = [
        "## Environment",
        "",
        "Defaults for scripts that were set up this way; the file is stronger.",
        "",
    ]
    lines += ["| variable | sets | what |", "|---|---|---|"]
    lines += [f"| `{one.name}` | `{one.key}` | {one.text} |" for one in VARIABLES]
    lines += ["| `OPENCLAW_HOME` | | The folder of OpenClaw's state folders, instead of the home. |"]
    lines += ["| `SELFHEAL_CONFIG` | | The config file. |"]
    lines += ["| `SELFHEAL_STATE_DIR` | `selfheal.state_dir` | The state folder; stronger than the file. |"]
    lines += ["", "A wrong value is refused by the variable's name. A value that still is the example's", ""]
    lines[-1] = "placeholder (`YOUR_…`) is ignored with a warning. Not read:"
    lines += ["", *(f"* `{name.replace(', ', '`, `')}`: {why}." for name, why in NOT_READ)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
