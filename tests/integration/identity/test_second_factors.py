"""Second factors: set up with a phone, asked for at every door, each code good once."""

import pyotp
import pytest
from django.db import connection

from partners import services as partners
from partners.models import AuditEntry, RecoveryCode, SecondFactor, User
from steller.encryption import DecryptionError, card_keys
from steller.errors import InvalidRequestError
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import PASSWORD, Phone, client_for, staff_client, staff_user, wrong_code

pytestmark = pytest.mark.django_db
OWN = "/api/auth/second-factor"


@pytest.fixture
def user():
    return factories.UserFactory(email="ann@example.test")


def log_in(user, **more):
    return client_of().post("/api/auth/token", {"email": user.email, "password": PASSWORD, **more})


class TestSettingItUp:
    def test_takes_the_password_and_a_first_code(self, user):
        api = client_for(user)
        started = api.post(OWN, {"password": PASSWORD}).json()

        assert started["uri"].startswith("otpauth://totp/Steller:ann%40example.test?secret=")
        assert started["qr_code"].startswith("data:image/svg+xml")
        assert api.get(OWN).json() == {"is_enabled": False, "is_required": False, "recovery_codes_left": 0}
        assert log_in(user).status_code == 200
        code = pyotp.TOTP(started["secret"]).now()
        codes = api.post(f"{OWN}/confirm", {"otp": code}).json()["recovery_codes"]

        assert len(set(codes)) == 10
        assert api.get(OWN).json() == {"is_enabled": True, "is_required": False, "recovery_codes_left": 10}
        assert_problem(log_in(user), 401, "second_factor_required")
        assert AuditEntry.objects.get().action == "user.second_factor_on"

    def test_is_refused_with_a_wrong_password_or_code(self, user):
        api = client_for(user)

        assert_problem(api.post(OWN, {"password": "wrong"}), 401, "authentication_failed")
        assert_problem(api.post(f"{OWN}/confirm", {"otp": "000000"}), 400, "invalid_request")
        api.post(OWN, {"password": PASSWORD})
        assert_problem(api.post(f"{OWN}/confirm", {"otp": "x"}), 400, "invalid_request")
        assert log_in(user).status_code == 200

    def test_a_second_time_is_refused_and_shows_no_secret(self, user):
        Phone(user)

        answer = client_for(user).post("/api/auth/second-factor", {"password": PASSWORD})

        assert_problem(answer, 400, "invalid_request")
        assert "secret" not in answer.json()

    def test_is_for_people_only(self, user):
        key = factories.make_key(partner=user.partner)

        assert_problem(client_of(key).get(OWN), 401, "authentication_failed")

    def test_keeps_the_secret_encrypted_and_bound_to_its_user(self, user):
        secret = Phone(user).totp.secret
        factor = SecondFactor.objects.get()

        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(f)::text FROM partners_secondfactor f")
            assert secret not in cursor.fetchone()[0]
        with pytest.raises(DecryptionError):
            card_keys().decrypt(factor.secret, place=f"second-factor|secret|{user.pk + 1}")


class TestLoggingIn:
    def test_takes_a_code_once(self, user):
        phone = Phone(user)

        assert_problem(log_in(user, otp=phone.code()), 401, "authentication_failed")
        phone.wait()
        code = phone.code()
        assert log_in(user, otp=code).status_code == 200
        assert_problem(log_in(user, otp=code), 401, "authentication_failed")

    def test_is_refused_with_a_wrong_code(self, user):
        assert_problem(log_in(user, otp=wrong_code(Phone(user))), 401, "authentication_failed")

    def test_tells_nothing_of_the_second_factor_without_the_password(self, user):
        phone = Phone(user)
        phone.wait()

        answer = client_of().post("/api/auth/token", {"email": user.email, "password": "x", "otp": phone.code()})

        assert_problem(answer, 401, "authentication_failed")
        assert log_in(user, otp=phone.code()).status_code == 200

    def test_takes_each_recovery_code_once(self, user):
        code = Phone(user).recovery_codes[3]

        assert log_in(user, otp=code.upper()).status_code == 200
        assert_problem(log_in(user, otp=code), 401, "authentication_failed")
        assert RecoveryCode.objects.filter(used_at=None).count() == 9

    def test_takes_no_recovery_code_of_somebody_else(self, user):
        Phone(user)
        other = Phone(factories.UserFactory())

        assert_problem(log_in(user, otp=other.recovery_codes[0]), 401, "authentication_failed")

    def test_finds_recovery_codes_while_the_secret_key_is_rotated(self, user, settings):
        codes = Phone(user).recovery_codes
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another secret key of many characters"

        assert log_in(user, otp=codes[0]).status_code == 200


class TestRequiringIt:
    def test_of_staff_asks_them_to_set_it_up(self, settings):
        boss = staff_user("admin")
        settings.STAFF_SECOND_FACTOR = True

        assert_problem(log_in(boss), 401, "second_factor_setup_required")
        phone = Phone(boss)
        phone.wait()
        assert log_in(boss, otp=phone.code()).status_code == 200

    def test_of_staff_ends_what_was_open_without_it(self, settings):
        boss = staff_user("admin")
        tokens = log_in(boss).json()
        settings.STAFF_SECOND_FACTOR = True

        assert_problem(client_of(token=tokens["access"]).get("/api/staff/role"), 401, "authentication_failed")
        assert_problem(
            client_of().post("/api/auth/refresh", {"refresh": tokens["refresh"]}), 401, "authentication_failed"
        )

    def test_of_a_partner_holds_all_its_people_to_it(self, user):
        tokens = log_in(user).json()
        answer = staff_client("admin").patch(
            f"/api/staff/partner/{user.partner_id}", {"second_factor_required": True, "reason": "By contract"}
        )

        assert answer.status_code == 200, answer.json()
        assert_problem(log_in(user), 401, "second_factor_setup_required")
        assert_problem(client_of(token=tokens["access"]).get("/api/partner/me"), 401, "authentication_failed")
        assert log_in(factories.UserFactory()).status_code == 200

    def test_keeps_people_from_removing_it(self, user):
        phone = Phone(user)
        user.partner.second_factor_required = True
        user.partner.save()
        phone.wait()

        answer = client_for(user).post(f"{OWN}/remove", {"password": PASSWORD, "otp": phone.code()})

        assert_problem(answer, 403, "permission_denied")


