"""What becomes of mails that have been read: their fates and effects, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from backend.core.crashpoints import crashpoint
from backend.core.text import one_line
from backend.events.services import publish
from backend.mailboxes import ledger, trial
from backend.mailboxes.ledger import Fate, Fated
from backend.mailboxes.models import InboundMail
from backend.tickets import acknowledging, agent_mail, forwarding, joining, reports, threading
from backend.tickets.batch import Alone, Batch, begun
from backend.tickets.incoming import Incoming
from backend.tickets.models import Message


def stands_alone(incoming: Incoming) -> bool:
    """Whether a mail needs a transaction of its own, as far as it tells by itself: we sent it, it
    is in the name of an agent, or it takes the place of what could not be read before."""
    return (
        incoming.mail.ticket_id is not None
        or threading.message_of_token(incoming.parsed.message_id) is not None
        or agent_mail.may_be(incoming)
        or forwarding.may_be(incoming)
    )


def process(mails: Sequence[Incoming]) -> int:
    """Write everything that follows from claimed mails, in order; returns how many of them.

    The one after those must be given a transaction of its own. Raises LeaseLost, or whatever
    the defect is; then nothing was written.
    """
    settled: list[tuple[InboundMail, Fated, ledger.Seen]] = []
    with begun(mails) as batch:
        for one in mails:
            try:
                settled.append((one.mail, _decide(one, batch), _seen(one)))
            except Alone:
                break
        if not settled:
            return 0
        batch.write()
        acknowledging.acknowledge(batch.opened)
        ledger.settle_all(settled)
        for mail, fated, _ in settled:
            if fated.message_id is None or mail.history:  # else the ticket's own event tells
                publish("ledger.updated", mailbox_id=mail.mailbox_id)
        for _ in settled:
            crashpoint("before_intake_commit")
    for _ in settled:
        crashpoint("after_intake_commit")
    return len(settled)


def _decide(incoming: Incoming, batch: Batch) -> Fated:
    """The fate of a mail, its effects written; the order of the questions matters (B6, T18)."""
    if stands_alone(incoming) or batch.has_decided(incoming.own_id):
        batch.stand_alone()
    fated = (
        _own_mail(incoming)
        or _known_bytes(incoming, batch)
        or reports.settle(incoming, batch)
        or agent_mail.answer_by_mail(incoming)
        or joining.join(incoming, batch)
    )
    batch.decided(incoming.own_id)
    return fated


def _own_mail(incoming: Incoming) -> Fated | None:
    """Our own outgoing mail that came back, by BCC or an alias, is no ticket (T18)."""
    if trial.is_trial(incoming.parsed.message_id):
        return Fated(Fate.OWN_MAIL, "A connection test of this desk.")
    sent = threading.message_of_token(incoming.parsed.message_id)
    if sent is None or not incoming.from_ourselves:
        return None
    message = Message.objects.filter(pk=sent).only("id", "ticket_id").first()
    if message is None:
        return None
    return Fated(Fate.OWN_MAIL, "Sent by this desk.", message.ticket_id, matched_by="token")


def _known_bytes(incoming: Incoming, batch: Batch) -> Fated | None:
    """The same bytes again in the same mailbox: after a UIDVALIDITY change, or a copy (I2)."""
    earlier = batch.known_bytes(incoming)
    if earlier is None:
        return None
    uid, ticket_id = earlier
    return Fated(Fate.DUPLICATE, f"Same bytes as UID {uid}.", ticket_id, matched_by="bytes")


def _seen(incoming: Incoming) -> ledger.Seen:
    return ledger.Seen(
        from_address=incoming.sender,
        subject=one_line(incoming.parsed.subject, limit=500),
        message_id=incoming.own_id,
    )
