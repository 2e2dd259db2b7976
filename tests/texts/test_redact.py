"""Nothing of a secret is left, and a text without one stays as it is."""

import json
import time
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from tests.texts.planted import planted

from selfheal.texts.redact import Known, Redactor, named_values

PLANTED = planted()
AROUND = {
    "alone": "{}",
    "in a line": "[2026-02-05 20:00:00] gateway: {} (retrying)",
    "first of many": "{}\nnext line",
    "last of many": "at 20:00\n{}",
    "in colour": "\x1b[32m{}\x1b[0m",
    "in quotes": "sent '{}' to it",
}
INNOCENT = (
    "commit 3f2a9c0e7b1d4a5f6e8c9d0b1a2f3e4d5c6b7a89",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "run 5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11 has ended",
    "[2026-02-05 20:30:00] Gateway still unhealthy after Claude recovery (HTTP 500)",
    "=== MANUAL INTERVENTION REQUIRED ===",
    "openclaw-gateway pid 4242 exited with code 78",
    "listening on ws://127.0.0.1:18789 (PID 4242)",
    "GET http://127.0.0.1:18789/healthz 200 in 12 ms",
    "    at Module._compile (node:internal/modules/cjs/loader:1554:14)",
    "    at Object.<anonymous> (/usr/lib/node_modules/openclaw/dist/index-B7fK2x9q.js:123:45)",
    "Error: ENOSPC: no space left on device, write",
    "openclaw 2026.9.6 (node v22.19.0, linux x64)",
    "unauthorized: gateway token mismatch (set gateway.remote.token to match gateway.auth.token)",
    "unauthorized: gateway password missing (enter the password in Control UI settings)",
    "SyntaxError: Unexpected token '}' at line 12",
    "Unexpected token: <EOF>",
    "token count: 1234, max_tokens: 4096, tokens=17",
    '{"usage": {"input_tokens": 1200, "output_tokens": 300}, "tokenizer": "o200k_base"}',
    '{"gateway": {"auth": {"mode": "token"}, "port": 18789}}',
    '{"auth": {"token": "${OPENCLAW_GATEWAY_TOKEN}", "password": null}}',
    "apiKey: process.env.OPENAI_API_KEY, password: undefined, secret: true",
    "password: required, but not set",
    "AWS_ACCESS_KEY_ID is not set; SSH_AUTH_SOCK=/tmp/ssh-XXXX/agent.42",
    "PWD=/home/joe/openclaw OLDPWD=/home/joe",
    "TLS_PRIVATE_KEY=/etc/ssl/private/gateway.pem",
    "tokenFile: ~/.openclaw/token, passwordFile=/run/secrets/db",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl joe@host",
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "https://docs.openclaw.ai/gateway/troubleshooting#token",
    "https://github.com/openclaw/openclaw/issues/12345",
    "git clone git@github.com:openclaw/openclaw.git",
    "mail to joe@example.com was refused",
    "-rw------- 1 joe joe 4242 Feb  5 20:00 /home/joe/.openclaw/credentials/oauth.json",
    "docker run -u 1000:1000 --name risk-assessment-of-a-long-task-name image",
    "disk-usage-of-the-whole-volume-0001 task-0f9c2b7e1d3a5f6e8c9d0b1a2f3e4d5c",
    "로그: ~/openclaw/memory/emergency-recovery-*.log",
    "Level 1 (Watchdog) ❌ 토큰 만료됨, 비밀번호 없음",
    "keyboard: us, monkey: 12345678901, hotkey=ctrl+shift+alt+k",
    "secretary: Alice Miller; passenger: Bob Smith; compass: north-east",
    "authorization failed for user joe; bearer of bad news",
    "cause: process_gone, outcome: healed, incident #3, 1700000000.25",
    "lsof -i :18789; df -h /; selfheal incidents show 3 --target work",
    "one full Level 2 pass: exit 0 well, 1 not; tests pass: 1234",
    "type <password>, then Enter; with `--otp <one-time password>`, or without",
    "def login(password: str, token: str | None, secret: bool = False) -> None:",
    "Nobody but you knows it. Secret: never shown.",
    "sessionKey=agent:main:discord:channel:1468429321738911947 lane=main queued",
    '{"sessionKey": "agent:main:main", "\\"sessionKey\\": \\"hook:gmail:42\\"": 1}',
    "Query-string `?token=...` authentication is rejected; ?token=<your token> and ?token=${TOKEN} too",
    "the password is required; the password is not set",
    "password is wrong, password was changed on 2026-02-05",
    "the token is 3600s old, the secret is base64-encoded, a token is issued by the gateway",
    "passphrase: not set",
    "Enter passphrase for key '/home/joe/.ssh/id_ed25519': ",
    "API key provided: no; token given: none",
    "1700000000:5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11",
    "1700000000:3f2a9c0e7b1d4a5f6e8c9d0b1a2f3e4d5c6b7a89",
    "server.js:1234:56:Gateway:failed at 10.0.0.1:18789:main:x",
    "fe80:1234:abcd:ef01:abcd, root:x:0:0:root:/root:/bin/sh",
    '{"mode": "token", "auth": "trusted-proxy", "access": "read-only", "tokens": [1, 2], "secrets": []}',
    "description: |\n  A line of words\n  and another one",
    '{"name": "PORT", "value": "18789"}, <add key="Timeout" value="30"/>',
    "Sec-WebSocket-Protocol: openclaw.v1, chat; pat-a-cake, do_v1_none, task_1234",
    "recovery: 3 of 5 done; the seed of the run is 42; npx pw=1 power=12",
    "pa-ssing-of-a-very-long-name-of-a-task-in-10-words-1, sl.js, slide.sl.2 pul-l-request 12",
    "vercel_deployment_environment_2, vercel_project_settings1, exa_mple_1, fal_se, dp.st.prd and dp.pt.BR",
    "echo $1 $2 $5 $6; price $1,200 and $2; cut -f $2$3 | awk '{print $1$2}'",
    "openclaw config set gateway.auth.mode token; openclaw config set gateway.auth.token <token>",
    "run: openclaw config set gateway.auth.password and restart; openclaw config get gateway.auth.token",
    "openclaw config set gateway.auth.token --ref-provider default --ref-source env --ref-id GATEWAY_TOKEN",
    '"token": { "source": "env", "provider": "default", "id": "OPENCLAW_GATEWAY_TOKEN" }',
    "| Setting | Default | Meaning |\n| `auth.token` | not set | text |\n| password | required | text |",
    "│ Gateway token │ ok │\n│ password │ not set │\n│ tokens │ 128k │ token │ 2026-02-05 │",
    "auth mode: password → token; token → none; token -> see the docs",
    "250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\n250 AUTH=PLAIN LOGIN\nAUTH PLAIN mechanism is not offered",
    "AUTH LOGIN Authentication failed; 535 5.7.8 Error: authentication failed",
    "headers: [ 'Authorization', 'Cookie', 'X-Api-Key', 'Host', 'example.com' ], ['token', 'password']",
    "set OPENCLAW_GATEWAY_TOKEN or gateway.auth.token; OPENAI_API_KEY is missing; OPENAI_API_KEY 401",
    "SyntaxError: Unexpected token, expected 'identifier' but got 'string' at 12:34",
    "password was changed to the new one; token was reset to default; reset the password to log in again",
    "**Password**: not set\n- **Token:** required\n**Secrets:** 3 of 5",
    "docker run -p 18789:18789 -a stdout img; ssh -p 2222 joe@host; redis-cli -a; unzip -p x.zip",
    "echo done | tee log; echo ok | grep -S x; cat x | sudo tee /etc/x; printf '%s' x | wc -c",
    "API 키가 필요합니다. 토큰은 2시간 뒤 만료, 비밀번호를 바꾸세요. 시크릿 없음",
    "password login is off, password policy of 2026-02-05, password for joe@example.com",
    "eyJsb2ciOiJub3RoaW5nIG9mIGludGVyZXN0IGluIGhlcmUifQ==",
    "- `models.providers.*.apiKey`: provider credential (or SecretRef); `newlineIsToken`: whether to treat",
    "2. **Manage Password** → New Registration; - **Shared-secret password**: validates the configured one",
    "`sessionKey -> sessionEntry`; `A_API_KEY` → `DASHSCOPE_API_KEY` → `QWEN_API_KEY` (first match wins)",
    "| Cerebras | `cerebras` | `CEREBRAS_API_KEY` | `cerebras/gpt-oss-120b` |",
    "| Global | `qwen-api-key` | `dashscope-intl.aliyuncs.com/compatible-mode/v1` |",
    "If you ran `launchctl setenv OPENCLAW_GATEWAY_TOKEN ...` (or `...PASSWORD`), that value is used",
    "x" * 5000,
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


def test_there_are_enough_kinds() -> None:
    assert len(PLANTED) >= 60
    assert len(INNOCENT) >= 40


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("name", PLANTED)
def test_nothing_of_a_secret_is_left(name: str, around: str, redactor: Redactor) -> None:
    told = redactor.redact(around.format(PLANTED[name].text))
    assert "[redacted: " in told
    assert [piece for piece in pieces(PLANTED[name].secret) if piece in told] == []
    assert redactor.redact(told) == told


def pieces(secret: str) -> list[str]:
    """What is left of it may be read from five signs of it on."""
    size = min(5, len(secret))
    return [secret[place : place + size] for place in range(len(secret) - size + 1)]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays(text: str, redactor: Redactor) -> None:
    assert redactor.redact(text) == text


def test_all_of_them_at_once(redactor: Redactor) -> None:
    told = redactor.redact("\n".join(f"{name} = {{ {one.text} }}" for name, one in PLANTED.items()))
    assert [name for name, one in PLANTED.items() if one.secret in told] == []


SECRET = 'Tr0ub4dor & 3/"quoted"+ü'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("tr0ub4dor", "Tr0ub4dor"),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(json.dumps(SECRET, ensure_ascii=False), ensure_ascii=False),
        b64encode(SECRET.encode()).decode(),
        b64encode(f"joe:{SECRET}".encode()).decode(),
        b64encode(f"ab{SECRET}cd".encode()).decode(),
        urlsafe_b64encode(f"abc{SECRET}".encode()).decode(),
        quote(b64encode(f"x{SECRET}".encode()).decode(), safe=""),
    ],
)
def test_a_known_value_is_hidden_however_it_is_written(form: str) -> None:
    told = Redactor([Known("gateway token", SECRET)]).redact(f"before {form} after")
    assert "[redacted: gateway token]" in told
    assert "Tr0ub4" not in told
    assert form[6:-6] not in told


