"""The demo room: the customer's postbox, and taking the demo out."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.base import DeskView, actor_of, validated
from backend.api.serializers.base import ProblemSerializer
from backend.api.serializers.demo import (
    LetterInput,
    LetterSerializer,
    PostboxQuery,
    PostboxSerializer,
    RemovedSerializer,
)
from backend.demo import postbox, room
from backend.users.policy import Permission


class PostboxView(DeskView):
    """The postbox of a customer in the demo room; anybody signed in may play the customer."""

    @extend_schema(
        parameters=[PostboxQuery], responses={200: PostboxSerializer, 404: ProblemSerializer}
    )
    def get(self, request: Request) -> Response:
        """INBOX and Sent of an address, newest first; 404 when the room is closed."""
        address = validated(PostboxQuery, request.query_params)["address"]
        messages = [asdict(one) for one in postbox.read(address)]
        for one in messages:
            one["from"] = one.pop("from_")
        return Response(
            {
                "address": postbox.checked_account(address),
                "desk_address": room.desk_address(),
                "messages": messages,
            }
        )

    @extend_schema(request=LetterInput, responses={202: LetterSerializer, 404: ProblemSerializer})
    def post(self, request: Request) -> Response:
        """Mail the desk as this customer; the ticket appears once the mail has arrived."""
        message_id = postbox.write(postbox.Letter(**validated(LetterInput, request.data)))
        return Response({"message_id": message_id}, status=202)


class RemoveDemoView(DeskView):
    """Taking the demo out."""

    needs = {"POST": Permission.MAILBOX_WRITE}

    @extend_schema(request=None, responses=RemovedSerializer)
    def post(self, request: Request) -> Response:
        """Delete everything marked as demo, for good; again does no harm."""
        return Response({"removed": room.remove(actor=actor_of(request)).tickets})
