"""Photographed receipts by the seed, and how many of them each reader reads."""

from benchmarks.qr.generator import Photograph, photographs

__all__ = ["Photograph", "photographs"]
