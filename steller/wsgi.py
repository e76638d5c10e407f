"""The web process: `gunicorn steller.wsgi`."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
os.environ["STELLER_PROCESS"] = "web"

import django
from django.core.wsgi import get_wsgi_application

from steller import startup, static_files

django.setup()
# Before the application is made: its middleware looks once which files there are.
static_files.collect()
application = get_wsgi_application()
startup.prepare()
# What is loaded by now stays: collections need not look at it again with each order.
gc.collect()
gc.freeze()
