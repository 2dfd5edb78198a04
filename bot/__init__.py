"""The process: how it starts, what it is wired from, how people reach it."""

from handlers import aiogram_lazily as aiogram_lazily
