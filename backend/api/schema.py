"""What the OpenAPI document says beyond the views: every operation may answer with a problem."""

from __future__ import annotations

from typing import Any

_PROBLEM = {
    "description": "Problem details (RFC 9457): what is wrong and what to do.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: problems under their own content type, for every status ≥ 400."""
    for operations in result["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            for status in [one for one in responses if one >= "400"]:
                responses[status] = _PROBLEM
            responses["default"] = _PROBLEM
    return result
