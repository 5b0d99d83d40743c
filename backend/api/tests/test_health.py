"""/metrics, the status page and alarms, as those see them who may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from backend.api.tests.clients import API, client, client_of
from backend.mailboxes import alarms, heartbeats
from backend.mailboxes.models import Heartbeat, InboundMail, Mailbox
from backend.users.models import User
from desk_cli.servers.dns_server import DnsServer
from tests.desk import arrive, mailbox, person
from tests.mails import letter

pytestmark = pytest.mark.django_db
SAMPLE = re.compile(r'(desk_[a-z_]+(?:\{[a-z_]+="(?:[^"\\]|\\.)*"\})?) (-?[0-9.e+-]+)')


def measured(text: str) -> dict[str, float]:
    """Every sample of a page by its name and labels; each line must be one of the format's."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = {}
    for line in lines:
        match = SAMPLE.fullmatch(line)
        assert match, line
        found[match[1]] = float(match[2])
    return found


def test_metrics_are_for_this_machine_alone_when_no_token_is_set(settings: Settings):
    settings.DESK_METRICS_TOKEN = ""
    browser = Browser()
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    strangers: tuple[dict[str, Any], ...] = (
        {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": ""}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"}, {"HTTP_VIA": "1.1 proxy"},
    )  # fmt: skip
    for stranger in strangers:
        assert browser.get("/metrics", **stranger).status_code == 403


