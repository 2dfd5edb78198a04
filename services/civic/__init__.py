"""What reports and projects share."""
