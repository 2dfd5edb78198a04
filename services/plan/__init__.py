"""The city's action plan."""