def test_a_known_value_that_a_terminal_has_broken_in_two() -> None:
    secret = "correct-horse-battery-staple"
    for text in ("a correct-horse-ba\nttery-staple b", "│ a correct-horse-ba │\n│ ttery-staple │"):
        told = Redactor([Known("gateway token", secret)]).redact(text)
        assert "horse" not in told
        assert "staple" not in told


def test_each_line_of_a_known_key_is_hidden() -> None:
    one = PLANTED["private key"]
    told = Redactor([Known("key", one.text)]).redact(f"at 20:00 {one.secret.splitlines()[3]} is all")
    assert told == "at 20:00 [redacted: key] is all"


def test_a_short_known_value_is_hidden_only_where_it_is_a_word() -> None:
    redactor = Redactor([Known("pin", "4242"), Known("pin", "7"), Known("pin", "")])
    assert redactor.redact("pid 14242, pin 4242, 7") == "pid 14242, pin [redacted: pin], 7"


def test_odd_bytes_hinder_nothing() -> None:
    redactor = Redactor([Known("token", "odd\udc80value")])
    assert redactor.redact("x odd\udc80value \udc81") == "x [redacted: token] \udc81"


def test_the_end_of_a_key_whose_beginning_was_cut_off(redactor: Redactor) -> None:
    tail = PLANTED["private key"].text.partition("\n")[2][10:]
    told = redactor.redact(f"{tail}\nnext")
    assert told == "[redacted: private key]\nnext"


