"""What is said: handlers parse, call one service and return a screen."""

from handlers import aiogram_lazily as aiogram_lazily
