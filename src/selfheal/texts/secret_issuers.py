"""Secrets that are known by the beginning that their issuer gives them.

A list of our own, since none that can be had knows these issuers better: of the kinds that the tests plant
detect-secrets finds one in six without its entropy (with it, nearly each line of a log is a secret to it),
kingfisher fewer than one in three for 36 MB of machine code and half a second in each process, and gitleaks,
a program, knows few issuers of models. Where a form is in doubt, what OpenClaw hides in its own log decides.
"""

import re
from base64 import b64encode

from selfheal.texts.secret_patterns import END, START, pattern

BASE64 = r"[A-Za-z0-9+/]"

_IN_BASE64 = "|".join(
    b64encode(b"\0" * before + word)[first:last].decode()
    for word in (b"oken", b"assword", b"ecret", b"ApiKey", b"apiKey")
    for before, first in ((0, 0), (1, 2), (2, 3))
    for last in ((before + len(word)) * 8 // 6,)
)
"""Names of secrets wherever they begin in it: a pairing code of OpenClaw's is a token, so written."""

_BEGUN = (
    *(
        ("Jina key", "jina_", 30),
        ("Together key", "tgp_v1_", 30),
        ("fal key", "fal_", 20),
        ("Exa key", "exa_", 20),
    ),
    *(("Mem0 key", "mem0_", 20), ("Browserbase key", "bb_live_", 16), ("Apify token", "apify_api_", 20)),
    *(("ClawHub token", "clh_", 30), ("Fireworks key", "fpk_", 30), ("Fireworks key", "fw-", 30)),
    *(("Vercel token", "vcp_", 40), ("Vercel token", "vci_", 40), ("Vercel token", "vca_", 40)),
    *(("Vercel token", "vcr_", 40), ("Vercel key", "vck_", 40), ("Vercel token", "vercel_blob_rw_", 20)),
    *(("PlanetScale token", "pscale_tkn_", 30), ("PlanetScale token", "pscale_oauth_", 30)),
    *(
        ("PlanetScale password", "pscale_pw_", 30),
        ("Bitbucket token", "ATBB", 20),
        ("Bitbucket token", "BBDC-", 30),
    ),
    *(("Docker token", "dckr_pat_", 20), ("Docker token", "dckr_oat_", 20), ("Netlify token", "nfp_", 30)),
    *(("Heroku key", "HRKU-", 20), ("Prefect key", "pnu_", 30), ("OpenShift token", "sha256~", 40)),
    *(
        ("Buildkite token", "bkua_", 40),
        ("CircleCI token", "CCIPAT_", 40),
        ("Contentful token", "CFPAT-", 40),
    ),
    *(("Datadog key", "ddp_", 36), ("Datadog key", "ddw_", 36), ("GitLab token", "glwt-", 20)),
    *(("GitLab token", "GR1348941", 20), ("Alibaba key id", "LTAI", 16), ("Tencent key id", "AKID", 20)),
    *(("Pulumi token", "pul-", 40), ("RubyGems key", "rubygems_", 40), ("Sourcegraph token", "sgp_", 40)),
    *(("Dropbox token", "sl.", 60), ("Dropbox token", "sl.u.", 60), ("Artifactory key", "AKCp", 60)),
)
"""Kind, beginning, fewest characters behind it, one of them a digit: the words of a long name have none."""

ISSUED = (
    pattern("Anthropic key", "sk-ant-", r"sk-ant-[\w-]{16,}"),
    pattern("OpenRouter key", "sk-or-", r"sk-or-[\w-]{16,}"),
    pattern("OpenAI key", "sk-proj- sk-svcacct- sk-admin-", r"sk-(?:proj|svcacct|admin)-[\w-]{16,}"),
    pattern("API key", "sk-", START + r"sk-(?=[A-Za-z_-]{0,80}[0-9])[\w-]{20,}"),
    pattern("OpenAI session", "sess-", START + r"sess-[A-Za-z0-9]{32,}"),
    pattern("Google key", "aiza", r"AIza[\w-]{35}"),
    pattern("Google OAuth token", "ya29.", r"ya29\.[\w-]{20,}"),
    pattern("Google OAuth token", "1//0", r"(?<![\w/])1//0[\w-]{20,}"),
    pattern("Google OAuth secret", "gocspx-", r"GOCSPX-[\w-]{20,}"),
    pattern(
        "AWS key id",
        "akia asia abia acca",
        START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    ),
    pattern("AWS key", "absk", START + rf"ABSK{BASE64}{{90,}}={{0,2}}"),
    pattern("Azure secret", "q~", r"[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])"),
    pattern("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    pattern("GitHub token", "github_pat_", r"github_pat_\w{20,}"),
    pattern(
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt- glagent- gloas- glffct-",
        r"gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas|ffct)-[\w.-]{16,}",
    ),
    pattern(
        "Slack token",
        "xoxa xoxb xoxc xoxd xoxe xoxo xoxp xoxr xoxs",
        r"xox[a-eoprs](?:\.xox[bp])?-[\w%-]{10,}",
    ),
    pattern("Slack token", "xapp-", r"xapp-\d-[\w-]{16,}"),
    pattern("Discord token", ".", START + r"[MNO][A-Za-z0-9_-]{22,28}\.[\w-]{6,7}\.[\w-]{27,45}" + END),
    pattern("Discord token", "mfa.", START + r"mfa\.[\w-]{80,100}"),
    pattern("Telegram token", ":", r"(?<![0-9])[0-9]{8,12}:(?![0-9a-f-]{30,40}\b)[A-Za-z0-9_-]{30,40}" + END),
    pattern("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_ sk_org_", r"[sr]k_(?:live|test|org)_\w{16,}"),
    pattern("webhook secret", "whsec_", rf"whsec_{BASE64}{{16,}}={{0,2}}"),
    pattern("Twilio key", "sk", START + r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    pattern("SendGrid key", "sg.", START + r"SG\.[\w-]{16,32}\.[\w-]{32,64}"),
    pattern("Mailgun key", "key-", START + r"key-[0-9a-f]{32}" + END),
    pattern("Mailchimp key", "-us", r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}\b"),
    pattern("Brevo key", "xkeysib- xsmtpsib-", r"x(?:keysib|smtpsib)-[0-9a-f]{64}-\w{16}"),
    pattern("Resend key", "re_", START + r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}" + END),
    pattern("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    pattern("PyPI token", "pypi-", r"pypi-(?:AgE[\w-]{16,}|[\w-]{50,})"),
    pattern("Hugging Face token", "hf_ api_org_", START + r"(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    pattern("Groq key", "gsk_", r"gsk_[A-Za-z0-9]{20,}"),
    pattern("xAI key", "xai-", r"xai-\w{20,}"),
    pattern("Perplexity key", "pplx-", r"pplx-\w{20,}"),
    pattern("Replicate token", "r8_", START + r"r8_\w{20,}"),
    pattern("Cerebras key", "csk-", START + r"csk-\w{20,}"),
    pattern("NVIDIA key", "nvapi-", r"nvapi-[\w-]{20,}"),
    pattern("Tavily key", "tvly-", r"tvly-[\w-]{20,}"),
    pattern("Firecrawl key", "fc-", START + r"fc-[0-9a-f]{32}" + END),
    pattern("ElevenLabs key", "sk_", START + r"sk_[0-9a-f]{40,}"),
    pattern("LangSmith key", "lsv2_", r"lsv2_(?:pt|sk)_\w{20,}"),
    pattern("Pinecone key", "pcsk_", r"pcsk_\w{20,}"),
    pattern("Databricks token", "dapi", START + r"dapi[0-9a-f]{32}(?:-\d)?" + END),
    pattern("DigitalOcean token", "_v1_", START + r"do[opr]_v1_\w{40,80}"),
    pattern("Vault token", "hvs. hvb. hvr.", r"\bhv[sbr]\.[\w-]{20,}"),
    pattern("Terraform token", "atlasv1", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}"),
    pattern("Grafana token", "glsa_ glc_", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{30,}"),
    pattern("Sentry token", "sntrys_ sntryu_", r"sntry[su]_[A-Za-z0-9+/=_]{30,}"),
    pattern("New Relic key", "nrak-", r"NRAK-[A-Z0-9]{27}"),
    pattern("Postman key", "pmak-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    pattern("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    pattern("Square token", "sq0", r"sq0[a-z]{3}-[\w-]{22,}"),
    pattern("Notion token", "ntn_ secret_", START + r"(?:ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{40,})"),
    pattern("Linear key", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_\w{30,}"),
    pattern("Atlassian token", "atatt3 atctt3", r"AT[AC]TT3[\w=-]{40,}"),
    pattern("Figma token", "figd_", r"figd_[\w-]{30,}"),
    pattern("Airtable token", "pat", START + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    pattern("Supabase token", "sbp_ sb_secret_", r"(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,})"),
    pattern("Tailscale key", "tskey-", r"tskey-[\w-]{16,}"),
    pattern("1Password token", "ops_ey", r"ops_ey[\w-]{50,}"),
    pattern("age key", "age-secret-key-", r"AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{40,}"),
    pattern("Nostr key", "nsec1", r"nsec1[02-9ac-hj-np-z]{58}"),
    pattern("ntfy token", "tk_", START + r"tk_(?=[A-Za-z]{0,40}[0-9])[A-Za-z0-9]{24,40}" + END),
    pattern("HubSpot token", "pat-", START + r"pat-[a-z]{2}\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    pattern("Fireworks key", "fw_", START + r"fw_[A-Za-z0-9]{20,}" + END),
    pattern("Twilio token", "ac", START + r"AC[0-9a-f]{32}:([0-9a-f]{32})"),
    pattern(
        "Matrix token",
        "syt_ syr_",
        START + r"sy[tr]_[A-Za-z0-9+/=-]{1,200}_[A-Za-z0-9]{16,24}_[A-Za-z0-9]{6}",
    ),
    pattern("Matrix token", "mat_ mct_ mcr_", START + r"m(?:at|ct|cr)_[A-Za-z0-9]{30}_[A-Za-z0-9]{6}"),
    pattern(
        "Voyage key", "pa- al-", START + r"(?:pa|al)-(?=[\w-]{0,42}[0-9])(?=[\w-]{0,42}[A-Z])[\w-]{43}" + END
    ),
    pattern(
        "Doppler token",
        "dp.",
        START + r"dp\.(?:st|ct|pt|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}" + END,
    ),
    pattern("Fly token", "fm1_ fm1a_ fm1r_ fm2_", START + r"fm[12][ar]?_[A-Za-z0-9+/=,_-]{40,}"),
    pattern("Vercel token", "vercel_", START + r"vercel_[A-Za-z0-9]{24}" + END),
    pattern("Dynatrace token", "dt0", START + r"dt0[cs]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}"),
    *(
        pattern(
            kind,
            beginning,
            rf"{START}{re.escape(beginning)}(?=[A-Za-z_=-]{{0,80}}[0-9])[\w=-]{{{fewest},}}",
        )
        for kind, beginning, fewest in _BEGUN
    ),
    pattern("password hash", "$2", r"\$2[abxy]?\$\d\d\$[A-Za-z0-9./]{40,60}"),
    pattern(
        "password hash",
        "$1$ $5$ $6$ $7$ $y$ $gy$ $apr1$",
        r"\$(?:[1567]|g?y|apr1)\$(?:[\w.,=/]{1,60}\$){1,3}[A-Za-z0-9./]{20,90}",
    ),
    pattern(
        "password hash",
        "$argon2 $scrypt$ $pbkdf2",
        r"\$(?:argon2(?:id|i|d)|scrypt|pbkdf2(?:-\w{1,10})?)\$(?:[\w.,=+/-]{1,80}\$){1,4}[A-Za-z0-9+/=.]{20,200}",
    ),
    pattern(
        "password hash",
        "sha} sha256} sha512} smd5}",
        r"\{(?:S?SHA(?:256|512)?|SMD5)\}[A-Za-z0-9+/]{20,120}={0,2}",
    ),
    pattern(
        "JSON in base64",
        "eyj",
        START + rf"eyJ[\w+/-]{{0,4000}}?(?:{_IN_BASE64})[\w+/-]{{8,8000}}={{0,2}}(?![.\w+/-])",
    ),
    pattern("JWT", "eyj", START + r"eyJ[\w-]{8,8000}\.{1,2}[\w-]{4,8000}(?:\.[\w-]{0,8000}){0,3}"),
)
