"""The desk in the chat: moderators and officials at work."""
