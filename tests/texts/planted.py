"""Secrets of many kinds, as they stand in a log, a config or an environment.

They are made when they are needed: one that stood here in full would set off every scanner of repositories.
"""

import json
import random
import string
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import quote

WORD = string.ascii_letters + string.digits
URL = WORD + "-_"
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits


class Planted(NamedTuple):
    """`secret` is the part of `text` of which nothing may be left."""

    text: str
    secret: str


def planted(seed: int = 20260205) -> dict[str, Planted]:
    dice = random.Random(seed)  # noqa: S311 - they open nothing

    def some(count: int, of: str = WORD) -> str:
        return "".join(dice.choices(of, k=count - 1)) + dice.choice("23456789")

    def alone(*parts: str) -> Planted:
        return Planted(secret := "".join(parts), secret)

    def after(before: str, secret: str, behind: str = "") -> Planted:
        return Planted(f"{before}{secret}{behind}", secret)

    def pem(kind: str) -> Planted:
        body = "\n".join(some(64) for _ in range(12))
        return Planted(f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----", body)

    sixty_four = b64encode(dice.randbytes(64)).decode()
    key = pem("")
    return {
        "OpenAI, old": alone("sk-", some(20), "T3Blbk", "FJ", some(20)),
        "OpenAI, project": alone("sk-", "proj-", some(74, URL), "T3Blbk", "FJ", some(74, URL)),
        "OpenAI, service": alone("sk-", "svcacct-", some(58, URL)),
        "Anthropic": alone("sk-", "ant-api03-", some(93, URL), "AA"),
        "Anthropic, OAuth": alone("sk-", "ant-oat01-", some(93, URL), "AA"),
        "OpenRouter": alone("sk-", "or-v1-", some(64, HEX)),
        "DeepSeek": alone("sk-", some(32, HEX)),
        "Groq": alone("gs", "k_", some(52)),
        "xAI": alone("xa", "i-", some(80)),
        "Hugging Face": alone("h", "f_", some(34)),
        "Google": alone("AI", "za", some(35, URL)),
        "Google, OAuth": alone("ya", "29.", some(120, URL)),
        "Google, OAuth secret": alone("GOC", "SPX-", some(28, URL)),
        "Google, service account": after('{"private_key": "', json.dumps(key.text)[1:-1], '"}'),
        "AWS, key id": alone("AK", "IA", some(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        "AWS, secret": after("aws_secret_access_key = ", some(40, WORD + "/+")),
        "AWS, environment": after("AWS_SECRET_ACCESS_KEY=", "/" + some(39, WORD + "/+")),
        "Azure, storage": after(
            "AccountName=foo;AccountKey=", sixty_four, ";EndpointSuffix=core.windows.net"
        ),
        "Azure, client secret": alone(some(3, WORD), "8Q", "~", some(34, URL)),
        "Azure, OpenAI": after("api-key: ", some(32, HEX)),
        "Azure, signature": after(
            "https://a.blob.core.windows.net/b?sv=2024-11-04&sig=", quote(sixty_four[:44], "")
        ),
        "GitHub, personal": alone("gh", "p_", some(36)),
        "GitHub, OAuth": alone("gh", "o_", some(36)),
        "GitHub, server": alone("gh", "s_", some(36)),
        "GitHub, fine-grained": alone("github", "_pat_", some(22), "_", some(59)),
        "GitLab": alone("gl", "pat-", some(20, URL)),
        "Slack, bot": alone("xo", "xb-", some(12, "123456789"), "-", some(13, "123456789"), "-", some(24)),
        "Slack, app": alone("xa", "pp-1-A", some(10, UPPER), "-", some(13, "123456789"), "-", some(64, HEX)),
        "Slack, webhook": after(
            "https://hooks.slack.com/services/", f"T{some(10, UPPER)}/B{some(10, UPPER)}/{some(24)}"
        ),
        "Discord, bot": alone(
            b64encode(b"1468429321738911947").decode().rstrip("="), ".", some(6), ".", some(38, URL)
        ),
        "Discord, webhook": after("https://discord.com/api/webhooks/1468429321738911947/", some(68, URL)),
        "Telegram": alone(some(10, "123456789"), ":AA", some(33, URL)),
        "Telegram, in a URL": after(
            "https://api.telegram.org/bot", f"{some(10, '123456789')}:AA{some(33, URL)}", "/sendMessage"
        ),
        "Stripe": alone("sk_", "live_", some(24)),
        "Stripe, webhook": alone("wh", "sec_", some(32)),
        "Twilio, key": alone("S", "K", some(32, HEX)),
        "Twilio, token": after('"authToken": "', some(32, HEX), '"'),
        "SendGrid": alone("S", "G.", some(22, URL), ".", some(43, URL)),
        "Mailgun": alone("ke", "y-", some(32, HEX)),
        "npm": alone("np", "m_", some(36)),
        "npm, in .npmrc": after("//registry.example.com/:_authToken=", some(36)),
        "PyPI": alone("py", "pi-AgEIcHlwaS5vcmc", some(120, URL)),
        "JWT": alone("ey", "JhbGciOiJIUzI1NiJ9", ".ey", "JzdWIiOiIxMjM0NTY3ODkwIn0", ".", some(43, URL)),
        "private key": key,
        "private key, RSA": pem("RSA "),
        "ssh key": pem("OPENSSH "),
        "private key, in JSON": Planted(json.dumps(key.text), json.dumps(key.secret)[1:-1]),
        "password in a URL": after("https://joe:", "hunter2/secret".replace("/", "%2F"), "@example.com/x"),
        "database, PostgreSQL": after("postgres://app:", "s3cr3t!pw", "@db.local:5432/app"),
        "database, MongoDB": after(
            "mongodb+srv://app:", "p@ss-w0rd", "@cluster0.example.net/?retryWrites=true"
        ),
        "database, Redis": after("redis://:", "red1s-pw", "@127.0.0.1:6379/0"),
        "e-mail, URL": after("smtp://me%40example.com:", "m41l-pw", "@smtp.example.com:587"),
        "e-mail, app password": after("smtp_password: ", "abcd efgh ijkl mnop"),
        "e-mail, setting": after("[smtp]\npassword = ", "p,ass;w&rd"),
        "bearer": after("Authorization: Bearer ", some(40)),
        "basic": after("authorization: Basic ", b64encode(b"joe:hunter2secret").decode()),
        "bearer, alone": after("sent Bearer ", some(40), " to it"),
        "cookie": after("Cookie: ", f"session={some(30)}; theme=dark"),
        "cookie, set": after("set-cookie: ", f"sid={some(30)}; Path=/; HttpOnly"),
        "password": after("login with password=", "hunter2!"),
        "password, of an option": after("mysqldump --password ", "hunter2", " --all"),
        "password, of curl": after("curl -u joe:", "hunter2", " https://example.com/"),
        "password, Korean": after("비밀번호: ", "hunter2"),
        "password, with a quote in it": after('"password": "', 'hun\\"ter2', '", "user": "joe"'),
        "password, XML": after("<password>", "hunter2", "</password>"),
        "token, YAML": after("auth:\n  token: ", "sausage-and-egg-7"),
        "token, JSON": after('{"gateway":{"auth":{"mode":"token","token":"', "sausage", '"}}}'),
        "key, JSON": after('{"apiKey": "', some(32), '"}'),
        "key, JSON in JSON": after('"{\\"apiKey\\": \\"', some(32), '\\"}"'),
        "key, in a query": after("https://api.example.com/v1?key=", some(32), "&x=1"),
        "OpenClaw, environment": after("OPENCLAW_GATEWAY_TOKEN=", some(48, HEX)),
        "OpenClaw, option": after("openclaw gateway --token ", some(48, HEX)),
        "Healthchecks": after("https://hc-ping.com/", "5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11"),
        "Healthchecks, one's own": after(
            "https://hc.example.com/ping/", "5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11", "/fail"
        ),
        "Apprise": after("tgram://", f"{some(10, '123456789')}:AA{some(33, URL)}/-1001"),
        "token that looks like a path": after("GATEWAY_TOKEN=", "/" + some(31)),
        "password that looks like a path": after("DB_PASSWORD=", "/s3cretpass"),
        "token, short, in a query": after("GET /?token=", "PLANTyabcdef", "&x=1"),
        "token, in a fragment": after("http://127.0.0.1:18789/#token=", "sausage"),
        "token, quoted for a URL": after("%22token%22%3A%22", "PLANTzabcdefgh", "%22"),
        "Telegram, one sign less": alone(some(10, "123456789"), ":AA", some(32, URL)),
        "DigitalOcean": alone("do", "p_v1_", some(64, HEX)),
        "age": alone("AGE-SECRET", "-KEY-1", some(57, UPPER)),
        "HubSpot": alone("pa", "t-na1-", "5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11"),
        "ntfy": alone("t", "k_", some(29)),
        "Nostr": alone("ns", "ec1", some(58, "023456789acdefghjklmnpqrstuvwxyz")),
        "password, German": after("passwort=", "tiger-lion"),
        "password, said": after("the password is ", "hunter22"),
        "password, said in Korean": after("비밀번호는 ", "hunter22", " 입니다"),
        "password, quoted in a sentence": after("login failed with password '", "hunter2pw99", "'"),
        "password, short name": after("pw=", "hunter2pw99"),
        "password, .NET": after('<add key="Db.Password" value="', "hunter2pw9", '"/>'),
        "password, .pgpass": after("localhost:5432:app:joe:", "hunter2pw"),
        "password, YAML block": after("password: |\n  ", "hunter2line"),
        "password, YAML block in a line": after("password: | ", "hunter2line"),
        "passphrase of words": after("passphrase: ", "correct horse battery staple"),
        "words of a wallet": after("mnemonic: ", "zebra yellow wrist vivid unveil tunnel summer"),
        "key, said": after("Incorrect API key provided: ", some(24), ". You can find yours"),
        "token, said": after("the token is ", some(20)),
        "tokens, a list": after('"tokens": ["', some(24), '"]'),
        "key, a name and a value": after('{"name": "OWN_API_KEY", "value": "', "sausage-9", '"}'),
        "container registry": after(
            '{"auths":{"x":{"auth":"', b64encode(b"joe:hunter2secret").decode(), '"}}}'
        ),
        "WebSocket": after("Sec-WebSocket-Protocol: bearer, ", some(24)),
        "Wi-Fi": after("psk=", "mywifipass9"),
        "Feishu, key": after('"encryptKey":"', some(24), '"'),
        "Feishu, webhook": after(
            "https://open.feishu.cn/open-apis/bot/v2/hook/", "5b2a4f1e-93d5-4b3f-9c43-7a5a8d8f1c11"
        ),
        "Matrix": alone("sy", "t_b3BlbmNsYXc_", some(20), "_", some(6)),
        "Matrix, new": alone("ma", "t_", some(30), "_", some(6)),
        "Jina": alone("ji", "na_", some(60)),
        "Voyage": alone("p", "a-", some(43)),
        "Together": alone("tg", "p_v1_", some(43)),
        "Doppler": alone("d", "p.st.prd.", some(43)),
        "Doppler, personal": alone("d", "p.pt.", some(43)),
        "Dropbox": alone("s", "l.", some(135, URL)),
        "Vercel": after("ver" + "cel_", some(24)),
        "Vercel, personal": alone("vc", "p_", some(56)),
        "PlanetScale": alone("psc", "ale_tkn_", some(43)),
        "Bitbucket": alone("AT", "BB", some(32)),
        "Docker": alone("dc", "kr_pat_", some(27, URL)),
        "Netlify": alone("nf", "p_", some(36)),
        "Heroku": alone("HR", "KU-AA", some(58, URL)),
        "Fly": after("FlyV1 ", f"fm2_{some(120, WORD + '+/')}"),
        "ClawHub": alone("cl", "h_", some(43)),
        "fal": alone("fa", "l_", some(32)),
        "Apify": alone("api", "fy_api_", some(36)),
        "Alibaba, key id": alone("LT", "AI", some(20)),
        "hash, bcrypt": alone("$2b", "$12$", some(53)),
        "hash, shadow": after("root:", f"$6$saltsalt${some(86)}", ":19000:0:99999:7:::"),
        "hash, htpasswd": after("joe:", f"$apr1$saltsalt${some(22)}"),
        "hash, yescrypt": after("joe:", f"$y$j9T${some(22)}${some(43)}", ":19000::::::"),
        "hash, argon2": alone("$argon2id", "$v=19$m=65536,t=3,p=4$", some(22), "$", some(43)),
        "hash, LDAP": alone("{SS", "HA}", some(32)),
        "pairing code": alone(
            b64encode(f'{{"url":"ws://x","bootstrapToken":"{some(32)}"}}'.encode()).decode()
        ),
        "pairing code, short": alone(b64encode(f'{{"token":"{some(24)}"}}'.encode()).decode()),
        "PyPI, cut off": alone("py", "pi-AgEIcHlwaS5vcmc", some(12, URL)),
        "Stripe, webhook, cut off": alone("wh", "sec_", some(20)),
        "Notion, cut off": alone("nt", "n_", some(32)),
        "command, config set": after("$ openclaw config set gateway.auth.password ", "tigerlion"),
        "command, config set of a key": after("openclaw config set --json models.p.apiKey '", some(24), "'"),
        "command, setenv": after("launchctl setenv OPENCLAW_GATEWAY_TOKEN ", "tigerlion"),
        "command, redis-cli": after("redis-cli -h db -a ", "tigerlion", " ping"),
        "command, docker login": after("docker login -u joe -p ", "tigerlion", " ghcr.io"),
        "command, keytool": after("keytool -list -storepass ", "tigerlion"),
        "command, openssl": after("openssl rsa -passin pass:", "tigerlion", " -in x"),
        "command, mongosh": after("mongosh -u joe -p ", "tigerlion", " db"),
        "command, ldapsearch": after("ldapsearch -D cn=x -w ", "tigerlion", " -b dc=x"),
        "command, unzip": after("unzip -P ", "tigerlion", " x.zip"),
        "command, nmcli": after("nmcli dev wifi connect Home password ", "tigerlion"),
        "command, sudo -S": after("echo ", "tigerlion", " | sudo -S ls"),
        "command, password-stdin": after("echo ", "tigerlion", " | docker login -u joe --password-stdin"),
        "redis, config": after("requirepass ", "tigerlion"),
        "SMTP": after("C: AUTH PLAIN ", b64encode(b"\0joe\0hunter2secret").decode()),
        "SMTP, asked for": after("S: 334 UGFzc3dvcmQ6\nC: ", b64encode(b"hunter2secret").decode(), "\n"),
        "password, Markdown": after("- **Password**: ", "riverbed93x"),
        "token, Markdown": after("- **Token:** `", some(24), "`"),
        "token, table": after("| `gateway.auth.token` | `", some(32, HEX), "` |"),
        "password, frame": after("│ password │ ", "mountain42x", " │"),
        "key, raw headers": after("rawHeaders: [ 'X-Api-Key', '", some(24), "', 'Host', 'x' ]"),
        "cookie, raw headers": after("[ 'Cookie', '", "sid=mountainlake", "' ]"),
        "basic, raw headers": after(
            "[ 'Authorization', 'Basic ", b64encode(b"joe:tigerlion").decode(), "' ]"
        ),
        "secret, an object": after('"secret": { "value": "', "sausage", '" }'),
        "password, YAML anchor": after("password: &pw ", "hunterpw"),
        "password, TOML block": after('password = """\n', "hunterline\nlionline", '\n"""'),
        "key, Korean": after("API 키: ", some(24)),
        "key, said in Korean": after("API 키는 ", some(24), " 입니다"),
        "secret, Korean": after("시크릿 = ", "sausage"),
        "password, full-width colon": after("비밀번호：", "hunterpw"),
        "password, environment with a space": after("OPENCLAW_GATEWAY_PASSWORD ", "hunter2pw99"),
        "password, changed": after("the gateway password was changed to ", "hunter2pw99"),
        "password, to be set": after("Set the gateway password to ", "hunter2pw99"),
        "password, arrow": after("Set gateway.auth.password → ", "hunter2pw99"),
        "password, got": after("password mismatch (got ", "hunter2pw99", ")"),
        "token, expected": after("token mismatch: expected ", some(24)),
        "password, in a sentence": after("logged in with password ", "hunter2pw99", " at 20:00"),
        "Teams, old webhook": after(
            "https://outlook.office.com/webhook/",
            f"{some(36, HEX)}/{some(32, HEX)}/{some(36, HEX)}",
        ),
        "netrc": after("machine example.com login joe password ", "hunter2"),
    }
