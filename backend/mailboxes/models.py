"""Mail accounts, the ledger of received mail, and the outbox.

Links to tickets and messages are foreign keys by name: mailboxes know nothing about tickets,
but the database keeps every link true.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from backend.core.ids import uuid7
from backend.mailboxes import working_hours

# Settings of a mailbox that say how its mails are answered by themselves, trusted and joined.
UNDERSTANDING_FIELDS = (
    "acknowledge",
    "acknowledgement_pt",
    "acknowledgement_en",
    "out_of_hours_pt",
    "out_of_hours_en",
    "working_hours",
    "time_zone",
    "authserv_id",
    "trust_spam_verdict",
    "share_conversations",
    "plus_addressing",
    "reopen_days",
    "partner_desks",
)


class Mailbox(models.Model):
    """A support address with its IMAP account for reading and SMTP account for sending."""

    class Security(models.TextChoices):
        TLS = "tls"
        STARTTLS = "starttls"
        NONE = "none", "none (this machine only)"

    class AfterReading(models.TextChoices):
        LEAVE = "leave"
        MARK_SEEN = "mark_seen"
        MOVE = "move"

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=320)
    aliases = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    team = models.ForeignKey(
        "users.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="mailboxes"
    )
    imap_host = models.CharField(max_length=253)
    imap_port = models.PositiveIntegerField()
    imap_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    imap_username = models.CharField(max_length=320)
    imap_password_sealed = models.TextField(blank=True)
    imap_folder = models.CharField(max_length=255, default="INBOX")
    smtp_host = models.CharField(max_length=253)
    smtp_port = models.PositiveIntegerField()
    smtp_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    smtp_username = models.CharField(max_length=320, blank=True)
    smtp_password_sealed = models.TextField(blank=True)
    after_reading = models.CharField(
        max_length=16, choices=AfterReading.choices, default=AfterReading.LEAVE
    )
    move_to = models.CharField(max_length=255, blank=True)
    signature = models.TextField(blank=True)
    acknowledge = models.BooleanField(
        default=False, help_text="Tell who opens a ticket that their mail arrived."
    )
    acknowledgement_pt = models.TextField(blank=True, help_text="Empty: the built-in words.")
    acknowledgement_en = models.TextField(blank=True)
    out_of_hours_pt = models.TextField(blank=True)
    out_of_hours_en = models.TextField(blank=True)
    working_hours = models.JSONField(
        default=working_hours.always,
        blank=True,
        help_text='{"mon": [["09:00", "18:00"]], ...}; nothing at all: always open.',
    )
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the desk's.")
    authserv_id = models.CharField(
        max_length=253,
        blank=True,
        help_text="Whose Authentication-Results are believed (RFC 8601 5); empty: nobody's.",
    )
    trust_spam_verdict = models.BooleanField(
        default=False, help_text="The provider removes spam headers that strangers wrote."
    )
    share_conversations = models.BooleanField(
        default=False, help_text="A mail known in another sharing mailbox joins its ticket there."
    )
    reopen_days = models.PositiveSmallIntegerField(
        default=30, help_text="Later answers to a closed ticket open a new one."
    )
    plus_addressing = models.BooleanField(
        default=False,
        help_text="Answers go to support+TOKEN@..., where the server takes such addresses.",
    )
    partner_desks = models.JSONField(
        default=list,
        blank=True,
        help_text='[{"domain": "example.com", "prefix": "INC"}]: desks that number their mails.',
    )
    import_since = models.DateTimeField(
        null=True, blank=True, help_text="Mail that arrived earlier is not read; null: read all."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_error_code = models.CharField(max_length=48, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed visits in a row.")
    lag_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Age of the newest stored mail when it was stored."
    )
    is_demo = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "mailboxes"
        constraints = (
            models.UniqueConstraint(Lower("address"), name="mailboxes_address_once"),
            models.CheckConstraint(
                condition=Q(state__in=["active", "paused", "error"]), name="mailboxes_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(after_reading="move") | ~Q(move_to=""), name="mailboxes_move_has_goal"
            ),
        )

    def __str__(self) -> str:
        return self.address


class MailboxFolder(models.Model):
    """How far a folder has been read; `last_uid` belongs to `uidvalidity` (MAIL.md I1, I3)."""

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=255)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)

    class Meta:
        db_table = "mailbox_folders"
        constraints = (
            models.UniqueConstraint(fields=["mailbox", "name"], name="mailbox_folder_once"),
        )

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.name}"


class MailboxLease(models.Model):
    """Which monitor reads a mailbox now; every write of that monitor carries the epoch."""

    mailbox = models.OneToOneField(
        Mailbox, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    owner = models.CharField(max_length=120)
    epoch = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "mailbox_leases"

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.owner} {self.epoch}"


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
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="inbound")
    folder = models.ForeignKey(MailboxFolder, on_delete=models.PROTECT, related_name="inbound")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Empty: left on the server.")
    size = models.BigIntegerField()
    internal_date = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(db_default=Now())
    from_address = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    internet_message_id = models.CharField(max_length=998, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    fate = models.CharField(max_length=12, choices=Fate.choices, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    not_spam = models.BooleanField(
        default=False, help_text="A person said so: the spam verdict no longer counts."
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
                fields=["id"],
                condition=Q(state__in=["stored", "processing"]),
                name="inbound_waiting",
            ),
            models.Index(fields=["mailbox", "sha256"], name="inbound_by_bytes"),
            models.Index(fields=["-id"], name="inbound_newest"),
            models.Index(fields=["ticket"], name="inbound_by_ticket"),
            models.Index(fields=["from_address"], name="inbound_by_sender"),
            models.Index(fields=["internet_message_id"], name="inbound_by_message_id"),
        )

    def __str__(self) -> str:
        return f"{self.folder_id}/{self.uidvalidity}/{self.uid}"


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
    tries = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    data_started_at = models.DateTimeField(
        null=True, blank=True, help_text="Set just before DATA: a crash after it is uncertain."
    )
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

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
            models.Index(fields=["-id"], name="outbound_newest"),
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

    def __str__(self) -> str:
        return f"{self.address} {self.state}"


class DeliveryAttempt(models.Model):
    """One conversation with an SMTP server: how far it came and how it ended."""

    id = models.BigAutoField(primary_key=True)
    outbound = models.ForeignKey(OutboundMail, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField(db_default=Now())
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


class Heartbeat(models.Model):
    """When a process last said that it lives; /readyz reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return self.name
