"""Not a test: `make screenshots` writes the pictures of README.md with this, small enough to be committed."""

import base64
from pathlib import Path

import pytest
from django.conf import settings

from partners.models import User
from tests.browser.conftest import ARE_WANTED
from tests.browser.lived_in import fill_cart, settle_in

PICTURES = Path(settings.BASE_DIR) / "docs" / "images"
_LARGEST = 80 * 1024

pytestmark = pytest.mark.skipif(not ARE_WANTED, reason="make screenshots writes the pictures")


@pytest.fixture(scope="module")
def lived_in(shop):
    return settle_in(shop)


@pytest.mark.parametrize(
    ("name", "path", "size"),
    [
        ("overview", "/", (1280, 800)),
        ("catalog", "/catalog", (1280, 800)),
        ("order", "/orders/{done}", (1280, 800)),
        ("phone", "/orders", (390, 760)),
    ],
)
def test_a_page_is_pictured(visit, lived_in, name, path, size):
    visitor = visit(partner=lived_in.partner, viewport={"width": size[0], "height": size[1]})
    fill_cart(visitor.shop, User.objects.get(email=visitor.email).pk)
    take(visitor.log_in().open(path.format(done=lived_in.done)), name)


@pytest.mark.parametrize(("name", "path"), [("staff-overview", "/staff/"), ("staff-order", "/staff/orders/{partial}")])
def test_a_page_of_staff_is_pictured(staff, lived_in, name, path):
    visitor = staff("admin", viewport={"width": 1280, "height": 800})
    take(visitor.log_in("/staff/").open(path.format(partial=lived_in.partial)), name)


def take(page, name):
    """Photograph what the window shows."""
    page.evaluate("document.fonts.ready")
    camera = page.context.new_cdp_session(page)
    taken = camera.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    picture = base64.b64decode(taken["data"])
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.webp").write_bytes(picture)
    assert len(picture) < _LARGEST
