"""The whole address space: the API, health, and the app for everything else."""

from __future__ import annotations

from django.urls import include, path, re_path

from backend.api import app_shell, health

urlpatterns = [
    path("api/v1/", include("backend.api.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics_page),
    re_path(r"^(?P<path>.*)$", app_shell.serve),
]
handler400 = "backend.api.problems.bad_request"
handler404 = "backend.api.problems.not_found"
handler500 = "backend.api.problems.server_error"
