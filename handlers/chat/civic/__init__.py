"""What reports and projects share in the chat: real people, good deeds, following, the log."""
