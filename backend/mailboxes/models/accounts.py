"""Mail accounts: their settings, how far each folder is read, who reads it, what happened."""

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

    class SignIn(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 - a way to sign in, not a password
        GOOGLE = "google"
        MICROSOFT = "microsoft"

    class SentCopy(models.TextChoices):
        AUTO = "auto", "where the provider makes none"
        ALWAYS = "always"
        NEVER = "never"

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
    sign_in = models.CharField(
        max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD, help_text="For both."
    )
    imap_host = models.CharField(max_length=253)
    imap_port = models.PositiveIntegerField()
    imap_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    imap_username = models.CharField(max_length=320)
    imap_password_sealed = models.TextField(blank=True)
    imap_folder = models.CharField(max_length=255, default="INBOX")
    further_folders = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Folders read besides `imap_folder`.",
    )
    smtp_host = models.CharField(max_length=253)
    smtp_port = models.PositiveIntegerField()
    smtp_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    smtp_username = models.CharField(max_length=320, blank=True)
    smtp_password_sealed = models.TextField(blank=True)
    after_reading = models.CharField(
        max_length=16, choices=AfterReading.choices, default=AfterReading.LEAVE
    )
    move_to = models.CharField(max_length=255, blank=True)
    sent_copy = models.CharField(
        max_length=6, choices=SentCopy.choices, default=SentCopy.AUTO, help_text="MAIL.md S15"
    )
    sent_folder = models.CharField(
        max_length=255, blank=True, help_text="Empty: the one the server calls Sent (RFC 6154)."
    )
    undo_seconds = models.PositiveSmallIntegerField(
        default=15, help_text="A reply waits this long before it leaves; 0: not at all."
    )
    sending_stopped = models.BooleanField(
        default=False, help_text="A person's kill switch: nothing leaves, everything waits."
    )
    sending_held_code = models.CharField(
        max_length=48,
        blank=True,
        help_text="Why the desk itself lets nothing leave; empty: it does.",
    )
    largest_sent_bytes = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Files beyond it become links; null: 20 MiB."
    )
    messages_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Null: what the provider is known to allow."
    )
    recipients_per_day = models.PositiveIntegerField(null=True, blank=True)
    smtp_connections = models.PositiveSmallIntegerField(null=True, blank=True)
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
    silent_before = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Mail that arrived earlier is history: it enters closed and nobody is told.",
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="The last visit's start.")
    unfetched = models.PositiveIntegerField(
        default=0, help_text="Mails seen on the server at the last visit, not yet stored."
    )
    oldest_unfetched_at = models.DateTimeField(
        null=True, blank=True, help_text="When the oldest of them was first seen waiting."
    )
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
    treated_uid = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="Mails up to it were marked or moved as the mailbox wishes (MAIL.md I5).",
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    missing = models.BooleanField(
        default=False, help_text="The server had no such folder at the last visit."
    )

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


class LivingMonitor(models.Model):
    """A monitor that runs: those that live share the mailboxes among them."""

    owner = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField(help_text="Its last sign of life.")

    class Meta:
        db_table = "living_monitors"

    def __str__(self) -> str:
        return self.owner


class MailboxEvent(models.Model):
    """Something that happened to a mailbox, for its card: the newest are kept."""

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="happenings")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(
        max_length=32,
        help_text="connected, failed, recovered, stored, renumbered, token_refreshed ...",
    )
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "mailbox_events"
        indexes = (models.Index(fields=["mailbox", "-id"], name="mailbox_events_newest"),)

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.kind}"


class SendingWindow(models.Model):
    """What a mailbox has sent lately, against the limits of its account (MAIL.md S11)."""

    mailbox = models.OneToOneField(
        Mailbox, on_delete=models.CASCADE, primary_key=True, related_name="sending"
    )
    minute = models.DateTimeField(null=True, help_text="The minute `in_minute` counts messages of.")
    in_minute = models.PositiveIntegerField(default=0)
    day = models.DateTimeField(null=True, help_text="The day `in_day` counts recipients of (UTC).")
    in_day = models.PositiveIntegerField(default=0)
    wait_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Nothing leaves before: the server asked to wait (432 4.3.2, 421), does not "
        "answer, or a limit is reached.",
    )
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="Conversations in a row that ended before any mail was spoken of."
    )
    served_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail of it was last claimed; the longest waits."
    )
    server_size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The SIZE its server last named (RFC 1870)."
    )

    class Meta:
        db_table = "sending_windows"

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.in_minute}/min {self.in_day}/day"
