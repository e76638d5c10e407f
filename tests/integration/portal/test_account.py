"""One's own account: for partners' people and our staff alike."""

import pytest
from django.test import Client

from partners.models import AuditEntry, User
from tests import factories
from tests.integration.identity.people import PASSWORD, Phone, staff_user
from tests.integration.portal.people import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["partner", "staff"])
def user(request):
    return staff_user("support") if request.param == "staff" else factories.UserFactory(role="viewer")


@pytest.fixture
def client(user):
    return client_for(user)


def client_for(user):
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


class TestTheAccount:
    def test_stores_name_and_phone(self, user, client):
        answer = client.post("/account", {"name": "Ann", "phone": "+49 30 1"}, follow=True)
        assert b"Saved." in answer.content
        assert User.objects.values_list("name", "phone").get(pk=user.pk) == ("Ann", "+49 30 1")

    def test_asks_strangers_to_log_in(self):
        assert Client().get("/account").url == "/login?next=/account"
        assert Client().post("/account/log-out-elsewhere").status_code == 302

    def test_ends_the_other_sessions_only(self, user, client):
        other = client_for(user)
        client.post("/account/log-out-elsewhere")
        assert client.get("/account").status_code == 200
        assert other.get("/account").status_code == 302
        assert AuditEntry.objects.get().action == "user.end_sessions"
        assert b"Logged out everywhere else" in client.get("/account").content

    def test_costs_the_same_whatever_has_happened(self, user, client):
        few = queries_of(client, "/account")
        Phone(user)
        for _ in range(5):
            client.post("/account/log-out-elsewhere")
        assert queries_of(client, "/account") <= few < 15


class TestThePagesBelow:
    def test_change_the_password_and_lead_back(self, client):
        new = "another-long-passphrase"
        answer = client.post("/account/password", {"current_password": PASSWORD, "password": new, "again": new})
        assert answer.url == "/account"
        assert client.get("/account").status_code == 200

    def test_say_which_password_is_wrong(self, client):
        wrong = {"current_password": "no", "password": "another-long-passphrase", "again": "another-long-passphrase"}
        assert b"The password is wrong." in client.post("/account/password", wrong).content
        started = client.post("/account/second-factor", {"do": "start", "password": "no"})
        assert b"The password is wrong." in started.content

    def test_have_the_menu_of_all_other_pages(self, user, client):
        shown = client.get("/account").content.decode()
        staffs = all(f'href="/staff/{page}"' in shown for page in ("orders", "reports", "prices"))
        partners = all(f'href="/{page}"' in shown for page in ("orders", "catalog", "wallet"))
        assert (staffs, partners) == (user.is_staff, not user.is_staff)

    def test_show_the_second_factor(self, client):
        assert b"It is off" in client.get("/account/second-factor").content
        assert b"QR code" in client.post("/account/second-factor", {"do": "start", "password": PASSWORD}).content
