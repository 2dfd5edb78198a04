"""The pictures we draw, one module each, and what they share: text, colours, sky, plates."""
