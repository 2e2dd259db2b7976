"""The settings of Level 4: the first routes to a person, and when a person is told.

Further routes have tables of their own: `route_fields`.
"""

from selfheal.config.field import Field, Kind
from selfheal.config.policy_fields import DAY_S

_TABLE = "notify"
_WEEK_S = 7 * DAY_S
_NOT_GUESSED = "Nobody but you knows it."

_ROUTES = (
    Field(
        _TABLE,
        "discord_webhook_url",
        Kind.URL,
        "",
        "Discord webhook to which alerts are sent: the route `discord`.",
        _NOT_GUESSED,
        secret=True,
        unset="no Discord webhook",
    ),
    Field(
        _TABLE,
        "discord_bot_token",
        Kind.TEXT,
        "",
        "Token of a Discord bot, with discord_channel_id: the route `discord-bot`.",
        _NOT_GUESSED,
        secret=True,
        unset="no Discord bot",
    ),
    Field(
        _TABLE,
        "discord_channel_id",
        Kind.TEXT,
        "",
        'Discord channel for the bot, in quotes: "1468429321738911947".',
        _NOT_GUESSED,
        unset="no Discord bot",
    ),
    Field(
        _TABLE,
        "telegram_bot_token",
        Kind.TEXT,
        "",
        "Token of a Telegram bot, with telegram_chat_id: the route `telegram`.",
        _NOT_GUESSED,
        secret=True,
        unset="no Telegram",
    ),
    Field(
        _TABLE,
        "telegram_chat_id",
        Kind.TEXT,
        "",
        "Telegram chat, in quotes.",
        _NOT_GUESSED,
        unset="no Telegram",
    ),
    Field(
        _TABLE,
        "slack_webhook_url",
        Kind.URL,
        "",
        "Slack incoming webhook to which alerts are sent: the route `slack`.",
        _NOT_GUESSED,
        secret=True,
        unset="no Slack",
    ),
)

_TIMES = (
    Field(
        _TABLE,
        "quiet_hours",
        Kind.HOURS,
        "",
        'Hours of this host\'s local time, as "23:00-07:00", in which what is not critical comes silently, '
        "or after them where nothing is silent (Slack, e-mail, Apprise).",
        "A critical alert is worth a night's sleep, and who sleeps when is not for us to guess.",
        unset="no quiet hours",
    ),
    Field(
        _TABLE,
        "canary_interval_s",
        Kind.NUMBER,
        DAY_S,
        "A route that has taken nothing for so long proves in silence that it still works, in quiet hours "
        "too; 0: none does.",
        "A revoked token is found within a day, and not when it is needed.",
        "s",
        0,
        _WEEK_S,
    ),
    Field(
        _TABLE,
        "dead_man_url",
        Kind.URL,
        "",
        "Ping address of a dead man's switch (Healthchecks or compatible): asked while the loop steps; "
        "with /fail, when a person has to act.",
        "A host that is dead tells nobody; somebody outside has to miss it.",
        secret=True,
        unset="no dead man's switch",
    ),
    Field(
        _TABLE,
        "dead_man_interval_s",
        Kind.NUMBER,
        300.0,
        "Time between two pings of it; the period to be set there. What fails is told at once.",
        "A usual period there; each is a short process of its own, which every minute would cost five times.",
        "s",
        1,
        DAY_S,
    ),
)

_LINKS = (
    Field(
        _TABLE,
        "dashboard_url",
        Kind.LINK,
        "",
        "Address of a dashboard to which messages link, without a secret in it: one goes into no message.",
        "Only you know where one is reached from a phone.",
        unset="no link",
    ),
    Field(
        _TABLE,
        "github_repo",
        Kind.REPOSITORY,
        "",
        "GitHub repository in which an issue is opened when a person is alerted: the route `github`.",
        "What went wrong on a host is not for everybody to read: you choose where it is written.",
        unset="no issues",
    ),
    Field(
        _TABLE,
        "github_token",
        Kind.TEXT,
        "",
        "GitHub token that may read and write issues in github_repo.",
        "The variable GITHUB_TOKEN or github_token_file is the better place.",
        secret=True,
        unset="no issues",
    ),
    Field(
        _TABLE,
        "github_token_file",
        Kind.PATH,
        "",
        "File that holds github_token, readable for you alone.",
        "The variable GITHUB_TOKEN is read where nothing is set.",
        unset="$GITHUB_TOKEN",
    ),
    Field(
        _TABLE,
        "github_labels",
        Kind.LABELS,
        ("selfheal",),
        "Labels of each issue. By the first one they are found again: the token has to be allowed to set it.",
        "A word that nothing else is labelled with, so that few issues are looked through.",
    ),
)

NOTIFY = (*_ROUTES, *_TIMES, *_LINKS)
