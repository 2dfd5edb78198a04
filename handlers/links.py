"""Links that lead a person into the conversation."""

from dataclasses import dataclass

INVITATION, REDEMPTION, CARD = "s_", "r_", "c_"
"""What a personal link begins with; the rest is a token or a number of a card."""
REPORT, PROJECT = "report_", "project_"
"""What a link to something public begins with; its number follows."""


@dataclass(slots=True)
class Links:
    """Links into the conversation, one per channel that is on.

    `telegram` is the bot's user name, known once Telegram has answered.
    """

    web: str
    telegram: str | None = None

    def to(self, payload: str) -> dict[str, str]:
        """Channel name → a link that starts the conversation with `payload`."""
        links = {"web": f"{self.web}/?start={payload}"}
        if self.telegram:
            links["telegram"] = f"https://t.me/{self.telegram}?start={payload}"
        return links

    def on(self, channel: str, payload: str) -> str:
        """The link for one channel; the web's where that channel has none."""
        links = self.to(payload)
        return links.get(channel, links["web"])
