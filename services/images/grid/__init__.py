"""The last resort of reading: a curved module grid is fitted to a QR code, and decoded."""
