"""The city's action plan: what is promised, what it has come to, and who writes the figures."""

from handlers.chat.plan import files, form, home, linking, measure, pages, spent

MODULES = (home, pages, measure, form, spent, linking, files)
"""Their routers, by how often they are asked."""
