"""Tickets and everything said in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now

from backend.core.ids import uuid7


class Status(models.Model):
    """A state a ticket can be in; its category says what it means for the desk."""

    class Category(models.TextChoices):
        OPEN = "open"
        WAITING = "waiting"
        RESOLVED = "resolved"
        CLOSED = "closed"

    slug = models.SlugField(max_length=40, primary_key=True)
    name_pt = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    category = models.CharField(max_length=8, choices=Category.choices)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "ticket_statuses"
        constraints = (
            # The pair that tickets refer to, so that a ticket's category can't disagree.
            models.UniqueConstraint(fields=["slug", "category"], name="status_with_category"),
            models.CheckConstraint(
                condition=Q(category__in=["open", "waiting", "resolved", "closed"]),
                name="status_category_known",
            ),
        )

    def __str__(self) -> str:
        return self.slug


class Ticket(models.Model):
    """One matter of one customer."""

    class Priority(models.TextChoices):
        LOW = "low"
        NORMAL = "normal"
        HIGH = "high"
        URGENT = "urgent"

    class Source(models.TextChoices):
        MAIL = "mail"
        AGENT = "agent"
        API = "api"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=Func(
            Value("ticket_number"), function="nextval", output_field=models.BigIntegerField()
        ),
    )
    subject = models.CharField(max_length=500)
    status = models.ForeignKey(
        Status,
        on_delete=models.PROTECT,
        db_column="status",
        related_name="tickets",
        default="open",
        db_index=False,
    )
    status_category = models.CharField(
        max_length=8, choices=Status.Category.choices, default=Status.Category.OPEN
    )
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    category = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.MAIL)
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    contact_address = models.CharField(max_length=320, help_text="The address they wrote from.")
    mailbox = models.ForeignKey(
        "mailboxes.Mailbox", on_delete=models.PROTECT, related_name="tickets"
    )
    team = models.ForeignKey(
        "users.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    assignee = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="First customer message nobody has answered."
    )
    first_answered_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        db_index=False,
    )
    continues = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="continued_by",
        db_index=False,
        help_text="The closed ticket whose conversation goes on here (MAIL.md T15).",
    )
    forwarded_by = models.ForeignKey(
        "users.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The agent who forwarded the requester's mail (MAIL.md T12).",
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    needs_attention = models.BooleanField(default=False, help_text="A reply did not arrive.")
    message_count = models.PositiveIntegerField(default=0)
    preview = models.CharField(max_length=200, blank=True)
    last_direction = models.CharField(max_length=3, blank=True)
    is_demo = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "tickets"
        constraints = (
            models.CheckConstraint(
                condition=Q(priority__in=["low", "normal", "high", "urgent"]),
                name="tickets_priority_known",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="tickets_not_merged_into_itself",
            ),
        )
        indexes = (
            models.Index(fields=["-last_activity_at", "-id"], name="tickets_newest"),
            models.Index(
                fields=["team", "-last_activity_at", "-id"],
                condition=Q(status_category__in=["open", "waiting"]),
                name="tickets_open_by_team",
            ),
            models.Index(
                fields=["assignee", "-last_activity_at", "-id"],
                condition=Q(status_category__in=["open", "waiting"]),
                name="tickets_open_by_assignee",
            ),
            models.Index(
                fields=["waiting_since", "id"],
                condition=Q(waiting_since__isnull=False),
                name="tickets_longest_waiting",
            ),
            models.Index(fields=["contact", "-last_activity_at"], name="tickets_by_contact"),
            # Few tickets have one of these: the others need no entry.
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="tickets_merged",
            ),
            models.Index(
                fields=["continues"],
                condition=Q(continues__isnull=False),
                name="tickets_continuing",
            ),
            models.Index(
                fields=["forwarded_by"],
                condition=Q(forwarded_by__isnull=False),
                name="tickets_forwarded",
            ),
            models.Index(
                fields=["-last_activity_at"],
                condition=Q(needs_attention=True),
                name="tickets_need_attention",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.number}"


class _Said(models.Manager["Message"]):
    """Messages of the thread: those that were not taken back."""

    def get_queryset(self) -> models.QuerySet[Message]:
        """Without what was undone before it left."""
        return super().get_queryset().filter(undone_at__isnull=True)


class Message(models.Model):
    """Something said between customer and desk: a mail received, a reply sent, or a request
    an agent wrote down."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    author = models.ForeignKey(
        "users.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    from_name = models.CharField(max_length=300, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    to = models.JSONField(default=list, help_text="[{name, address}]")
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    reply_to = models.JSONField(default=list)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(null=True, blank=True, help_text="Sanitised; never shown unframed.")
    reply_text = models.TextField(blank=True, help_text="New words only, a view of `text`.")
    message_id = models.CharField(max_length=998, blank=True)
    in_reply_to = ArrayField(models.TextField(), default=list, blank=True)
    references = ArrayField(models.TextField(), default=list, blank=True)
    date_header = models.DateTimeField(null=True, blank=True)
    flags = ArrayField(
        models.CharField(max_length=32),
        default=list,
        blank=True,
        help_text="another_address, automatic, same_id_other_bytes, truncated ...",
    )
    facts = models.JSONField(
        default=dict, blank=True, help_text="What else the mail is; see tickets.facts."
    )
    remote_images = models.PositiveSmallIntegerField(default=0)
    errors = ArrayField(models.TextField(), default=list, blank=True)
    undone_at = models.DateTimeField(
        null=True, blank=True, help_text="Taken back before it left: no part of the thread."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = _Said()
    everything = models.Manager["Message"]()

    class Meta:
        db_table = "messages"
        constraints = (
            models.CheckConstraint(
                condition=Q(direction__in=["in", "out"]), name="messages_direction_known"
            ),
        )
        indexes = (
            models.Index(fields=["ticket", "created_at", "id"], name="messages_in_order"),
            models.Index(
                fields=["author"], condition=Q(author__isnull=False), name="messages_by_author"
            ),
        )

    def __str__(self) -> str:
        return f"{self.direction} {self.id}"


class Attachment(models.Model):
    """A file of a message; its bytes are a blob, its name is only a label (MAIL.md A4, A5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=255)
    original_name = models.TextField(blank=True)
    content_type = models.CharField(max_length=127)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True)
    disguised = models.BooleanField(
        default=False, help_text="The bytes are of another kind than its name says."
    )

    class Meta:
        db_table = "attachments"

    def __str__(self) -> str:
        return self.filename


class FileLink(models.Model):
    """A file too large for a mail: the mail holds a signed link that ends (MAIL.md S7)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, related_name="link")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "file_links"

    def __str__(self) -> str:
        return str(self.id)


