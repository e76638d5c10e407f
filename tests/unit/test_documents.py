"""The documents keep up with the code: errors, settings, tables, decisions, commands."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from steller.errors import DomainError
from wallets import services as _wallets  # noqa: F401 - defines a refusal of its own

ROOT = Path(__file__).resolve().parents[2]
APPS = ("steller", "partners", "wallets", "catalog", "bamboo", "orders")
PAGES = ["README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def text(path):
    return (ROOT / path).read_text()


def refusals(kind=DomainError):
    for child in kind.__subclasses__():
        yield child
        yield from refusals(child)


def refusals_in_source():
    """Name the classes that derive from DomainError directly, wherever they stand."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and any(
                    getattr(base, "id", "") == "DomainError" for base in node.bases
                ):
                    yield node.name


def settings_read():
    source = text("steller/settings.py") + text("gunicorn.conf.py") + text("steller/embedded/places.py")
    names = re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', source) + re.findall(r'environ\.get\("([A-Z_]+)"', source)
    return sorted(set(names) - {"STELLER_PROCESS"})


def compose_reads():
    return sorted(set(re.findall(r"\$\{([A-Z_]+)", text("compose.yaml"))))


def example_values():
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE))


class TestTheApiPage:
    @pytest.mark.parametrize("kind", list(refusals()), ids=lambda kind: kind.code)
    def test_lists_each_refusal_with_its_status(self, kind):
        retry = "yes" if kind.retryable else "no"
        assert f"| `{kind.code}` | {kind.status} | {retry} |" in text("docs/api.md")

    def test_knows_every_refusal_of_the_source(self):
        assert set(refusals_in_source()) <= {kind.__name__ for kind in refusals()}

    def test_lists_no_refusal_that_does_not_exist(self):
        listed = set(re.findall(r"^\| `([a-z_]+)` \| \d{3} \|", text("docs/api.md"), re.MULTILINE))
        assert listed == {kind.code for kind in refusals()} | {"internal_error"}


class TestEachSetting:
    @pytest.mark.parametrize("name", settings_read())
    def test_is_in_the_example_and_explained(self, name):
        assert re.search(rf"^(# )?{name}=", text(".env.example"), re.MULTILINE)
        assert f"| `{name}` |" in text("docs/operations.md")

    @pytest.mark.parametrize("name", compose_reads())
    def test_of_compose_is_in_the_example_and_mentioned(self, name):
        assert name in example_values()
        assert f"`{name}`" in text("docs/operations.md")

    def test_of_the_example_exists(self):
        assert set(example_values()) <= {*settings_read(), *compose_reads()}


class TestTheExample:
    def test_holds_no_secret(self):
        filled = [name for name, value in example_values().items() if value]
        assert not [name for name in filled if re.search(r"SECRET_KEY|SIGNING|CARD_KEYS|CLIENT|_SECRET|PASSWORD", name)]

    def test_can_be_taken_as_it_is_for_development(self):
        environment = {"PATH": os.environ["PATH"], **example_values(), "DEBUG": "true"}
        command = "import django; from steller import settings; print(settings.CLOCKS.lease)"
        done = subprocess.run(
            [sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.strip()) == (0, "60.0"), done.stderr


class TestTheArchitecture:
    @pytest.mark.parametrize(
        "model", [m.__name__ for app in APPS[1:] for m in apps.get_app_config(app).get_models()], ids=str
    )
    def test_names_each_table(self, model):
        assert re.search(rf"\b{model}\b", text("docs/architecture.md"))

    @pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
    def test_links_each_decision(self, path):
        assert f"(decisions/{path.name})" in text("docs/architecture.md")


class TestEachDecision:
    @pytest.mark.parametrize("path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem)
    def test_has_all_its_parts(self, path):
        assert path.read_text().startswith(f"# {path.name[:4]}. ")
        parts = re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "What enforces it"]
        assert "\nStatus: " in path.read_text()


class TestEachPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_links_to_files_that_exist(self, page):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(page)):
            assert ((ROOT / page).parent / target).exists(), target

    @pytest.mark.parametrize("page", PAGES)
    def test_names_tests_that_exist(self, page):
        tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
        for name in re.findall(r"`(test_\w+|Test\w+)`", text(page)):
            assert re.search(rf"(def|class) {name}\b", tests), name


class TestTheReadme:
    def test_names_commands_that_exist(self):
        for name in set(re.findall(r"(?:^|`)make ([a-z]+)", text("README.md"), re.MULTILINE)):
            assert re.search(rf"^{name}:", text("Makefile"), re.MULTILINE), name

    def test_names_the_test_command_that_ci_runs(self):
        assert "make test" in text("README.md")
        assert text(".ci/run").strip().splitlines()[-1] == "exec make test"
