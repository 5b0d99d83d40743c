"""The built app: index.html for every address that is not the API's, and its few root files.

The hashed files under /assets are served by the web server itself.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from backend.api.problems import problem


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """What no other address answers to: the app, or a problem below the API's addresses."""
    if path.startswith(("api/", "assets/")):
        return problem(404, code="not_found", detail="There is nothing at this address.")
    return _app(request, path)


@require_safe
def _app(request: HttpRequest, path: str) -> HttpResponseBase:
    """A root file of the app, or index.html so that every address of the app can be opened."""
    folder: Path = settings.DESK_FRONTEND_DIR
    # Only names that are really in the folder are compared, so no path can lead out of it.
    if path and "/" not in path and path in {file.name for file in _files(folder)}:
        content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return FileResponse((folder / path).open("rb"), content_type=content_type)
    index = folder / "index.html"
    if not index.is_file():
        return HttpResponse(
            "The app is not built yet: run ./desk setup.\n", status=503, content_type="text/plain"
        )
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _files(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
