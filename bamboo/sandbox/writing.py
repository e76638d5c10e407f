"""Writes answers as JSON."""

import json
from typing import Any

from flask import Response

from bamboo.sandbox.errors import Refusal, Unbound
from bamboo.sandbox.settings import ErrorStyle


def json_answer(value: Any, status: int = 200) -> Response:
    """Write any value."""
    return Response(json.dumps(value, separators=(",", ":")), status, mimetype="application/json")


def refusal_answer(refusal: Refusal, style: ErrorStyle) -> Response:
    """Write a refusal in the style that is switched on."""
    answer = json_answer(refusal.body(style), refusal.status)
    if style is ErrorStyle.PROBLEM:
        answer.mimetype = "application/problem+json"
    return answer


def unbound_answer(unbound: Unbound) -> Response:
    """Write what is wrong with the shape of a call."""
    answer = json_answer(unbound.body(), 400)
    answer.mimetype = "application/problem+json"
    return answer
