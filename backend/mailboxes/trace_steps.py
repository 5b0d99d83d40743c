"""The steps of one mail, in and out, from its rows (FEATURES.md A14): no query, no guess.

A step is {at, kind, data}. A mail without an end says what it waits for:
{for, since, until, code}.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from backend.mailboxes.models import InboundMail, OutboundMail

Step = dict[str, Any]
Row = dict[str, Any]
_IN, _FATE, _OUT = InboundMail.State, InboundMail.Fate, OutboundMail.State
# A row is written a moment after it was meant to leave; only more than that was a wait.
_AT_ONCE = timedelta(seconds=2)


def step(at: datetime | None, kind: str, /, **data: Any) -> Step:
    """One step; values that say nothing are left out."""
    told = {name: value for name, value in data.items() if value not in (None, "", [])}
    return {"at": at, "kind": kind, "data": told}


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps that have a time, by time; those of one moment stay as they were given."""
    return sorted((one for one in steps if one["at"] is not None), key=lambda one: one["at"])


def of_inbound(row: Row, *, original: Row | None = None) -> list[Step]:
    """What happened to a received mail. `original`: the row a duplicate has its bytes from."""
    steps = [
        step(row["internal_date"], "on_server", folder=row["folder__name"], uid=row["uid"]),
        step(row["seen_at"], "seen"),
        step(row["stored_at"], "stored", size=row["size"]),
        step(row["taken_at"], "taken", number=row["tries"]),
    ]
    if row["error"]:
        at = row["processed_at"] or row["taken_at"] or row["stored_at"]
        steps.append(step(at, "not_understood", words=_last_line(row["error"])))
    if row["state"] == _IN.DONE:
        at = row["processed_at"]
        steps.append(step(at, "parsed", from_address=row["from_address"], history=row["history"]))
        if row["matched_by"]:
            steps.append(step(at, "matched", by=row["matched_by"]))
        steps.append(_end_of_inbound(row, original))
    elif row["state"] == _IN.QUARANTINED:
        at = row["processed_at"] or row["stored_at"]
        steps.append(step(at, "quarantined", reason=row["reason"], bytes=bool(row["sha256"])))
    return steps


def _end_of_inbound(row: Row, original: Row | None) -> Step:
    at, fate = row["processed_at"], row["fate"]
    ticket = {"ticket": row["ticket_id"], "number": row["ticket__number"]}
    if fate == _FATE.DUPLICATE:
        known = {"inbound": original["id"], "uid": original["uid"]} if original else {}
        return step(at, "duplicate_of", reason=row["reason"], **known, **ticket)
    kinds = {_FATE.TICKET: "ticket_opened", _FATE.REPLY: "reply_added"}
    about = {"outbound": row["about_id"]}
    return step(at, kinds.get(fate, str(fate)), reason=row["reason"], **ticket, **about)


def wait_of_inbound(row: Row) -> Row | None:
    """What a received mail still waits for; None when it has its fate."""
    if row["state"] in (_IN.DONE, _IN.QUARANTINED):
        return None
    if row["state"] == _IN.PROCESSING:
        return _wait("understanding", since=row["taken_at"] or row["stored_at"])
    if row["tries"]:
        since = row["taken_at"] or row["stored_at"]
        return _wait("next_try", since=since, until=row["next_attempt_at"])
    return _wait("worker", since=row["stored_at"])


def of_outbound(row: Row) -> list[Step]:
    """What happened to an outgoing mail. `row` holds `attempt_list`, `recipient_list` and
    `report_list` besides its own columns."""
    # Somebody who sends it again later sets the time anew: that was no wait.
    tried = any(one["at"] < row["waiting_since"] for one in row["attempt_list"])
    waited = row["waiting_since"] - row["created_at"] > _AT_ONCE and not tried
    steps = [step(row["created_at"], "written", mail=row["kind"], by=row["message__author__name"])]
    if row["hold"] or row["state"] == _OUT.HELD or waited:
        until = row["waiting_since"] if waited else None
        steps.append(step(row["created_at"], "held", reason=row["hold"], until=until))
    if row["state"] != _OUT.HELD:
        steps.append(step(row["waiting_since"], "queued"))
    steps += [
        step(one["at"], "attempt", **{name: one[name] for name in one if name != "at"})
        for one in row["attempt_list"]
    ]
    steps += [
        step(one["settled_at"], "recipient", **{k: one[k] for k in one if k != "settled_at"})
        for one in row["recipient_list"]
    ]
    steps.append(step(row["sent_at"], "sent"))
    if row["sent_copy"] != OutboundMail.SentCopy.NONE:
        copy = step(row["sent_copy_at"] or row["sent_at"], "sent_copy", state=row["sent_copy"])
        steps.append(copy)
    steps += [_report(one) for one in row["report_list"]]
    return steps


def _report(report: Row) -> Step:
    """A bounce, complaint or receipt that came back about an outgoing mail."""
    kind = "bounce" if report["fate"] == _FATE.BOUNCE else "receipt"
    return step(
        report["stored_at"],
        kind,
        inbound=report["id"],
        reason=report["reason"],
        from_address=report["from_address"],
    )


def wait_of_outbound(row: Row, *, now: datetime) -> Row | None:
    """What an outgoing mail still waits for; None when it has ended."""
    state, since = row["state"], row["waiting_since"]
    if state in (_OUT.SENT, _OUT.FAILED, _OUT.CANCELLED):
        return None
    if state == _OUT.UNCERTAIN:
        last = max((one["at"] for one in row["attempt_list"]), default=since)
        return _wait("person", since=last)
    if state == _OUT.HELD:
        hold = row["hold"] or OutboundMail.Hold.LATER
        if hold == OutboundMail.Hold.CUSTOMER_WROTE:
            return _wait(hold, since=row["created_at"])
        if row["next_attempt_at"] > now:
            return _wait(hold, since=row["created_at"], until=row["next_attempt_at"])
    if state == _OUT.SENDING:
        return _wait("server", since=row["data_started_at"] or since)
    stopped = _wait_of_mailbox(row, now=now)
    if stopped is not None:
        return stopped
    if state == _OUT.DEFERRED:
        last = max((one["at"] for one in row["attempt_list"]), default=since)
        return _wait("next_attempt", since=last, until=row["next_attempt_at"])
    return _wait("sender", since=since)


def _wait_of_mailbox(row: Row, *, now: datetime) -> Row | None:
    """Why nothing leaves the mailbox at all just now."""
    since = row["waiting_since"]
    if row["mailbox__sending_stopped"]:
        return _wait("sending_stopped", since=since)
    if row["mailbox__sending_held_code"]:
        return _wait("sending_held", since=since, code=row["mailbox__sending_held_code"])
    if row["mailbox__state"] == "paused":
        return _wait("mailbox_paused", since=since)
    until = row["mailbox__sending__wait_until"]
    if until is not None and until > now:
        return _wait("server_limit", since=since, until=until)
    return None


def _wait(
    what: str, *, since: datetime | None, until: datetime | None = None, code: str = ""
) -> Row:
    return {"for": what, "since": since, "until": until, "code": code}


def _last_line(error: str) -> str:
    """The line of a traceback that says what was wrong."""
    lines = [line for line in error.splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else ""
