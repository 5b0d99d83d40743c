"""Alarms about mail: what is wrong right now, opened and closed by what the database shows.

A mailbox that fails or falls silent, mail left on a server, mail fetched and not decided, mail that
does not leave, quarantine, a revoked sign-in (MAIL.md I13, I14). `check` runs every quarter minute;
telling is `alarm_mails`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, Now

from backend.audit.services import Actor, record, system
from backend.core.errors import Conflict, Missing
from backend.core.locks import lock_names
from backend.events.services import publish
from backend.mailboxes.models import (
    Alarm,
    InboundMail,
    Mailbox,
    MailboxEvent,
    OAuthGrant,
    OutboundMail,
)
from backend.users.models import User

CHECKS = 3
UNFETCHED_FOR = timedelta(minutes=5)
UNDECIDED_FOR = timedelta(minutes=10)
OUTBOX_FOR = timedelta(minutes=10)
LOCK = "alarms"
Kind = Alarm.Kind
Key = tuple[str, uuid.UUID]
_UNDECIDED = ("stored", "processing")
_LEAVING = ("held", "queued", "deferred", "sending")


@transaction.atomic
def check() -> tuple[int, int]:
    """Open an alarm for each fault that is new, end each whose fault is gone: (opened, ended).

    One checker at a time; the database lets only one alarm of a kind and mailbox be open.
    """
    lock_names([LOCK])
    wanted = dict(_faults())
    standing = {
        (one.kind, one.mailbox_id): one for one in Alarm.objects.filter(over_at__isnull=True)
    }
    opened = [key for key in wanted if key not in standing]
    ended = [alarm for key, alarm in standing.items() if key not in wanted]
    for kind, mailbox_id in opened:
        alarm = Alarm.objects.create(
            kind=kind, mailbox_id=mailbox_id, data=wanted[kind, mailbox_id]
        )
        _noted(alarm, "open", actor=system("alarms"))
    for alarm in ended:
        _end(alarm, actor=system("alarms"))
    for key, alarm in standing.items():
        data = wanted.get(key, alarm.data)  # type: ignore[arg-type]  # every alarm has a mailbox
        if data != alarm.data:
            Alarm.objects.filter(pk=alarm.pk).update(data=data)
    return len(opened), len(ended)


@transaction.atomic
def dismiss(*, actor: Actor, user: User, alarm_id: uuid.UUID) -> None:
    """End an alarm about quarantine: a person has looked at those mails.

    It comes back for mails put aside later. Raises Missing, or Conflict for other kinds, which
    end with their fault.
    """
    lock_names([LOCK])
    alarm = visible(user).filter(pk=alarm_id).select_for_update(of=("self",)).first()
    if alarm is None:
        raise Missing("There is no such alarm, or it is over.")
    if alarm.kind != Kind.QUARANTINE:
        raise Conflict("This alarm ends by itself when its cause does.", code="alarm_stands")
    Alarm.objects.filter(pk=alarm.pk).update(dismissed_at=Now())
    _end(alarm, actor=actor)


def visible(user: User) -> Any:
    """Open alarms of mailboxes `user` may know of, the newest first, as a queryset."""
    rows = Alarm.objects.filter(over_at__isnull=True).order_by("-since", "-id")
    if user.role == User.Role.ADMIN:
        return rows
    mine = Q(mailbox__team__isnull=True) | Q(mailbox__team__in=user.teams.all())
    return rows.filter(mine)


def shown(user: User) -> list[dict[str, Any]]:
    """[{id, kind, mailbox {id, name} | None, since, data, told_at}] of `visible`."""
    rows = visible(user).values(
        "id", "kind", "since", "data", "told_at", "mailbox_id", "mailbox__name", "mailbox__address"
    )
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "mailbox": {
                "id": row["mailbox_id"],
                "name": row["mailbox__name"] or row["mailbox__address"],
            }
            if row["mailbox_id"]
            else None,
            "since": row["since"],
            "data": row["data"],
            "told_at": row["told_at"],
        }
        for row in rows
    ]


def _end(alarm: Alarm, *, actor: Actor) -> None:
    if Alarm.objects.filter(pk=alarm.pk, over_at__isnull=True).update(over_at=Now()):
        _noted(alarm, "end", actor=actor)


def _noted(alarm: Alarm, verb: str, *, actor: Actor) -> None:
    record(
        actor=actor,
        action=f"alarm.{verb}",
        object_type="alarm",
        object_id=alarm.id,
        after={"kind": alarm.kind, "mailbox": str(alarm.mailbox_id or "")},
    )
    publish("alarm.updated", mailbox_id=alarm.mailbox_id)


def _faults() -> Iterator[tuple[Key, dict[str, Any]]]:
    """Every fault there is now, with what is worth saying about it."""
    yield from _of_reading()
    yield from _of_sending()
    yield from _of_quarantine()
    revoked = OAuthGrant.objects.filter(state=OAuthGrant.State.REVOKED)
    watched = revoked.exclude(mailbox__state=Mailbox.State.PAUSED)
    for row in watched.values("mailbox_id", "provider", "error_code"):
        data = {"provider": row["provider"], "code": row["error_code"]}
        yield (Kind.SIGN_IN_REVOKED, row["mailbox_id"]), data


def _of_reading() -> Iterator[tuple[Key, dict[str, Any]]]:
    watched = Mailbox.objects.exclude(state=Mailbox.State.PAUSED)
    for row in watched.filter(failures__gte=CHECKS).values("id", "last_error_code", "last_ok_at"):
        data = {"code": row["last_error_code"]} | _since(row["last_ok_at"])
        yield (Kind.MAILBOX_FAILING, row["id"]), data
    # Whatever was heard of a mailbox counts: a visit may be long, or have just been asked for.
    newest = MailboxEvent.objects.filter(mailbox=OuterRef("pk")).order_by("-id").values("at")[:1]
    heard = watched.filter(failures__lt=CHECKS).annotate(
        heard_at=Greatest("created_at", "checked_at", "last_ok_at", Subquery(newest))
    )
    for silent in heard.filter(heard_at__lt=Now() - _silence()).values("id", "heard_at"):
        yield (Kind.MAILBOX_SILENT, silent["id"]), _since(silent["heard_at"])
    late = watched.filter(unfetched__gt=0, oldest_unfetched_at__lt=Now() - UNFETCHED_FOR)
    for behind in late.values("id", "oldest_unfetched_at"):
        yield (Kind.UNFETCHED_OLD, behind["id"]), _since(behind["oldest_unfetched_at"])
    yield from _of_intake()


def _of_intake() -> Iterator[tuple[Key, dict[str, Any]]]:
    """New mail fetched over ten minutes ago that has no fate; history may take its time."""
    undecided = InboundMail.objects.filter(
        mailbox=OuterRef("pk"), history=False, state__in=_UNDECIDED, processed_at__isnull=True
    )
    oldest = Subquery(undecided.order_by("mailbox", "history", "id").values("stored_at")[:1])
    late = Mailbox.objects.annotate(oldest=oldest).filter(oldest__lt=Now() - UNDECIDED_FOR)
    for row in late.values("id", "oldest"):
        yield (Kind.UNDECIDED_OLD, row["id"]), _since(row["oldest"])


def _since(at: datetime | None) -> dict[str, Any]:
    return {"since": at.isoformat() if at else None}


def _silence() -> timedelta:
    """The time of three checks, at least three minutes."""
    return timedelta(seconds=CHECKS * max(60, settings.DESK_POLL_SECONDS))


def _of_sending() -> Iterator[tuple[Key, dict[str, Any]]]:
    """Mail due for over ten minutes; what a person holds back is not late."""
    late = (
        OutboundMail.objects.filter(
            state__in=_LEAVING,
            waiting_since__lt=Now() - OUTBOX_FOR,
            mailbox__sending_stopped=False,
        )
        .exclude(state=OutboundMail.State.HELD, hold=OutboundMail.Hold.CUSTOMER_WROTE)
        .exclude(mailbox__state=Mailbox.State.PAUSED)
    )
    for row in late.values("mailbox_id").annotate(count=Count("id"), since=Min("waiting_since")):
        data = {"count": row["count"]} | _since(row["since"])
        yield (Kind.OUTBOX_OLD, row["mailbox_id"]), data


def _of_quarantine() -> Iterator[tuple[Key, dict[str, Any]]]:
    """Mails put aside after a person last said that they had looked."""
    looked = (
        Alarm.objects.filter(
            kind=Kind.QUARANTINE, mailbox=OuterRef("mailbox"), dismissed_at__isnull=False
        )
        .order_by("-dismissed_at")
        .values("dismissed_at")[:1]
    )
    aside = (
        InboundMail.objects.filter(state=InboundMail.State.QUARANTINED)
        .annotate(aside_at=Coalesce("processed_at", "stored_at"), looked_at=Subquery(looked))
        .filter(Q(looked_at__isnull=True) | Q(aside_at__gt=F("looked_at")))
    )
    for row in aside.values("mailbox_id").annotate(count=Count("id"), since=Min("stored_at")):
        data = {"count": row["count"]} | _since(row["since"])
        yield (Kind.QUARANTINE, row["mailbox_id"]), data