def test_the_secrets_of_a_config_that_cannot_be_parsed() -> None:
    text = '{"gateway": {"auth": {"token": "sausage-and-egg"}}, "apiKey": \'k3y-of-mine\', oops'
    assert {one.value for one in named_values(text)} == {"sausage-and-egg", "k3y-of-mine"}


NASTY = (
    "a", "eyJ", "eyJ.", "sk-", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", "://", "://a:",
    "password=", 'password="', "token: ", "bearer ", "Cookie: ", "authorization: basic ", "AKIA",
    "M" * 24 + ".", "1234567890:", "1", '\\"', "[redacted: x]", "A-", "key", "A" * 64 + "\n", "AAA1Q~", "://a/ping/",
    "password: |\n  a\n", 'token: ["a', 'token: ["a","b"', "passphrase: abc ", "?token=", "password is ",
    "a.b:5432:c:d:",
    'key="password" value="', "token%22%3A%22", "sec-websocket-protocol: bearer", "token given: ", "a.",
    "config set ", "config set a.", "setenv a", "login -p ", "docker ", "docker login ", "echo a",
    "| password |", "password | ", "'token', '", "'cookie', '", "AUTH PLAIN a", "334 UGFzc3dvcmQ6 ",
    "**token:** ", 'token="""', "token='''a", "token a changed to ", "set token to ", "token got ",
    "secret: {value: '", "eyJ0b2tlbiI6", "password: &a ", "token: a -> ", "requirepass ", "nmcli ", "토큰은 ",
    "**token**: a ",
    "mongo -p ", "A_TOKEN ", "echo a | ",
    "$6$", "$6$a", "$argon2id$a$", "{SSHA}", "dp.st.", "syt_a", "jina_", "sl.",
    "\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", NASTY)
def test_no_text_takes_long(piece: str, redactor: Redactor) -> None:
    """A pattern that tries anew at each sign would take minutes for these."""
    text = (piece * 300_000)[:300_000]
    began = time.process_time()
    redactor.redact(text)
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("mysql -u root -p", " openclaw"),
        ("mysqldump --host db -p", " > all.sql"),
        ("sshpass -p ", " ssh box"),
        ("curl -s -u ann:", " https://example.com"),
        ("curl https://example.com --user ann:", ""),
    ],
)
def test_a_password_in_a_command_is_hidden(before: str, behind: str) -> None:
    said = Redactor().redact(f"ran: {before}Tr0ub4dor{behind}")
    assert "Tr0ub4dor" not in said
    assert said.startswith(f"ran: {before}")
    assert said.endswith(behind)


@pytest.mark.parametrize("text", ["mysql -u root -p openclaw", "grep -p 3 curl -u", "mkdir -p /srv/mysql"])
def test_a_command_without_one_stays(text: str) -> None:
    assert Redactor().redact(text) == text
