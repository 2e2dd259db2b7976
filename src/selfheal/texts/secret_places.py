"""Secrets that are known by the place where they stand: a key file, a header of HTTP, an address."""

import re

from selfheal.texts.secret_patterns import START, pattern

AROUND = (
    pattern(
        "private key",
        "private",
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?:(?!-----BEGIN).){0,20000}?-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"|[A-Za-z0-9+/=\\\s]*)",
        re.DOTALL,
    ),
    pattern(
        "private key", "private-lines:", r"(?<=Private-Lines: )[0-9]{1,3}\s(?:[A-Za-z0-9+/=]{1,80}\s?){0,200}"
    ),
    pattern("private key", "private-mac:", r"(?<=Private-MAC: )[0-9a-f]{20,128}"),
    pattern(
        "cookie",
        "cookie",
        r"(?i)cookie[\"'\\]{0,3}\s{0,3}:[ \t]{0,3}[\"'\\]{0,3}([^\n\"'\\]{4,})",
    ),
    pattern(
        "authorization",
        "authorization",
        r"(?i)authorization[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[\"'\\]{0,3}(?:(?:bearer|basic|token|bot|apikey|negotiate"
        r"|aws4-hmac-sha256)[ \t]{1,3}((?!\[redacted)[^\n\"'\\]{4,4096})|digest[ \t]{1,3}([^\n]{4,4096})"
        r"|((?=\S{0,200}[0-9])(?!\[redacted)[^\s\"'\\]{8,4096}))",
    ),
    pattern(
        "authorization", "bearer", r"(?i)\bbearer[ \t]{1,3}((?=[^\s]{0,200}[0-9])[A-Za-z0-9._~+/=-]{12,})"
    ),
    pattern(
        "password in a URL",
        "://",
        r"(?<=://)[^\s:/?#@\"'<>\\]{0,256}:((?!\[redacted)[^\s/\"'<>\\]{1,512})@(?=[\w\[])",
    ),
    pattern(
        "SMTP login",
        "auth",
        r"AUTH(?:ENTICATE)?[ \t]{1,3}(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER)[ \t]{1,3}"
        r"(?=[A-Za-z+/]{0,400}(?:[0-9=]|[a-z][A-Z]))([A-Za-z0-9+/]{8,4096}={0,2})",
    ),
    pattern(
        "SMTP login",
        "334 ugfzc3dvcmq6",
        r"334 UGFzc3dvcmQ6\s{1,4}[^\n]{0,60}?([A-Za-z0-9+/]{4,400}={0,2})[ \t\r\"']{0,3}$",
        re.MULTILINE,
    ),
    pattern("token in a URL", "://", r"(?<=://)([A-Za-z0-9_.%~-]{16,512})@(?=[\w\[])"),
    pattern(
        "token in a URL",
        "=",
        r"(?i)[?&;](?:key|sig|signature|auth|code|jwt|session|sid|x-amz-signature|x-amz-credential"
        r"|x-amz-security-token|x-goog-signature)=((?!\[redacted)[^\s&;\"'<>\\#]{8,})",
    ),
    pattern(
        "token in a URL",
        "token= secret= key= pass pwd= pw=",
        r"(?i)[?&;#](?:[\w.-]{0,40}(?:token|secret|api[_-]?key|pass(?:word|wd|wort|phrase))|pw|pwd)="
        r"((?!\[redacted|\$|\*{3}|\.{3}|%24|%5B|__)[^\s&;\"'`<>\\#{}]{3,})",
    ),
    pattern(
        "WebSocket token",
        "sec-websocket-protocol",
        r"(?i)sec-websocket-protocol[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[^\n\[]{0,100}?(?:bearer|token|auth)[\w.-]{0,40}"
        r"[\"'\\]{0,3}[,.\s]{1,3}((?![\s,.]|\[redacted)[^\n\"'\\]{3,})",
    ),
    pattern(
        "password in .pgpass",
        ":",
        r"(?:(?<![^\s\"'])|(?<=[\[;]\d\dm))(?:(?:localhost|\*|[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}):(?:\d{4,5}|\*)"
        r"|[\w-]{1,63}:(?:5432|5433|6432|\*)):[A-Za-z_*][\w.*-]{0,63}:[A-Za-z_*][\w.@*-]{0,63}"
        r":((?!\[redacted)[^\s\"']{3,256})",
    ),
)

ADDRESSES = (
    pattern(
        "Slack webhook",
        "hooks.slack",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([\w/-]{10,200})",
    ),
    pattern(
        "Discord webhook",
        "/webhooks/",
        r"discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/(\d{10,20}/[\w-]{20,200})",
    ),
    pattern(
        "Teams webhook",
        "office",
        r"(?:webhook\.office\.com|outlook\.office(?:365)?\.com/webhook)/([\w@/.-]{10,400})",
    ),
    pattern(
        "Feishu webhook",
        "/open-apis/bot/",
        r"(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v2/)?hook/([\w-]{10,200})",
    ),
    pattern("Zapier webhook", "hooks.zapier.com", r"hooks\.zapier\.com/([\w/-]{10,200})"),
    pattern("IFTTT webhook", "maker.ifttt.com", r"maker\.ifttt\.com/trigger/[^\s/]{1,80}/([\w/-]{10,200})"),
    pattern("Mattermost webhook", "/hooks/", r"://[^\s/\"']{1,256}/hooks/([a-z0-9]{26})\b"),
    pattern("ping URL", "hc-ping.com/", r"hc-ping\.com/([\w-]{8,80}(?:/[\w-]{1,100})?)"),
    pattern("ping URL", "/ping/", r"://[^\s/\"']{1,256}/ping/([\w-]{16,80}(?:/[\w-]{1,100})?)"),
    pattern("push URL", "/api/push/", r"/api/push/([\w-]{8,80})"),
    pattern(
        "Apprise URL",
        "://",
        START
        + r"(?:tgram|discord|slack|pover|pbul|gotifys?|matrixs?|mailgun|twilio|msteams|ifttt|rockets?|mmosts?"
        r"|pagerduty|opsgenie|pushy|signals?|lametric|spush|join)://((?!\[redacted)[^\s\"'<>]{8,512})",
    ),
)
