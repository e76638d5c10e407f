"""A `requests` adapter that gives prepared answers and remembers what it was asked."""

from io import BytesIO

import requests
import urllib3
from requests.adapters import BaseAdapter

from bamboo.client import BambooClient

URL = "http://supplier.test"


class Answers(BaseAdapter):
    """Gives the same answer, or raises the same error, again and again."""

    def __init__(self, body=b"", status=200, headers=None, error=None):
        super().__init__()
        self.body, self.status, self.headers, self.error = body, status, headers or {}, error
        self.asked = []

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        self.asked.append((request, timeout))
        if self.error is not None:
            raise self.error
        response = requests.Response()
        response.status_code = self.status
        response.headers.update(self.headers)
        body = self.body if hasattr(self.body, "read") else BytesIO(self.body)
        response.raw = urllib3.HTTPResponse(body=body, status=self.status, headers=self.headers, preload_content=False)
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


def client_of(answers, **options):
    session = requests.Session()
    session.mount(URL, answers)
    return BambooClient(base_url=f"{URL}/", client_id="STELLER", client_secret="SECRET", session=session, **options)
