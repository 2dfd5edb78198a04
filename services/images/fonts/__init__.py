"""Fonts; a package, so that an installed copy carries the files. See README.md here."""
