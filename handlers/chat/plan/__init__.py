"""The city's action plan: what is promised, what it has come to, and who writes the figures."""
