"""The page of errors knows every code, and is open to all."""

import re

from tests.unit.test_documents import refusals


class TestTheCatalogue:
    def test_explains_each_code_that_there_is(self, client):
        page = client.get("/api/errors")

        assert page.status_code == 200
        shown = set(re.findall(r'<tr id="([a-z_]+)">', page.text))
        assert shown == {kind.code for kind in refusals()} | {"internal_error"}

    def test_says_what_to_do_and_whether_a_repeat_may_help(self, client):
        row = re.search(r'<tr id="insufficient_funds">.*?</tr>', client.get("/api/errors").text, re.DOTALL)[0]

        assert "top up, then send the same order again" in row
        assert "402" in row
        assert "may succeed later" in row

    def test_has_nothing_inline(self, client):
        assert not re.search(r"<style|<script>|style=", client.get("/api/errors").text)