class HeldReply(models.Model):
    """What a reply that has not left yet did to its ticket, or is to do when it leaves.

    `before` and `after`: fields of the ticket around writing the reply, so that taking it back
    restores those nobody changed since. A reply for later changes nothing until it leaves.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="held"
    )
    status_after = models.CharField(max_length=40, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "held_replies"

    def __str__(self) -> str:
        return str(self.message_id)


class Note(models.Model):
    """Internal words about a ticket. Mail code takes messages only and can't be given one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    author = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notes"
        indexes = (models.Index(fields=["ticket", "created_at"], name="notes_in_order"),)

    def __str__(self) -> str:
        return f"note {self.id}"


class TicketEvent(models.Model):
    """The domain log: SLA, history and "as it was" are computed from it."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=32)
    actor_user = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cause = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "ticket_events"
        indexes = (models.Index(fields=["ticket", "id"], name="ticket_events_in_order"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.ticket_id}"


class ThreadReference(models.Model):
    """A Message-ID that belongs to a ticket: of its own mails, or cited by them (MAIL.md T5-T8).

    Cited ids make threading independent of the order of arrival: a parent that comes after its
    reply finds the ticket that already speaks of it.
    """

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(
        "mailboxes.Mailbox", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message_id = models.CharField(max_length=998)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="references")
    own = models.BooleanField(help_text="The id of a stored message, not only cited.")

    class Meta:
        db_table = "thread_references"
        constraints = (
            models.UniqueConstraint(fields=["mailbox", "message_id"], name="thread_reference_once"),
        )

    def __str__(self) -> str:
        return self.message_id


class TicketSearch(models.Model):
    """The folded words of a ticket, apart from it: text never moves when a status changes."""

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="search"
    )
    words = SearchVectorField()

    class Meta:
        db_table = "ticket_search"
        indexes = (GinIndex(fields=["words"], name="ticket_search_words"),)

    def __str__(self) -> str:
        return str(self.ticket_id)


class ReplyRequest(models.Model):
    """An Idempotency-Key already used: asking again returns the same message."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reply_requests"
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="reply_request_once"),)

    def __str__(self) -> str:
        return str(self.key)


class Acknowledgement(models.Model):
    """An automatic answer that was sent: one for each address and ticket (MAIL.md B13)."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="acknowledgements")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=320)
    topic = models.CharField(max_length=64, help_text="Digest of the bare subject (MAIL.md B14).")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "acknowledgements"
        constraints = (
            models.UniqueConstraint(fields=["ticket", "address"], name="acknowledgement_once"),
        )
        indexes = (models.Index(fields=["address", "created_at"], name="acknowledgements_recent"),)

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.address}"


class ImageConsent(models.Model):
    """A sender whose remote images a person wants to see at once (MAIL.md H4)."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=320)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "image_consents"
        constraints = (
            models.UniqueConstraint(fields=["user", "address"], name="image_consent_once"),
        )

    def __str__(self) -> str:
        return self.address
