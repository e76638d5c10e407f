"""What `make vendor` builds is what templates use and what is locked; nothing inline is in any template."""

import json
import re
from pathlib import Path

PORTAL = Path(__file__).resolve().parents[3] / "steller" / "portal"
VENDOR = PORTAL / "static" / "portal" / "vendor"
THEME = PORTAL / "theme"
TEMPLATES = {path: path.read_text() for path in (PORTAL / "templates").rglob("*.html")}


class TestVendoredFiles:
    def test_hold_the_icons_that_are_listed(self):
        listed = (THEME / "icons.txt").read_text().split()
        assert re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()) == listed

    def test_hold_each_icon_that_a_template_draws(self):
        listed = set((THEME / "icons.txt").read_text().split())
        for path, text in TEMPLATES.items():
            named = re.findall(r'{% icon "([^"]+)"', text) + re.findall(r'icon_name="([^"]+)"', text)
            named += re.findall(r'{% nav_item "[^"]+" \w+ "([^"]+)"', text)
            assert set(named) <= listed, path.name

    def test_are_of_the_locked_versions(self):
        wanted = json.loads((THEME / "package.json").read_text())["devDependencies"]
        locked = json.loads((THEME / "package-lock.json").read_text())["packages"]
        for name, version in wanted.items():
            package = locked[f"node_modules/{name}"]
            assert package["version"] == version
            assert package["integrity"].startswith("sha512-")
        assert f'version:"{wanted["htmx.org"]}"' in (VENDOR / "htmx.min.js").read_text()

    def test_come_with_their_licences(self):
        assert {path.stem for path in VENDOR.glob("*.LICENSE")} == {"bootstrap", "figtree", "htmx", "icons"}


class TestTemplates:
    def test_have_nothing_inline(self):
        for path, text in TEMPLATES.items():
            assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", text), path.name

    def test_mark_their_texts_for_translation(self):
        """A text node with a word in it stands in a translation tag or is a name."""
        for path, text in TEMPLATES.items():
            if path.name == "500.html":  # rendered when nothing works, translation neither
                continue
            plain = re.sub(
                r"{% comment %}.*?{% endcomment %}|{% blocktranslate.*?{% endblocktranslate %}"
                r"|{% block body_class %}.*?{% endblock %}",  # a class, no text
                "",
                text,
                flags=re.DOTALL,
            )
            plain = re.sub(r"{%.*?%}|{{.*?}}", "", plain, flags=re.DOTALL)
            words = [node for node in re.findall(r">([^<>]+)<", plain) if re.search(r"[A-Za-z]{3,}", node)]
            assert {word.strip() for word in words} <= {"Steller", "OpenAPI", "X-Api-Key", "· Steller"}, path.name
