"""Addresses as clients write them: a slash at the end makes no difference to programs."""

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.integration.api.asking import assert_problem, body_for

pytestmark = pytest.mark.django_db


class TestASlashAtTheEnd:
    @pytest.mark.parametrize(
        "path", ["/api/order", "/api/product", "/api/wallet", "/api/partner/me", "/api/event", "/health/live"]
    )
    def test_reads_the_same(self, buyer, path):
        with_slash, without = buyer.api.get(f"{path}/"), buyer.api.get(path)

        assert with_slash.status_code == without.status_code == 200
        assert with_slash.json() == without.json()

    def test_places_an_order(self, buyer):
        answer = buyer.api.post("/api/order/", body_for(buyer.product))

        assert answer.status_code == 202
        assert buyer.api.get(f"/api/order/{answer.json()['id']}/").json() == answer.json()

    def test_keeps_the_query(self, buyer):
        buyer.api.post("/api/order", body_for(buyer.product))
        buyer.api.post("/api/order", body_for(buyer.product))

        page = buyer.api.get("/api/order/?page_size=1").json()

        assert len(page["results"]) == 1
        assert "/api/order?" in page["next"]

    def test_takes_the_supplier_s_callback(self, client):
        assert client.post("/bamboo/notification/", b"{}", content_type="application/json").status_code == 403

    @pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/order//"])
    def test_finds_nothing_where_nothing_is(self, buyer, path):
        assert_problem(buyer.api.get(path), 404, "not_found")

    def test_pages_redirect_to_theirs(self, client):
        assert client.get("/staff").headers["Location"] == "/staff/"


class TestTheDescription:
    @pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/vnd.oai.openapi+json"])
    def test_is_json_for_who_asks_for_nothing_else(self, client, accept):
        headers = {"accept": accept} if accept else {}

        answer = client.get("/api/schema", headers=headers)

        assert answer.json()["openapi"].startswith("3.1")

    @pytest.mark.parametrize("accept", ["application/yaml", "application/vnd.oai.openapi"])
    def test_is_yaml_for_who_asks_for_it(self, client, accept):
        answer = client.get("/api/schema", headers={"accept": accept})

        assert answer.content.startswith(b"openapi: 3.1")
        assert answer.headers["Content-Type"].startswith(accept)

    def test_has_defaults_that_it_allows_and_no_choice_between_everything(self, client):
        def schemas(node):
            if isinstance(node, dict):
                yield node
            for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
                yield from schemas(inner)

        for schema in schemas(client.get("/api/schema").json()["components"]["schemas"]):
            assert {} not in schema.get("oneOf", ())
            if "default" in schema and "type" in schema:
                checker = Draft202012Validator(schema, format_checker=FormatChecker())
                assert checker.is_valid(schema["default"]), schema

    def test_is_refused_in_json(self, client):
        answer = client.get("/api/schema", headers={"accept": "text/html"})

        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 406
