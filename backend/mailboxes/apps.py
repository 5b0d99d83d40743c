from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "backend.mailboxes"
    label = "mailboxes"
