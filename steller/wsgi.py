"""The web process: `gunicorn steller.wsgi`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
os.environ["STELLER_PROCESS"] = "web"

from django.core.wsgi import get_wsgi_application

from steller import startup

application = get_wsgi_application()
startup.prepare()
