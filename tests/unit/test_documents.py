"""The documents keep up with the code: errors, settings, decisions, commands."""

import re
from pathlib import Path

import pytest

from steller import errors

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError) and kind is not errors.DomainError
]


def text(path):
    return (ROOT / path).read_text()


def settings_read():
    source = text("steller/settings.py") + text("gunicorn.conf.py")
    names = re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', source) + re.findall(r'environ\.get\("([A-Z_]+)"', source)
    return sorted(set(names) - {"STELLER_PROCESS"})


class TestTheApiPage:
    @pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
    def test_lists_each_refusal_with_its_status(self, kind):
        retry = "yes" if kind.retryable else "no"
        assert f"| `{kind.code}` | {kind.status} | {retry} |" in text("docs/api.md")


class TestEachSetting:
    @pytest.mark.parametrize("name", settings_read())
    def test_is_in_the_example_and_explained(self, name):
        assert re.search(rf"^{name}=", text(".env.example"), re.MULTILINE)
        assert f"| `{name}` |" in text("docs/operations.md")


class TestEachDecision:
    @pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
    def test_is_linked_from_the_architecture(self, path):
        assert f"(decisions/{path.name})" in text("docs/architecture.md")


class TestTheReadme:
    def test_names_commands_that_exist(self):
        for name in set(re.findall(r"(?:^|`)make ([a-z]+)", text("README.md"), re.MULTILINE)):
            assert re.search(rf"^{name}:", text("Makefile"), re.MULTILINE), name

    def test_names_the_test_command_that_ci_runs(self):
        assert "make test" in text("README.md")
        assert text(".ci/run").strip().splitlines()[-1] == "exec make test"
