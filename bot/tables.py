"""Imports every module of the house that declares tables, for migrations and tests."""

from bot import models as bot_models
from bot.channels.web import models as web_models
from services import tables

MODULES = (*tables.MODULES, bot_models, web_models)

metadata = tables.metadata