def test_metrics_are_for_whoever_knows_the_token_when_one_is_set(settings: Settings):
    settings.DESK_METRICS_TOKEN = "s3cret-ç"
    browser = Browser()
    for wrong in ("", "Bearer s3cret", "Bearer ", "s3cret-x", "Basic x"):
        assert browser.get("/metrics", headers={"Authorization": wrong}).status_code == 403
    answer = browser.get(
        "/metrics", headers={"Authorization": "Bearer s3cret-ç"}, REMOTE_ADDR="203.0.113.9"
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert browser.post("/metrics").status_code == 405


def test_metrics_hold_each_mailbox_the_ledger_the_outbox_alarms_and_signs_of_life():
    box = mailbox()
    odd = mailbox("o'odd@desk.test")
    Mailbox.objects.filter(pk=odd.pk).update(address='o"\\dd@desk.test')
    Mailbox.objects.filter(pk=box.pk).update(
        last_ok_at=Now() - timedelta(minutes=2), lag_seconds=7, failures=3, unfetched=12,
        oldest_unfetched_at=Now() - timedelta(minutes=8),
    )  # fmt: skip
    arrive(box, letter())
    aside = arrive(box, letter(own_id="two@c.test"))
    InboundMail.objects.filter(pk=aside.pk).update(state="quarantined", fate="quarantined")
    heartbeats.beat(heartbeats.WORKER)
    alarms.check()
    found = measured(Browser().get("/metrics").content.decode())
    label = '{mailbox="suporte@desk.test"}'
    assert 119 < found[f"desk_mailbox_last_success_age_seconds{label}"] < 300
    assert found[f"desk_mailbox_lag_seconds{label}"] == 7
    assert found[f"desk_mailbox_failures{label}"] == 3
    assert found[f"desk_mailbox_unfetched{label}"] == 12
    assert 479 < found[f"desk_mailbox_oldest_unfetched_age_seconds{label}"] < 900
    assert found['desk_inbound_mails{state="stored"}'] == 1
    assert found['desk_inbound_mails{state="quarantined"}'] == 1
    assert found['desk_outbound_mails{state="queued"}'] == 0
    assert found['desk_alarms_open{kind="mailbox_failing"}'] == 1
    assert found['desk_alarms_open{kind="outbox_old"}'] == 0
    assert found['desk_heartbeat_age_seconds{process="worker"}'] < 60
    assert found["desk_data_free_bytes"] > 0
    assert r'desk_mailbox_failures{mailbox="o\"\\dd@desk.test"}' in found


def test_the_status_page_says_which_part_is_silent_and_shows_people_their_own_mailboxes():
    own, foreign = mailbox(), mailbox("vendas@desk.test", team="Vendas")
    Mailbox.objects.filter(pk=own.pk).update(last_ok_at=Now(), state="paused")
    Mailbox.objects.filter(pk=foreign.pk).update(failures=5, last_error="LOGIN refused")
    heartbeats.beat(heartbeats.MONITOR)

    def parts(user: User) -> dict[str, tuple[str, str]]:
        answer = client_of(user).get(f"{API}/status/").json()
        return {one["name"]: (one["state"], one["code"]) for one in answer["components"]}

    seen = parts(person("admin"))
    assert seen["database"] == seen["broker"] == seen["monitor"] == ("ok", "")
    assert seen["worker"] == ("error", "silent")
    assert seen["beat"] == ("unknown", "worker_silent")
    assert seen[f"mailbox:{own.id}"] == ("paused", "paused")
    assert seen[f"mailbox:{foreign.id}"] == ("error", "failing")
    assert f"mailbox:{foreign.id}" not in parts(person("supervisor"))
    heartbeats.beat(heartbeats.WORKER)
    Heartbeat.objects.filter(name="monitor").update(at=Now() - timedelta(minutes=5))
    seen = parts(person("admin"))
    assert (seen["worker"], seen["beat"]) == (("ok", ""), ("error", "silent"))
    assert seen["monitor"] == ("error", "silent")


def test_an_alarm_is_shown_to_supervisors_of_its_team_and_ended_by_who_has_looked():
    box = mailbox(team="Vendas")
    Mailbox.objects.filter(pk=box.pk).update(last_ok_at=Now())
    mail = arrive(box, letter())
    InboundMail.objects.filter(pk=mail.pk).update(state="quarantined", fate="quarantined")
    alarms.check()
    boss, stranger = person("supervisor", team="Vendas"), person("supervisor", team="Compras")
    (alarm,) = client_of(boss).get(f"{API}/alarms/").json()
    assert (alarm["kind"], alarm["mailbox"]["id"]) == ("quarantine", str(box.id))
    assert client_of(stranger).get(f"{API}/alarms/").json() == []
    path = f"{API}/alarms/{alarm['id']}/dismiss/"
    assert client_of(stranger).post(path).status_code == 404
    assert client_of(boss).post(path).status_code == 204
    assert client_of(boss).get(f"{API}/alarms/").json() == []


def test_a_domain_is_looked_at_when_an_administrator_asks_and_not_too_often(settings: Settings):
    mailbox("suporte@loja.example")
    with DnsServer({}) as dns:
        settings.DESK_DNS_SERVER = dns.address
        admin = client("admin")
        answer = admin.post(f"{API}/doctor/check/", {"domain": "loja.example"})
        assert answer.status_code == 200
        found = {one["code"]: one for one in answer.json()["findings"]}
        assert found["spf_missing"]["record_value"] == "v=spf1 mx ~all"
        assert found["dmarc_missing"]["record_name"] == "_dmarc.loja.example"
        assert admin.get(f"{API}/doctor/").json() == [answer.json()]
        statuses = {
            admin.post(f"{API}/doctor/check/", {"domain": "other.example"}).status_code
            for _ in range(12)
        }
    assert statuses == {404, 429}


def test_the_trace_and_the_queues_are_answered_as_described():
    box, admin = mailbox(), client("admin")
    mail = arrive(box, letter())
    answer = admin.get(f"{API}/ledger/trace/", {"q": "<first@customers.test>"}).json()
    (traced,) = answer["results"]
    assert (traced["id"], traced["waiting"]["for"]) == (str(mail.id), "worker")
    assert (answer["asked"], answer["next"]) == ("address", None)
    detail = admin.get(f"{API}/ledger/inbound/{mail.id}/").json()
    assert [one["kind"] for one in detail["steps"]] == ["on_server", "stored"]
    queues = admin.get(f"{API}/ledger/queues/").json()
    assert {one["state"]: one["count"] for one in queues["inbound"]}["stored"] == 1
    assert queues["mailboxes"][0]["inbound"][0]["count"] == 1
    assert admin.get(f"{API}/ledger/trace/").status_code == 400
