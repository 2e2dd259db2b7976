"""Secrets that a command line tells: `mysql -phunter2`, `openclaw config set gateway.auth.password …`."""

from selfheal.texts.key_names import KEYS
from selfheal.texts.secret_names import NOT_A_WORD, PLACEHOLDER
from selfheal.texts.secret_patterns import pattern

_KIND = "password in a command"
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|secret|token|credentials?|_auth(?=[ \t\"'])"
    rf"|(?:{'|'.join(KEYS)})[_-]?key|mnemonic)"
)
_ARGUMENT = (
    rf"{PLACEHOLDER}(?!-|\.{{3}}|…){NOT_A_WORD}"
    r"""(?:"((?:[^"\\\n]|\\.){2,4096})|'([^'\n]{2,4096})|((?!\[)[^\s"'`|]{3,4096}))"""
)
"""Also one of letters only: it stands where the command takes nothing else."""

_LOGIN = (
    r"(?:docker|podman|nerdctl|buildah|skopeo|helm|argocd|oc(?<![a-z]oc)|az(?<![a-z]az))\b[^\n]{0,80}?\blogin"
)
_MONGO = r"mongo(?:sh|dump|restore|export|import|stat|top|files)?"
_LDAP = r"ldap(?:search|modify|add|delete|passwd|whoami|compare)"
_READS = (
    r"(?:sudo\b[^\n|]{0,40} -\w{0,8}S|passwd\b[^\n|]{0,40}--stdin"
    r"|[^\n|]{1,120}--(?:\w{1,20}-stdin|with-token)\b)"
)
"""Reads what is secret from what stands before the «|»."""

COMMANDS = (
    pattern(
        _KIND,
        "-p",
        r"(?:(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n]{0,200}? -p"
        r"|sshpass[ \t]{1,3}-p[ \t]{0,3})((?!\[redacted)[^\s\"'-][^\s\"']{2,256})",
    ),
    pattern(
        _KIND,
        "-u --user",
        r"curl\b[^\n]{0,300}? (?:-u|--user)[ =]{0,2}[^\s:\"']{1,128}:((?!\[redacted)[^\s\"']{3,256})",
    ),
    pattern(
        "secret in a command",
        "config",
        r"(?i)(?:config(?:ure)?[ \t]{1,3}set|git[ \t]{1,3}config)[ \t]{1,3}"
        rf"(?:--?[\w-]{{1,30}}[ \t]{{1,3}}){{0,5}}"
        rf"[\"']?[\w.\[\]/@:-]{{0,200}}?{_NAME}[\"']?[ \t]{{1,3}}{_ARGUMENT}",
    ),
    pattern(
        "secret in a command",
        "setenv setx set env",
        r"(?:(?:launchctl[ \t]{1,3})?setenv|setx|set[ \t]{1,3}-[gxUu]{1,4}|ENV(?<![A-Z_]ENV))[ \t]{1,3}"
        rf"(?i:\w{{0,60}}?{_NAME})[ \t]{{1,3}}{_ARGUMENT}",
    ),
    pattern(
        _KIND,
        "-a --pass",
        rf"(?:redis-cli|valkey-cli)\b[^\n]{{0,200}}?[ \t](?:-a|--pass)[ \t]{{1,3}}{_ARGUMENT}",
    ),
    pattern(_KIND, "login", rf"{_LOGIN}\b[^\n]{{0,200}}?[ \t]-p[ \t=]{{0,3}}{_ARGUMENT}"),
    pattern(_KIND, "mongo", rf"{_MONGO}\b[^\n]{{0,200}}?[ \t]-p[ \t]{{1,3}}{_ARGUMENT}"),
    pattern(_KIND, "ldap", rf"{_LDAP}\b[^\n]{{0,200}}?[ \t]-w[ \t]{{1,3}}{_ARGUMENT}"),
    pattern(_KIND, "zip sqlcmd", rf"(?:(?:un)?zip|sqlcmd)\b[^\n]{{0,200}}?[ \t]-P[ \t]{{1,3}}{_ARGUMENT}"),
    pattern(_KIND, "storepass keypass", rf"(?<=\s)-(?:src|dest)?(?:store|key)pass[ \t]{{1,3}}{_ARGUMENT}"),
    pattern(_KIND, "pass:", r"-pass(?:in|out)?[ \t=]{1,3}[\"']?pass:((?!\[redacted)[^\s\"']{2,4096})"),
    pattern(_KIND, "nmcli", rf"nmcli\b[^\n]{{0,200}}?[ \t]password[ \t]{{1,3}}{_ARGUMENT}"),
    pattern(
        _KIND,
        "sudo stdin with-token",
        rf"(?:echo|printf)[ \t]{{1,3}}(?:-\w{{1,3}}[ \t]{{1,3}})?[\"']?"
        rf"((?!\[redacted|\$)[^\s|\"']{{3,4096}})(?=[\"']?[ \t]{{0,3}}\|[ \t]{{0,3}}{_READS})",
    ),
    pattern(
        _KIND,
        "requirepass masterauth bindpw rootpw",
        rf"(?i)(?:requirepass|masterauth|bindpw|rootpw)[ \t]{{1,8}}{_ARGUMENT}",
    ),
)
