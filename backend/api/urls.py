"""Addresses under /api/v1/."""

from __future__ import annotations

from django.conf import settings
from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from backend.api.views import (
    contacts,
    decisions,
    demo,
    events,
    ledger,
    mailboxes,
    messages,
    oauth,
    session,
    tickets,
)

urlpatterns = [
    path("setup/", session.SetupView.as_view()),
    path("auth/login/", session.LoginView.as_view()),
    path("auth/refresh/", session.RefreshView.as_view()),
    path("auth/logout/", session.LogoutView.as_view()),
    path("me/", session.MeView.as_view()),
    path("me/password/", session.PasswordView.as_view()),
    path("me/image-senders/", messages.ImageSendersView.as_view()),
    path("me/image-senders/<path:address>/", messages.ImageSenderView.as_view()),
    path("users/", session.PeopleView.as_view()),
    path("statuses/", tickets.StatusesView.as_view()),
    path("tickets/", tickets.TicketsView.as_view()),
    path("tickets/counters/", tickets.CountersView.as_view()),
    path("tickets/<uuid:ticket_id>/", tickets.TicketView.as_view()),
    path("tickets/<uuid:ticket_id>/restore/", tickets.RestoreView.as_view()),
    path("tickets/<uuid:ticket_id>/replies/", tickets.RepliesView.as_view()),
    path("tickets/<uuid:ticket_id>/notes/", tickets.NotesView.as_view()),
    path("tickets/<uuid:ticket_id>/undo-forward/", decisions.UndoForwardView.as_view()),
    path("messages/<uuid:message_id>/accept/", decisions.AcceptView.as_view()),
    path("messages/<uuid:message_id>/separate/", decisions.SeparateView.as_view()),
    path("messages/<uuid:message_id>/raw/", messages.OriginalView.as_view()),
    path("messages/<uuid:message_id>/source/", messages.SourceView.as_view()),
    path(
        "messages/<uuid:message_id>/remote-images/<int:position>/",
        messages.RemoteImageView.as_view(),
    ),
    path("attachments/<uuid:attachment_id>/", messages.AttachmentView.as_view()),
    path("attachments/<uuid:attachment_id>/mail/", messages.NestedMailView.as_view()),
    path(
        "attachments/<uuid:attachment_id>/mail/<int:position>/", messages.NestedFileView.as_view()
    ),
    path("contacts/", contacts.ContactsView.as_view()),
    path("contacts/<uuid:contact_id>/", contacts.ContactView.as_view()),
    path("contacts/<uuid:contact_id>/addresses/resume/", contacts.ResumeAddressView.as_view()),
    path("mailboxes/", mailboxes.MailboxesView.as_view()),
    path("mailboxes/test/", mailboxes.MailboxTestView.as_view()),
    path("mailboxes/discover/", mailboxes.DiscoverView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/events/", mailboxes.MailboxEventsView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/pause/", mailboxes.PauseView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/resume/", mailboxes.ResumeView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/stop-sending/", mailboxes.StopSendingView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/resume-sending/", mailboxes.ResumeSendingView.as_view()),
    path("oauth/clients/", oauth.OAuthClientsView.as_view()),
    path("oauth/clients/<slug:provider>/", oauth.OAuthClientView.as_view()),
    path("oauth/callback/", oauth.callback),
    path("oauth/requests/<uuid:request_id>/", oauth.OAuthRequestView.as_view()),
    path("oauth/<slug:provider>/begin/", oauth.OAuthBeginView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/", mailboxes.MailboxView.as_view()),
    path("mailboxes/<uuid:mailbox_id>/test/", mailboxes.StoredMailboxTestView.as_view()),
    path("ledger/trace/", ledger.TraceView.as_view()),
    path("ledger/queues/", ledger.QueuesView.as_view()),
    path("ledger/inbound/", ledger.InboundView.as_view()),
    path("ledger/inbound/<uuid:inbound_id>/", ledger.InboundRowView.as_view()),
    path("ledger/inbound/<uuid:inbound_id>/raw/", ledger.InboundRawView.as_view()),
    path("ledger/inbound/<uuid:inbound_id>/reprocess/", ledger.ReprocessView.as_view()),
    path("ledger/inbound/<uuid:inbound_id>/not-spam/", ledger.NotSpamView.as_view()),
    path("ledger/outbound/", ledger.OutboundView.as_view()),
    path("ledger/outbound/<uuid:outbound_id>/retry/", ledger.RetryView.as_view()),
    path("events/", events.EventsView.as_view()),
    path("demo/postbox/", demo.PostboxView.as_view()),
    path("demo/remove/", demo.RemoveDemoView.as_view()),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
]
if settings.DESK_ENV == "production" and not settings.DESK_DEMO:
    urlpatterns = [one for one in urlpatterns if not str(one.pattern).startswith("demo/")]
