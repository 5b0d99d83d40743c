"""The ledger of received mail: what the desk saw in a mailbox, and what became of it.

Links to tickets and messages are foreign keys by name: mailboxes know nothing about tickets,
but the database keeps every link true.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.core.ids import uuid7
from backend.mailboxes.models.accounts import Mailbox, MailboxFolder


class InboundMail(models.Model):
    """One mail seen in a folder, from its raw bytes to its fate. Nothing is ever dropped."""

    class State(models.TextChoices):
        STORED = "stored"
        PROCESSING = "processing"
        DONE = "done"
        QUARANTINED = "quarantined"

    class Fate(models.TextChoices):
        TICKET = "ticket"
        REPLY = "reply"
        BOUNCE = "bounce"
        AUTOMATIC = "automatic"
        SPAM = "spam"
        DUPLICATE = "duplicate"
        OWN_MAIL = "own_mail"
        QUARANTINED = "quarantined"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.PROTECT, related_name="inbound", db_index=False
    )
    folder = models.ForeignKey(
        MailboxFolder, on_delete=models.PROTECT, related_name="inbound", db_index=False
    )
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Empty: left on the server.")
    size = models.BigIntegerField()
    internal_date = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When the desk first saw its UID.")
    stored_at = models.DateTimeField(db_default=Now())
    taken_at = models.DateTimeField(null=True, help_text="When a worker last took it.")
    from_address = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    internet_message_id = models.CharField(max_length=998, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    fate = models.CharField(max_length=12, choices=Fate.choices, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    matched_by = models.CharField(
        max_length=24, blank=True, help_text="What led to its ticket: token, reference, new ..."
    )
    error = models.TextField(blank=True)
    not_spam = models.BooleanField(
        default=False, help_text="A person said so: the spam verdict no longer counts."
    )
    history = models.BooleanField(
        default=False, help_text="Older than the desk's use of the mailbox: closed and silent."
    )
    provider_id = models.CharField(
        max_length=64, blank=True, help_text="The provider's own id of the mail (X-GM-MSGID)."
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound"
    )
    message = models.OneToOneField(
        "tickets.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound"
    )
    about = models.ForeignKey(
        "mailboxes.OutboundMail",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        help_text="The mail a bounce, complaint or receipt is about.",
    )

    class Meta:
        db_table = "inbound_mail"
        constraints = (
            models.UniqueConstraint(
                fields=["folder", "uidvalidity", "uid"], name="inbound_mail_uid_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["stored", "processing"], fate__isnull=True)
                | Q(state="done", fate__isnull=False)
                | Q(state="quarantined", fate="quarantined"),
                name="inbound_mail_fate_when_done",
            ),
        )
        indexes = (
            models.Index(
                fields=["mailbox", "history", "id"],
                condition=Q(state__in=["stored", "processing"]),
                name="inbound_waiting_in_turn",
            ),
            models.Index(fields=["mailbox", "sha256"], name="inbound_by_bytes"),
            models.Index(fields=["from_address", "-id"], name="inbound_by_sender"),
            models.Index(fields=["internet_message_id"], name="inbound_by_message_id"),
            models.Index(
                fields=["mailbox", "provider_id"],
                condition=~Q(provider_id=""),
                name="inbound_by_provider_id",
            ),
            models.Index(
                fields=["-id"], condition=Q(state="quarantined"), name="inbound_quarantined"
            ),
        )

    def __str__(self) -> str:
        return f"{self.folder_id}/{self.uidvalidity}/{self.uid}"
