"""What another system is told when its call is not answered as it wished."""


class Wrong(Exception):  # noqa: N818 - an answer, not a fault
    """The call is refused with this HTTP status; `description` says what to do about it.

    `retry_after`: seconds until the same call may be made again, for 429 and 503.
    """

    def __init__(self, status: int, description: str, retry_after: float = 0.0) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad(description: str) -> Wrong:
    """The call cannot be understood."""
    return Wrong(400, description)


def missing(description: str) -> Wrong:
    """What the call names is not there, or not public."""
    return Wrong(404, description)


def forbidden(description: str) -> Wrong:
    """The key is missing, wrong or not meant for this."""
    return Wrong(403, description)
