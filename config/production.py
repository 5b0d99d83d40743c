"""What a production desk refuses to start with (SECURITY.md 3.2, V11 and V13)."""

from __future__ import annotations

from config.environment import SettingsError

_SAMPLE_SECRETS = ("change-me", "changeme", "secret", "django-insecure", "example")


def refuse_unsafe(*, environment: str, debug: bool, secret_key: str, hosts: list[str]) -> None:
    """Raise SettingsError for DEBUG, a sample or short secret, or no allowed host in production."""
    if environment != "production":
        return
    if debug:
        raise SettingsError("DESK_DEBUG=1 is refused in production: unset it.")
    if len(secret_key) < 40 or secret_key.lower().startswith(_SAMPLE_SECRETS):
        raise SettingsError(
            "DESK_SECRET_KEY is a sample or too short: put 50 random characters there, "
            "for example from `openssl rand -base64 48`."
        )
    if not hosts or "*" in hosts:
        raise SettingsError(
            "DESK_ALLOWED_HOSTS is empty or '*': name the hosts people open, "
            "for example DESK_ALLOWED_HOSTS=desk.example.com."
        )
