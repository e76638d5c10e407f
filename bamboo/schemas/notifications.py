"""Where the supplier sends its classic callbacks."""

from dataclasses import dataclass, field
from typing import Self

from bamboo.schemas.fields import Fields


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """The addresses for live and sandbox orders, and the secret that callbacks bear. Empty addresses: none are sent."""

    url: str = ""
    sandbox_url: str = ""
    secret: str = field(default="", repr=False)

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read the supplier's answer, in which the secret stands in clear."""
        fields = Fields(raw)
        return cls(
            url=fields.optional_text("notificationurl") or "",
            sandbox_url=fields.optional_text("notificationurlsandbox") or "",
            secret=fields.optional_text("secretkey") or "",
        )

    @property
    def body(self) -> dict[str, str]:
        """What the supplier expects."""
        return {
            "notificationUrl": self.url,
            "notificationUrlSandbox": self.sandbox_url,
            "secretKey": self.secret,
        }
