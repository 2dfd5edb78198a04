"""Once a week, in one message: what waits for somebody, and the news of what they follow."""
