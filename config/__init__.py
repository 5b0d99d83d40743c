"""Settings, addresses and entry points. Celery finds its application in `config.celery`."""
