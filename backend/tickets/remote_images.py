"""Images of a mail that lie with somebody else: blocked, and shown when a person asks (MAIL.md H4).

The desk fetches them itself, so that a sender learns neither who looks nor from where. Only what
a stored mail names is ever fetched, never an address from a request.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from backend.audit.services import Actor, record
from backend.contacts.services import checked_address, normal_address
from backend.core import egress, images
from backend.core.errors import Conflict, Missing
from backend.mail.html_remote import remote_sources
from backend.tickets.display import visible_messages
from backend.tickets.models import ImageConsent
from backend.users.models import User

ACCEPT = "image/png,image/jpeg,image/gif,image/webp,image/bmp"
MAX_PIXELS = 50_000_000  # a browser needs four bytes for each, whatever the file's size
AT_ONCE, AT_ONCE_FOR_ONE = 12, 4
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class RemoteImage:
    """A fetched image and the media type its bytes show."""

    content: bytes
    content_type: str


def address_of(user: User, message_id: uuid.UUID, position: int) -> str:
    """Where the image at `position` (from 0) of a message's HTML lies.

    Raises Missing when `user` may not see the message or it has no such image.
    """
    html = visible_messages(user).filter(pk=message_id).values_list("html", flat=True).first()
    found = remote_sources(html) if html else []
    if position >= len(found):
        raise Missing("There is no such image.")
    return found[position]


def fetch(url: str, *, user_id: uuid.UUID, policy: egress.Policy | None = None) -> RemoteImage:
    """The image at `url`, real by its bytes.

    Raises Conflict: `remote_image_refused` when the desk does not fetch or show such a thing,
    `remote_image_unreachable` when nobody gives it. Takes up to half a minute: call it without a
    database connection.
    """
    try:
        with _slots.taken(user_id):
            fetched = egress.fetch(url, policy or egress.public_internet(), accept=ACCEPT)
    except egress.Refused as error:
        raise Conflict(
            f"This image is not fetched: {error}", code="remote_image_refused"
        ) from error
    except egress.Unreachable as error:
        raise Conflict(
            f"This image can't be fetched: {error}", code="remote_image_unreachable"
        ) from error
    image = images.recognise(fetched.content)
    if image is None or image.width * image.height > MAX_PIXELS:
        raise Conflict(
            "This image is not shown: it is none, or far too large.", code="remote_image_refused"
        )
    return RemoteImage(fetched.content, image.content_type)


class _Slots:
    """How many fetches run at once in this process, and how many of them for one person.

    A mail that names a hundred images on a server that says nothing keeps only its reader waiting.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: Counter[uuid.UUID] = Counter()

    @contextmanager
    def taken(self, user_id: uuid.UUID) -> Iterator[None]:
        """Wait for a slot and keep it for the block; raises Unreachable when none gets free."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free(user_id), PATIENCE_SECONDS):
                raise egress.Unreachable("Too many others are being fetched.")
            self._running[user_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._running[user_id] -= 1
                self._running += Counter()  # forgets who has none
                self._changed.notify_all()

    def _free(self, user_id: uuid.UUID) -> bool:
        return self._running.total() < AT_ONCE and self._running[user_id] < AT_ONCE_FOR_ONE


_slots = _Slots()


def senders_of(user: User) -> list[str]:
    """Addresses whose remote images `user` wants to see at once, in order."""
    consents = ImageConsent.objects.filter(user=user).order_by("address")
    return list(consents.values_list("address", flat=True))


@transaction.atomic
def remember_sender(*, actor: Actor, user: User, address: str) -> str:
    """Show the images of this sender's mails at once from now on; the address as it is kept.

    Raises Invalid for what is no address; nothing changes when it is remembered already.
    """
    normal = checked_address(address)
    _, made = ImageConsent.objects.get_or_create(user=user, address=normal)
    if made:
        record(
            actor=actor,
            action="image_sender.remembered",
            object_type="user",
            object_id=user.id,
            after={"address": normal},
        )
    return normal


@transaction.atomic
def forget_sender(*, actor: Actor, user: User, address: str) -> None:
    """Ask again before this sender's images are shown; raises Missing for an unknown one."""
    normal = normal_address(address)
    deleted, _ = ImageConsent.objects.filter(user=user, address=normal).delete()
    if not deleted:
        raise Missing("This sender is not remembered.")
    record(
        actor=actor,
        action="image_sender.forgotten",
        object_type="user",
        object_id=user.id,
        before={"address": normal},
    )
