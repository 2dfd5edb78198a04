"""Clients of the services that know whether a receipt is real."""
