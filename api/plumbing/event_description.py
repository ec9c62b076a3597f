"""The AsyncAPI document: what goes out by itself, to screens and to webhooks, from the tables that it is sent by."""

from typing import Any

from pydantic import BaseModel

from wangge.api.plumbing.event_stream import EVENTS
from wangge.api.schemas.events import CaseEvent, GoneEvent
from wangge.api.schemas.findings import Finding
from wangge.api.schemas.forms import MARK
from wangge.data import messages
from wangge.outgoing.webhooks.making import CASE_TYPE, FINDING_TYPE, GONE_TYPE
from wangge.outgoing.webhooks.signing import headers_of
from wangge.reports.case.table import MOVES

__all__ = ["describe_events"]

REF = "#/components/schemas/{model}"
CLOUD_EVENT = "application/cloudevents+json"
TERRITORIES = "/api/v1/territories/{territory}"


def describe_events(version: str, language: messages.Language, root: str) -> dict[str, Any]:
    """The document for a reader's language and the prefix of a proxy."""
    forms: dict[str, Any] = {}
    for model in (CaseEvent, GoneEvent, Finding):
        schema = model.model_json_schema(ref_template=REF)
        forms |= schema.pop("$defs", {}) | {model.__name__: schema}
    finding = forms[Finding.__name__]  # which is told without the links of an answer
    finding["required"].remove("links")
    finding["properties"].pop("links")
    forms.pop("Link")
    on_streams, to_webhooks = _stream_messages(), _webhook_messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wangge",
            "version": version,
            "description": (
                "What happens to cases, told as it happens: each to whoever may read the case, under an id that is its "
                "place in the feed, the same by every way and at every try; in order for each case."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": f"{root}{TERRITORIES}/events",
                "parameters": {"territory": {}},
                "messages": _named(on_streams),
            },
            "webhook": {
                "address": None,
                "description": "The address of a webhook; signed by the form of Standard Webhooks",
                "messages": _named(to_webhooks),
            },
        },
        "operations": {
            "follow_events": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": messages.word("operations", "follow_events", language),
            },
            "tell_webhook": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "summary": messages.word("operations", "add_webhook", language),
            },
        },
        "components": {"schemas": forms, "messages": on_streams | to_webhooks},
    }


def _stream_messages() -> dict[str, dict[str, Any]]:
    """What a stream sends; `data` of a server-sent event is the payload."""
    payloads: dict[str, dict[str, Any]] = {"case": _ref(CaseEvent), "gone": _ref(GoneEvent)}
    payloads |= {event: {"type": "object"} for event in ("live", "reset")}
    payloads["end"] = {"type": "object", "properties": {"type": {"type": "string"}}}
    return {
        f"stream.{event}": {"name": event, "contentType": EVENTS, "payload": payload}
        for event, payload in payloads.items()
    }


def _webhook_messages() -> dict[str, dict[str, Any]]:
    """What a webhook is posted: a CloudEvent for each move, each with the headers of the signature."""
    types: dict[str, type[BaseModel]] = {f"{CASE_TYPE}{move}": CaseEvent for move in MOVES}
    types |= {GONE_TYPE: GoneEvent, FINDING_TYPE: Finding}
    signed = headers_of([], "", 0, b"")
    headers = {"type": "object", "required": list(signed), "properties": {one: {"type": "string"} for one in signed}}
    return {
        kind: {
            "name": kind,
            "contentType": CLOUD_EVENT,
            "headers": headers,
            "payload": {
                "type": "object",
                "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
                "properties": {
                    "specversion": {"const": "1.0"},
                    "id": {"type": "string", "pattern": MARK},
                    "source": {"type": "string", "format": "uri-reference"},
                    "type": {"const": kind},
                    "subject": {"type": "string"},
                    "time": {"type": "string", "format": "date-time"},
                    "datacontenttype": {"const": "application/json"},
                    "data": _ref(model),
                },
            },
        }
        for kind, model in types.items()
    }


def _named(told: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in told}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
