"""Headers every answer of the service carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ServiceHeaders:
    """Answers of the API are never cached (SECURITY.md row 96) and name the running copy."""

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass the request on, in the style (sync or async) of the layer below."""
        if iscoroutinefunction(self.get_response):
            return self._async(request)
        response = self.get_response(request)
        if isinstance(response, Awaitable):
            raise TypeError("A synchronous layer returned something to await.")
        return self._finish(request, response)

    async def _async(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, Awaitable):
            response = await response
        return self._finish(request, response)

    @staticmethod
    def _finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.DESK_INSTANCE:
            response.headers["X-Desk-Instance"] = settings.DESK_INSTANCE
        return response
