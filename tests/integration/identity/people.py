"""Clients of people: logged in by token, as a partner's person or as one of our staff."""

import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pyotp
from django.db.models import F

from partners import services as partners
from partners.authentication.tokens import new_tokens
from partners.models import SecondFactor
from steller.encryption import card_keys
from tests import factories
from tests.conftest import client_of


def client_for(user):
    return client_of(token=new_tokens(user)["access"])


def user_client(*, partner=None, role="owner"):
    return client_for(factories.UserFactory(partner=partner or factories.PartnerFactory(), role=role))


def staff_user(role, **fields):
    return factories.UserFactory(partner=None, is_staff=True, is_superuser=role == "admin", role=role, **fields)


def staff_client(role):
    return client_for(staff_user(role))


PASSWORD = "correct horse battery"


def content_of(email):
    """Read a stored message as its receiver will."""
    return json.loads(card_keys().decrypt(email.content, place=email.place))["txt"]


def token_in(email):
    """Take the token out of a message's link."""
    [link] = re.findall(r"https?://\S+token=\S+", content_of(email))
    return parse_qs(urlsplit(link).query)["token"][0]


class Phone:
    """An authenticator app; time passes by `wait`, since no code is taken twice."""

    def __init__(self, user):
        self._user = user
        enrolment = partners.start_second_factor(user_id=user.pk)
        self.totp = pyotp.TOTP(enrolment.secret)
        self.recovery_codes = partners.confirm_second_factor(user_id=user.pk, code=self.code())

    def code(self):
        return self.totp.at(int(time.time()))

    def wait(self):
        """Let the next time step come: move the latest used one into the past."""
        SecondFactor.objects.filter(user=self._user).update(last_step=F("last_step") - 1)


def wrong_code(phone):
    """Make up a code that is none of those around now."""
    near = {phone.totp.at(int(time.time()) + 30 * step) for step in range(-2, 3)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in near)
