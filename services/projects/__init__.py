"""Ideas and requests on their way through the ten stages."""
