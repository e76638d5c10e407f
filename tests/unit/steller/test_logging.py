"""What must not be read in a log is taken out, wherever it stands."""

import pytest

from steller.logging import redact

KEY = "stl_live_" + "a" * 43


class TestRedact:
    @pytest.mark.parametrize(
        "name", ["card_code", "pin", "serial", "client_secret", "password", "Authorization", "api_key", "token", "body"]
    )
    def test_hides_values_under_telling_names(self, name):
        assert redact(None, "info", {name: "4711"}) == {name: "[hidden]"}

    @pytest.mark.parametrize("text", [f"key {KEY} used", "Basic dXNlcjpwYXNzd29yZA==", "Bearer eyJhbGciOi.J9.abc"])
    def test_hides_what_looks_like_a_credential_in_any_text(self, text):
        assert "[hidden]" in redact(None, "info", {"event": text})["event"]

    def test_looks_into_nested_values(self):
        event = redact(None, "info", {"card": {"pin": "042", "id": 7}, "list": [f"x {KEY}"]})
        assert event == {"card": {"pin": "[hidden]", "id": 7}, "list": ["x [hidden]"]}

    def test_keeps_what_operators_need(self):
        event = {"error_code": "ProductIsOutOfStock", "status_code": 429, "event": "checkout"}
        assert redact(None, "info", dict(event)) == event
