"""What people prove themselves with beside the password: codes from a shared secret, and codes for when it is lost."""

from django.db import models

from partners.models.user import User


class SecondFactor(models.Model):
    """The secret that a person's phone makes six digits from, each good once; it counts once a code was shown."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="second_factor")
    # Encrypted, and bound to this user.
    secret = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    # The time step of the latest code: no earlier one and not this one again.
    last_step = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"

    @property
    def place(self) -> str:
        """Name the place that the secret is bound to."""
        return f"second-factor|secret|{self.user_id}"


class RecoveryCode(models.Model):
    """A code that replaces one of the phone's, once; kept as a keyed digest."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"recovery code of user {self.user_id}"
