"""Every setting, from the environment or a `.env` file. `.env.example` says what each is for."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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
    log_format: Literal["text", "json"] = "text"

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if not self.public_url:
            self.public_url = f"http://{self.web_host}:{self.web_port}"
        self.public_url = self.public_url.rstrip("/")
        if not self.database_url:
            self.database_url = f"sqlite+aiosqlite:///{self.data_dir / 'guestcard.db'}"
        webhook = self.bot_token is not None and self.telegram_mode == "webhook"
        if webhook and (self.webhook_secret is None or not self.public_url.startswith("https://")):
            raise ValueError("TELEGRAM_MODE=webhook needs WEBHOOK_SECRET and an https PUBLIC_URL")
        return self
