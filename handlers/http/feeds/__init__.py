"""What is public, to take along: RSS to read, GeoJSON for maps, CSV for tables, and the photos."""
