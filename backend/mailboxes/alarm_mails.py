"""Telling the administrators about alarms by mail, once each, and never fifty times at once.

An alarm is told when it has stood for a minute; what else opened by then is in the same mail. The
next mail comes five minutes later at the earliest. A fault that comes and goes is one alarm.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from backend.core.keys import derived_key
from backend.core.language import Language
from backend.core.locks import lock_names
from backend.core.text import one_line
from backend.mail.compose import HeaderInjection, InvalidAddress, compose
from backend.mail.message import Address
from backend.mailboxes import alarm_words, outbox
from backend.mailboxes.alarms import LOCK
from backend.mailboxes.models import Alarm, Mailbox, OutboundMail, OutboundRecipient
from backend.users.models import User

log = logging.getLogger(__name__)
SETTLING = timedelta(minutes=1)
BETWEEN_MAILS = timedelta(minutes=5)
# A mailbox with one of these can't be trusted to send.
_CAN_NOT_SEND = (Alarm.Kind.OUTBOX_OLD, Alarm.Kind.SIGN_IN_REVOKED)


@transaction.atomic
def tell() -> int:
    """Mail every active administrator what is new and what is over; returns how many mails.

    0 when there is nothing to tell yet, and when no mailbox works: then it stays untold, and is
    told once one does. The banner and /metrics need no mail.
    """
    lock_names([LOCK])
    _join_what_came_back()
    new, over = _untold()
    if not new and not over:
        return 0
    mailbox = _working_mailbox()
    admins = list(User.objects.filter(role=User.Role.ADMIN, is_active=True).order_by("email"))
    if mailbox is None or not admins:
        log.warning("%d alarms can't be mailed: no mailbox works", len(new) + len(over))
        return 0
    sent = sum(_mail(mailbox, admin, new, over) for admin in admins)
    Alarm.objects.filter(pk__in=[one.pk for one in new]).update(told_at=Now())
    Alarm.objects.filter(pk__in=[one.pk for one in over]).update(over_told_at=Now())
    return sent


def _join_what_came_back() -> None:
    """An alarm that opened again before its end was told is the same one: nothing is told."""
    ended = Alarm.objects.filter(
        told_at__isnull=False, over_at__isnull=False, over_told_at__isnull=True
    )
    for one in ended:
        again = Alarm.objects.filter(
            kind=one.kind, mailbox=one.mailbox, over_at__isnull=True, told_at__isnull=True
        ).update(told_at=one.told_at)
        if again or one.dismissed_at is not None:
            Alarm.objects.filter(pk=one.pk).update(over_told_at=Now())


def _untold() -> tuple[list[Alarm], list[Alarm]]:
    """(new, over), both empty while it is too early for a mail."""
    last = Alarm.objects.aggregate(told=Max("told_at"), over=Max("over_told_at"))
    now = timezone.now()
    if any(one is not None and now - one < BETWEEN_MAILS for one in last.values()):
        return [], []
    rows = Alarm.objects.select_related("mailbox").order_by("kind", "mailbox__address")
    new = list(rows.filter(told_at__isnull=True, over_at__isnull=True))
    over = list(
        rows.filter(told_at__isnull=False, over_at__isnull=False, over_told_at__isnull=True)
    )
    if new and now - min(one.since for one in new) < SETTLING:
        new = []
    if over and now - min(one.over_at or now for one in over) < SETTLING:
        over = []
    return new, over


def _working_mailbox() -> Mailbox | None:
    """The mailbox to send by: one without any alarm, else one that only can't be read and has
    sent before."""
    stuck = Alarm.objects.filter(over_at__isnull=True)
    rows = (
        Mailbox.objects.filter(is_demo=False, sending_stopped=False, sending_held_code="")
        .exclude(state=Mailbox.State.PAUSED)
        .exclude(pk__in=stuck.filter(kind__in=_CAN_NOT_SEND).values("mailbox_id"))
        .order_by(Coalesce("sending__failures", 0), F("last_ok_at").desc(nulls_last=True), "id")
    )
    well = rows.filter(Q(failures=0) & ~Q(pk__in=stuck.values("mailbox_id")))
    proven = rows.filter(sending__served_at__isnull=False, sending__failures=0)
    return well.first() or proven.first()


def _mail(mailbox: Mailbox, admin: User, new: list[Alarm], over: list[Alarm]) -> bool:
    """Put the mail to one administrator into the outbox; False when it can't be written."""
    language: Language = "pt-BR" if admin.language == User.Language.PORTUGUESE else "en"
    subject = one_line(alarm_words.subject(new, over, language=language), limit=200)
    link = f"{settings.DESK_BASE_URL}/status"
    message_id = f"alarm.{uuid.uuid4().hex}@{mailbox.address.rpartition('@')[2]}"
    name = one_line(admin.name, limit=120)
    try:
        composed = compose(
            mailbox_from=Address(mailbox.name, mailbox.address),
            to=[Address(name, admin.email)],
            subject=subject,
            text=alarm_words.text(new, over, name=name, link=link, language=language),
            message_id=message_id,
            date=timezone.now(),
            notice=True,
            loop=derived_key("loop")[:10].hex(),
        )
    except (HeaderInjection, InvalidAddress) as error:
        log.warning("alarms can't be mailed to %s: %s", admin.email, error)
        return False
    outbox.queue(
        mailbox=mailbox,
        message_id=message_id,
        subject=subject,
        raw=composed.bytes_,
        recipients=[outbox.Recipient(admin.email, OutboundRecipient.Kind.TO)],
        kind=OutboundMail.Kind.NOTIFICATION,
        for_message=None,
        envelope_from="",  # RFC 3834 3.3: no machine may answer it
    )
    return True
