"""What is sent and answered around passwords, tokens and second factors."""

from typing import Any

from rest_framework import serializers


class Login(serializers.Serializer[Any]):
    """Who logs in."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="A code of the phone, or a recovery code."
    )


class RefreshBody(serializers.Serializer[Any]):
    """The refresh token that is used up."""

    refresh = serializers.CharField(max_length=4000)


class TokenPair(serializers.Serializer[Any]):
    """An access token for a few minutes, and the refresh token that brings the next pair, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class ResetBody(serializers.Serializer[Any]):
    """Whose password is forgotten."""

    email = serializers.EmailField(max_length=254)


class PasswordByLink(serializers.Serializer[Any]):
    """A new password, with the token of the link that was mailed."""

    token = serializers.CharField(max_length=1000)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class Acceptance(PasswordByLink):
    """A first password, and the name if the invitation had none or a wrong one."""

    name = serializers.CharField(max_length=200, default="", allow_blank=True)


class PasswordChange(serializers.Serializer[Any]):
    """The old password and the new one."""

    current_password = serializers.CharField(max_length=200, trim_whitespace=False)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class SecondFactorBody(serializers.Serializer[Any]):
    """Whether one's own second factor is set up."""

    is_enabled = serializers.BooleanField()
    is_required = serializers.BooleanField(help_text="Whether it may not be removed.")
    recovery_codes_left = serializers.IntegerField()


class CurrentPassword(serializers.Serializer[Any]):
    """The password, since a token alone may be somebody else's by now."""

    password = serializers.CharField(max_length=200, trim_whitespace=False)


class EnrolmentBody(serializers.Serializer[Any]):
    """What the phone needs, until its first code was right."""

    secret = serializers.CharField()
    uri = serializers.CharField(help_text="otpauth://…, for a QR code.")
    qr_code = serializers.CharField(help_text="The same as an SVG image in a data URI.")


class Code(serializers.Serializer[Any]):
    """A code of the phone."""

    otp = serializers.CharField(max_length=40)


class PasswordAndCode(CurrentPassword, Code):
    """The password and a code."""


class RecoveryCodes(serializers.Serializer[Any]):
    """Codes for when the phone is lost, each good once; shown this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())
