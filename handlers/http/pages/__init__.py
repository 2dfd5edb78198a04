"""Pages for people: one public report or project at an address that stays, with a way to help."""
