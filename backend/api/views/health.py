"""Alarms, the delivery doctor and the status page."""

from __future__ import annotations

import uuid

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backend.api import status
from backend.api.base import DeskView, actor_of, give_connection_back, person, validated
from backend.api.serializers.health import (
    AlarmSerializer,
    DeskStatusSerializer,
    DomainInput,
    DomainSerializer,
)
from backend.audit.services import record
from backend.mailboxes import alarms
from backend.mailboxes.domains import doctor
from backend.users.policy import Permission


class AlarmsView(DeskView):
    """What is wrong with mail right now."""

    needs = {"GET": Permission.HEALTH_READ}

    @extend_schema(responses=AlarmSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Alarms that stand, the newest first."""
        return Response(alarms.shown(person(request)))


class DismissAlarmView(DeskView):
    """Saying that one has looked."""

    needs = {"POST": Permission.LEDGER_WRITE}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, alarm_id: uuid.UUID) -> Response:
        """End an alarm about quarantine; it comes back for mails put aside later."""
        alarms.dismiss(actor=actor_of(request), user=person(request), alarm_id=alarm_id)
        return Response(status=204)


class DoctorView(DeskView):
    """Whether the world believes our mail."""

    needs = {"GET": Permission.HEALTH_READ}

    @extend_schema(responses=DomainSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every domain mail is sent from, with what was found last."""
        return Response(doctor.shown())


class DoctorCheckView(DeskView):
    """Looking again."""

    needs = {"POST": Permission.MAILBOX_WRITE}
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "domain_check"

    @extend_schema(request=DomainInput, responses=DomainSerializer)
    def post(self, request: Request) -> Response:
        """Look at one sending domain now; takes up to half a minute."""
        domain = validated(DomainInput, request.data)["domain"]
        doctor.known(domain)
        with transaction.atomic():
            record(
                actor=actor_of(request),
                action="domain.check",
                object_type="domain",
                object_id=domain[:64],
            )
        return Response(doctor.check(domain, before_waiting=give_connection_back))


class StatusView(DeskView):
    """How the desk is doing."""

    needs = {"GET": Permission.HEALTH_READ}

    @extend_schema(responses=DeskStatusSerializer)
    def get(self, request: Request) -> Response:
        """Database, broker, workers, beat, monitor, disk and each mailbox."""
        return Response({"components": status.components(person(request))})
