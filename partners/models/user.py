"""People who log in: staff, and partners' people."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from partners.models.partner import Partner
from steller.database import Recorded


class UserManager(BaseUserManager["User"]):
    """Makes users, who log in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Store a user with a usable password, or none when it is left out."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Store a user who may do everything; used by `manage.py createsuperuser`."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail, whatever its case."""
        return self.get(email__iexact=username, deleted_at__isnull=True)


class User(AbstractBaseUser, PermissionsMixin, Recorded):
    """A person who logs in: staff when `partner` is empty, else one of the partner's people."""

    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address = models.TextField(blank=True)
    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="users")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Raised whenever its rights change: sessions and tokens that were made before are over.
    access_version = models.PositiveIntegerField(default=0)

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=models.Q(deleted_at__isnull=True), name="one_living_user_per_email"
            ),
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) | models.Q(is_staff=False, is_superuser=False),
                name="partner_people_are_no_staff",
            ),
        ]
        permissions = [
            ("manage_people", "Can invite, change, deactivate and unlock partners' people"),
            ("manage_staff", "Can invite, change, deactivate and unlock our staff"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def role(self) -> str:
        """Name the one role; empty for superusers made by `createsuperuser`."""
        return next((group.name for group in self.groups.all()), "")

    @property
    def extra_permissions(self) -> list[str]:
        """Name the permissions that the person has beside the role's."""
        rows = self.user_permissions.select_related("content_type")
        return sorted(f"{row.content_type.app_label}.{row.codename}" for row in rows)

    @property
    def access_stamp(self) -> str:
        """Name the password and the rights of this moment, without telling anything of either."""
        return self._get_session_auth_hash()[:32]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's own hangs on the password only. Ours ends sessions when rights change, too, and those of our
        # staff when a second factor is asked of them from now on.
        asked = self.is_staff and settings.STAFF_SECOND_FACTOR
        state = f"{self.password}|{self.access_version}|{asked}"
        return salted_hmac("partners.access", state, secret=secret, algorithm="sha256").hexdigest()
