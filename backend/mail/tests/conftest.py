"""Settings of the property tests: no time limit per example, machines differ."""

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.load_profile("desk")
