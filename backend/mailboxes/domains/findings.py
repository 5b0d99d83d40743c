"""What the delivery doctor says: one finding, with the exact text to paste into the DNS."""

from __future__ import annotations

from typing import Any, Literal

State = Literal["ok", "hint", "warning", "error", "unknown"]
Finding = dict[str, Any]
_SHOWN = 1_000


def finding(
    check: str,
    state: State,
    code: str,
    *,
    found: str = "",
    name: str = "",
    kind: str = "TXT",
    value: str = "",
    **data: str | int | list[str] | None,
) -> Finding:
    """One finding. `name`, `kind` and `value` are the record to make: "" when there is none.

    check: mx, spf, dkim, dmarc, mta_sts, tls_rpt, tls, ptr or domain. code: for translation.
    """
    return {
        "check": check,
        "state": state,
        "code": code,
        "found": found[:_SHOWN],
        "record_name": name if value else "",
        "record_type": kind if value else "",
        "record_value": value,
        "data": {key: one for key, one in data.items() if one is not None},
    }


def unknown(check: str, name: str) -> Finding:
    """The name servers did not say."""
    return finding(check, "unknown", "dns_silent", asked=name)
