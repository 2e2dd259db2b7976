"""Which keys are secrets, by what stands before «key» in their names: for all that looks for secrets."""

KEYS = (
    *("api", "access", "account", "private", "signing", "encrypt", "encryption", "aes", "recovery", "device"),
    *("master", "auth", "shared", "service", "webhook", "storage", "license", "subscription", "client"),
    *("consumer", "secret", "preshared", "deploy", "app", "hmac"),
)
