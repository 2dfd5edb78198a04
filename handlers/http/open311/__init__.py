"""Open311 GeoReport v2 as a server: parsing what other systems send, and writing what they read."""
