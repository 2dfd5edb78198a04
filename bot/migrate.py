"""Brings a database to the newest revision."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def configuration(url: str) -> Config:
    """Alembic's configuration for the house's own scripts."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade; does nothing when the database is there already. Not from a running loop."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Go back to a revision, or to `base`."""
    command.downgrade(configuration(url), revision)


def newest(url: str) -> str:
    """The newest revision there is."""
    head = ScriptDirectory.from_config(configuration(url)).get_current_head()
    assert head is not None
    return head
