"""What axe finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe

_AXE = Axe()


def faults(page, *, but=()):
    """Return each fault of the page as it is seen now, but those of the rules that are named."""
    rules = {rule: {"enabled": False} for rule in but}
    return _found(page, {"resultTypes": ["violations"], "rules": rules})


def faults_of_colour(page):
    """Return what is hard to read; all that a dark page can have beyond the same page in light."""
    return _found(page, {"resultTypes": ["violations"], "runOnly": ["color-contrast"]})


def _found(page, options):
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    return [
        f"{fault['id']}: {node['html'][:90]} {node['failureSummary'][:200]}"
        for fault in page.evaluate("options => axe.run(options).then(found => found.violations)", options)
        for node in fault["nodes"]
    ]
