from django.apps import AppConfig
from django.db.backends.signals import connection_created

from backend.core.silence import end_silent_transactions


class CoreConfig(AppConfig):
    name = "backend.core"
    label = "core"

    def ready(self) -> None:
        """Every connection to the database begins with this."""
        connection_created.connect(end_silent_transactions)
