"""Every setting, from the environment or a `.env` file. `.env.example` says what each is for."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.receipts.chain import TILLS, Chain
from services.receipts.verifiers.known import SERVES

TOKENS = {
    "fns": "fns_master_token",
    "ofdru": "ofdru_token",
    "proverkacheka": "proverkacheka_token",
}
"""Verifier → the setting with what it wants to see."""


class Settings(BaseSettings):
    """The process is wired from this, once, in `bot.app`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    bot_token: SecretStr | None = None
    telegram_api_url: str | None = None
    telegram_proxy: str | None = None
    telegram_mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: SecretStr | None = None
    public_url: str = ""
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    database_url: str = ""
    data_dir: Path = Path("data")
    city: str = "kaluga"
    receipt_verifiers: Annotated[tuple[str, ...], NoDecode] = (TILLS,)
    receipt_calls: Annotated[dict[str, int], NoDecode] = {}
    fns_url: str | None = None
    fns_master_token: SecretStr | None = None
    ofdru_url: str | None = None
    ofdru_token: SecretStr | None = None
    proverkacheka_url: str | None = None
    proverkacheka_token: SecretStr | None = None
    npd_url: str | None = None
    verifier_ca_bundle: Path | None = None
    allow_private_addresses: bool = False
    log_format: Literal["text", "json"] = "text"

    @field_validator("trusted_proxies", "receipt_verifiers", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                ip_network(proxy, strict=False)
            except ValueError as error:
                raise ValueError(
                    f"TRUSTED_PROXIES holds {proxy!r}, which is neither an address such as "
                    "10.0.0.1 nor a network such as 10.0.0.0/8"
                ) from error
        return value

    @field_validator("receipt_calls", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.strip() for part in value.split(",") if part.strip()]
        return {name.strip(): number for name, _, number in (p.partition("=") for p in pairs)}

    @model_validator(mode="after")
    def _verifiers_can_work(self) -> Self:
        known = (TILLS, *SERVES)
        for name in (*self.receipt_verifiers, *self.receipt_calls):
            if name not in known:
                raise ValueError(f"RECEIPT_VERIFIERS: {name!r} is none of {', '.join(known)}")
        for name in self.receipt_verifiers:
            setting = TOKENS.get(name)
            if setting is not None and getattr(self, setting) is None:
                raise ValueError(f"RECEIPT_VERIFIERS names {name}, which needs {setting.upper()}")
        chain = Chain(self.receipt_verifiers, SERVES)
        if not chain.trusts_tills("ru54") and not chain.services("ru54"):
            raise ValueError("RECEIPT_VERIFIERS has nobody to ask about fiscal receipts")
        return self

    @property
    def links_url(self) -> str:
        """Where links lead: PUBLIC_URL or, without it, this machine."""
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.web_host, self.web_host)  # noqa: S104 - a name
        return f"http://{f'[{host}]' if ':' in host else host}:{self.web_port}"

    @property
    def city_slug(self) -> str:
        """The city's slug: the name of its pack or of the pack's folder."""
        return Path(self.city).name

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        self.public_url = self.public_url.rstrip("/")
        if not self.database_url:
            self.database_url = f"sqlite+aiosqlite:///{self.data_dir / 'guestcard.db'}"
        webhook = self.bot_token is not None and self.telegram_mode == "webhook"
        if webhook and (self.webhook_secret is None or not self.public_url.startswith("https://")):
            raise ValueError("TELEGRAM_MODE=webhook needs WEBHOOK_SECRET and an https PUBLIC_URL")
        return self
