"""Tools for developers: what make, the tests and the demo run. The product never imports them."""

import sys

# Before anything that an old Python could not even read.
if sys.version_info < (3, 12):  # noqa: UP036 - this is the place that tells people
    sys.exit("Steller needs Python 3.12 or newer, this is %d.%d: run `make setup`." % sys.version_info[:2])  # noqa: UP031
