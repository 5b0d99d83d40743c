"""The outbox: every mail that leaves, its recipients and each attempt to deliver it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.core.ids import uuid7
from backend.mailboxes.models.accounts import Mailbox


class OutboundMail(models.Model):
    """One mail that leaves: its Message-ID and bytes are fixed before anything is sent."""

    class State(models.TextChoices):
        HELD = "held"
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DEFERRED = "deferred"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        CANCELLED = "cancelled"

    class Hold(models.TextChoices):
        UNDO = "undo", "it can still be taken back"
        LATER = "later", "it was meant for a later moment"
        CUSTOMER_WROTE = "customer_wrote", "the customer wrote first: a person decides"

    class IfAnswered(models.TextChoices):
        """What becomes of a mail for later when the customer writes first (C5)."""

        HOLD = "hold"
        CANCEL = "cancel"
        SEND = "send"

    class SentCopy(models.TextChoices):
        NONE = "none"
        WAITING = "waiting"
        STORED = "stored"
        FAILED = "failed"

    class Kind(models.TextChoices):
        REPLY = "reply"
        ACKNOWLEDGEMENT = "acknowledgement"
        NOTIFICATION = "notification"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="outbound")
    message = models.OneToOneField(
        "tickets.Message", on_delete=models.PROTECT, null=True, blank=True, related_name="outbound"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.REPLY)
    internet_message_id = models.CharField(max_length=255, unique=True)
    subject = models.CharField(max_length=500, blank=True)
    envelope_from = models.CharField(max_length=320, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    hold = models.CharField(
        max_length=16, choices=Hold.choices, blank=True, help_text="Why it waits while held."
    )
    if_answered = models.CharField(
        max_length=8, choices=IfAnswered.choices, default=IfAnswered.SEND
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    data_started_at = models.DateTimeField(
        null=True, blank=True, help_text="Set just before DATA: a crash after it is uncertain."
    )
    last_error = models.TextField(blank=True)
    last_error_code = models.CharField(
        max_length=48, blank=True, help_text="For translation; `last_error` has the server's words."
    )
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_copy = models.CharField(
        max_length=8, choices=SentCopy.choices, default=SentCopy.NONE, help_text="MAIL.md S15"
    )
    sent_copy_tries = models.PositiveSmallIntegerField(default=0)
    sent_copy_at = models.DateTimeField(null=True, blank=True, help_text="Stored, or next try.")
    looked_in_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When an uncertain mail was last looked for in Sent."
    )
    waiting_since = models.DateTimeField(
        db_default=Now(),
        help_text="When it should first have left: later than `created_at` if held.",
    )

    class Meta:
        db_table = "outbound_mail"
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "held",
                        "queued",
                        "sending",
                        "sent",
                        "deferred",
                        "failed",
                        "uncertain",
                        "cancelled",
                    ]
                ),
                name="outbound_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="outbound_sent_has_time"
            ),
        )
        indexes = (
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state__in=["held", "queued", "deferred", "sending"]),
                name="outbound_waiting",
            ),
            models.Index(
                fields=["mailbox", "next_attempt_at", "id"],
                condition=Q(state__in=["held", "queued", "deferred", "sending"]),
                name="outbound_waiting_by_mailbox",
            ),
            models.Index(fields=["-id"], name="outbound_newest"),
            models.Index(
                fields=["mailbox", "id"],
                condition=Q(state="sending"),
                name="outbound_sending",
            ),
            models.Index(
                fields=["sent_copy_at", "id"],
                condition=Q(sent_copy="waiting"),
                name="outbound_copy_waiting",
            ),
            models.Index(fields=["id"], condition=Q(state="uncertain"), name="outbound_uncertain"),
            models.Index(fields=["id"], condition=Q(state="failed"), name="outbound_failed"),
        )

    def __str__(self) -> str:
        return self.internet_message_id


class OutboundRecipient(models.Model):
    """One address a mail goes to, with the server's own answer for it (MAIL.md S8)."""

    class Kind(models.TextChoices):
        TO = "to"
        CC = "cc"
        BCC = "bcc"

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        DEFERRED = "deferred"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        CANCELLED = "cancelled"

    id = models.BigAutoField(primary_key=True)
    outbound = models.ForeignKey(OutboundMail, on_delete=models.CASCADE, related_name="recipients")
    address = models.CharField(max_length=320)
    kind = models.CharField(max_length=3, choices=Kind.choices, default=Kind.TO)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    smtp_text = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "outbound_recipients"
        constraints = (
            models.UniqueConstraint(fields=["outbound", "address"], name="outbound_address_once"),
        )
        indexes = (models.Index(fields=["address", "-outbound"], name="outbound_by_address"),)

    def __str__(self) -> str:
        return f"{self.address} {self.state}"


class DeliveryAttempt(models.Model):
    """One conversation with an SMTP server: how far it came and how it ended."""

    id = models.BigAutoField(primary_key=True)
    outbound = models.ForeignKey(OutboundMail, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(db_default=Now())
    server = models.CharField(max_length=260, blank=True, help_text="host:port")
    phase = models.CharField(max_length=16, help_text="connect, tls, login, mail, rcpt, data, done")
    outcome = models.CharField(max_length=12)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    smtp_text = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "delivery_attempts"
        constraints = (
            models.UniqueConstraint(fields=["outbound", "number"], name="attempt_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.outbound_id} #{self.number} {self.outcome}"
