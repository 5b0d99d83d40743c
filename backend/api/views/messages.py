"""Single messages: their original, what is attached to them, images that lie with others."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.api.base import DeskView, actor_of, give_connection_back, person, validated
from backend.api.downloads import download, sandboxed
from backend.api.serializers.messages import (
    ImageSenderInput,
    ImageSenderSerializer,
    MailSourceSerializer,
    NestedMailSerializer,
)
from backend.core import blobs
from backend.tickets import nested, originals, remote_images, thread_selectors
from backend.users.policy import Permission

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
_DAY = 86_400


class OriginalView(DeskView):
    """The mail behind a message."""

    needs = {"GET": Permission.TICKET_READ}

    @extend_schema(responses={(200, "message/rfc822"): OpenApiTypes.BINARY})
    def get(self, request: Request, message_id: uuid.UUID) -> HttpResponse:
        """Its bytes, unchanged, as a download; the audit log says who read it."""
        found = originals.original(
            actor=actor_of(request), user=person(request), message_id=message_id
        )
        return download(found.content, found.filename, "message/rfc822")


class SourceView(DeskView):
    """The mail behind a message, for reading."""

    needs = {"GET": Permission.TICKET_READ}

    @extend_schema(responses=MailSourceSerializer)
    def get(self, request: Request, message_id: uuid.UUID) -> Response:
        """Its header fields, decoded, and its beginning; the audit log says who read it."""
        found = originals.original(
            actor=actor_of(request), user=person(request), message_id=message_id
        )
        return Response(originals.source(found.content))


class RemoteImageView(DeskView):
    """An image of a message that lies with somebody else."""

    needs = {"GET": Permission.TICKET_READ}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "remote_image"

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in IMAGE_TYPES})
    def get(self, request: Request, message_id: uuid.UUID, position: int) -> HttpResponse:
        """Fetched by the desk, so that the sender learns nothing of who looks (MAIL.md H4)."""
        user = person(request)
        address = remote_images.address_of(user, message_id, position)
        give_connection_back()
        image = remote_images.fetch(address, user_id=user.id)
        response = sandboxed(image.content, image.content_type)
        response.headers["Cache-Control"] = f"private, max-age={_DAY}"
        return response


class ImageSendersView(DeskView):
    """Senders whose remote images one sees at once."""

    @extend_schema(responses=ImageSenderSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All that one has chosen."""
        return Response([{"address": one} for one in remote_images.senders_of(person(request))])

    @extend_schema(request=ImageSenderInput, responses={201: ImageSenderSerializer})
    def post(self, request: Request) -> Response:
        """Remember one more."""
        address = remote_images.remember_sender(
            actor=actor_of(request),
            user=person(request),
            address=validated(ImageSenderInput, request.data)["address"],
        )
        return Response({"address": address}, status=201)


class ImageSenderView(DeskView):
    """A sender whose remote images one sees at once."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, address: str) -> Response:
        """Ask again from now on."""
        remote_images.forget_sender(actor=actor_of(request), user=person(request), address=address)
        return Response(status=204)


class AttachmentView(DeskView):
    """A file of a message."""

    needs = {"GET": Permission.TICKET_READ}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, attachment_id: uuid.UUID) -> HttpResponse:
        """Its bytes, always as a download and never as a page (MAIL.md A5)."""
        found = thread_selectors.attachment(person(request), attachment_id)
        return download(blobs.get(found.sha256), found.filename, "application/octet-stream")


class NestedMailView(DeskView):
    """A mail attached to a message."""

    needs = {"GET": Permission.TICKET_READ}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "nested_mail"

    @extend_schema(responses=NestedMailSerializer)
    def get(self, request: Request, attachment_id: uuid.UUID) -> Response:
        """What stands in it."""
        return Response(nested.shown(nested.nested_mail(person(request), attachment_id)))


class NestedFileView(DeskView):
    """A file of a mail attached to a message."""

    needs = {"GET": Permission.TICKET_READ}
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "nested_mail"

    @extend_schema(
        operation_id="attachments_mail_file_retrieve",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, attachment_id: uuid.UUID, position: int) -> HttpResponse:
        """Its bytes, as a download."""
        file = nested.nested_file(person(request), attachment_id, position)
        return download(file.content, file.filename, "application/octet-stream")
