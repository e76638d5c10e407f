"""An imitation of the supplier, for development and tests: a WSGI application that speaks its API.

It knows nothing of the rest of this project, so that it cannot agree with our mistakes.
"""

from bamboo.sandbox.app import create_app, sandbox_of
from bamboo.sandbox.settings import ErrorStyle, SandboxSettings

__all__ = ["ErrorStyle", "SandboxSettings", "create_app", "sandbox_of"]