class TestRemovingIt:
    def test_takes_password_and_code_and_ends_tokens(self, user):
        phone, api = Phone(user), client_for(user)
        phone.wait()

        assert api.post(f"{OWN}/remove", {"password": PASSWORD, "otp": phone.code()}).status_code == 204

        assert log_in(user).status_code == 200
        assert_problem(api.get(OWN), 401, "authentication_failed")
        assert not RecoveryCode.objects.exists()

    def test_is_done_by_staff_when_the_phone_is_lost(self, user):
        Phone(user)

        answer = staff_client("support").post(
            f"/api/staff/user/{user.pk}/reset-second-factor", {"reason": "Phone lost, called back"}
        )

        assert answer.status_code == 204
        assert log_in(user).status_code == 200
        entry = AuditEntry.objects.get(action="user.second_factor_off")
        assert (entry.reason, entry.subject) == ("Phone lost, called back", f"user:{user.pk}")


class TestNewRecoveryCodes:
    def test_are_for_whoever_has_a_second_factor(self, user):
        with pytest.raises(InvalidRequestError, match="no second factor"):
            partners.renew_recovery_codes(user_id=user.pk)

    def test_replace_the_old_ones(self, user):
        phone = Phone(user)
        phone.wait()

        fresh = client_for(user).post(f"{OWN}/recovery-codes", {"password": PASSWORD, "otp": phone.code()}).json()

        assert not set(fresh["recovery_codes"]) & set(phone.recovery_codes)
        assert_problem(log_in(user, otp=phone.recovery_codes[0]), 401, "authentication_failed")
        assert log_in(user, otp=fresh["recovery_codes"][0]).status_code == 200


class TestThePages:
    def password_step(self, client, user, **query):
        return client.post("/login", {"username": user.email, "password": PASSWORD, **query})

    def test_ask_for_the_code_after_the_password(self, user, client):
        phone = Phone(user)
        phone.wait()

        assert self.password_step(client, user, next="/orders").url == "/login/code"
        assert client.get("/orders").status_code == 302
        assert "wrong" in client.post("/login/code", {"otp": wrong_code(phone)}).content.decode()
        assert client.post("/login/code", {"otp": phone.code()}).url == "/orders"
        assert client.get("/orders").status_code == 200

    def test_let_nobody_skip_the_password(self, user, client):
        Phone(user)

        assert client.get("/login/code").url == "/login"
        assert client.get("/login/set-up").url == "/login"

    def test_forget_a_password_that_changed_meanwhile(self, user, client):
        phone = Phone(user)
        phone.wait()
        self.password_step(client, user)
        partners.change_password(user_id=user.pk, password="another long one 1")

        assert client.post("/login/code", {"otp": phone.code()}).url == "/login"

    def test_go_nowhere_else_afterwards(self, user, client):
        phone = Phone(user)
        phone.wait()
        self.password_step(client, user, next="https://evil.example/")

        assert client.post("/login/code", {"otp": phone.code()}).url == "/"

    def test_set_it_up_at_the_door_when_it_is_required(self, client, settings):
        settings.STAFF_SECOND_FACTOR = True
        boss = staff_user("admin")

        assert client.get("/admin/login/?next=/admin/").url == "/login?next=/admin/"
        assert self.password_step(client, boss).url == "/login/set-up"
        assert "data:image/svg+xml" in client.get("/login/set-up").content.decode()
        assert client.get("/admin/").status_code == 302
        secret = partners.start_second_factor(user_id=boss.pk).secret
        page = client.post("/login/set-up", {"otp": pyotp.TOTP(secret).now()})

        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert page.content.decode().count('<li><span class="code">') == 10
        assert client.get("/admin/").status_code == 200

    def test_manage_ones_own(self, user, client):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        own = "/account/second-factor"

        assert "It is off" in client.get(own).content.decode()
        assert "note-bad" in client.post(own, {"do": "start", "password": "wrong"}).content.decode()
        assert "data:image/svg+xml" in client.post(own, {"do": "start", "password": PASSWORD}).content.decode()
        assert "data:image/svg+xml" in client.post(own, {"do": "confirm", "otp": "x"}).content.decode()
        secret = partners.start_second_factor(user_id=user.pk).secret
        totp = pyotp.TOTP(secret)
        assert "Keep these recovery codes" in client.post(own, {"do": "confirm", "otp": totp.now()}).content.decode()
        assert "10 recovery codes are left" in client.get(own).content.decode()
        codes = SecondFactor.objects.get()
        SecondFactor.objects.update(last_step=codes.last_step - 1)
        assert client.post(own, {"do": "remove", "otp": totp.now()}).url == "/login"
        assert not SecondFactor.objects.exists()
        assert User.objects.get(pk=user.pk).access_version == 1
