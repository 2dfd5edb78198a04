"""What a service says when it will not do something.

A refusal is a typed fact without words; `handlers.refusals` turns it into a sentence.
"""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A rule said no. Subclasses carry the facts the sentence needs, as attributes.

    The transaction in which it was raised is rolled back whole, so a refused action
    changes nothing.
    """


class NotAllowed(Refusal):
    """The member's roles do not permit this."""


class NotFound(Refusal):
    """The thing does not exist, or is not this member's to see."""


class Changed(Refusal):
    """The thing moved on since the button was drawn: somebody, or another tap, was first."""
