"""Tokens: a determination's question as one text, so that it is explained without being kept."""

import base64
import binascii
import json
from dataclasses import asdict
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eyeot import invalid
from eyeot_sales.taxes.determining import Question

_HEAD = "vat1."
_questions = TypeAdapter(Question)


def written(question: Question) -> str:
    """The question as a determination_id."""
    told: dict[str, Any] = asdict(question)
    told["on"] = question.on.isoformat()
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return _HEAD + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str) -> Question:
    """The question of a determination_id, or `Invalid`."""
    body = token.removeprefix(_HEAD)
    try:
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        told["on"] = date.fromisoformat(told["on"])
        return _questions.validate_python(told)
    except (binascii.Error, ValueError, TypeError, KeyError, ValidationError):
        raise invalid(
            "determination_id", "give one that sales.tax_rate.determine answered (vat1.…)"
        ) from None
