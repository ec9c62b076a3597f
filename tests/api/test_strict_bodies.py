"""What stands for a number in a body is a number: not true, and an id not "1" either."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from wangge.api import routes, schemas


def bodies() -> Iterator[type[BaseModel]]:
    """Every model of a request's body: those that refuse what they do not know."""
    seen: set[type[BaseModel]] = set()
    for room in (schemas, routes):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for kind in vars(importlib.import_module(module.name)).values():
                is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
                if is_model and kind.model_config.get("extra") == "forbid":
                    seen.add(kind)
    yield from sorted(seen, key=lambda kind: (kind.__module__, kind.__name__))


FIELDS = [(kind, name, field) for kind in bodies() for name, field in kind.model_fields.items()]


def takes(field: FieldInfo, sent: str) -> bool:
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter(annotated).validate_json(sent)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "name", "field"), FIELDS, ids=lambda value: getattr(value, "__name__", None))
def test_a_number_is_a_number(kind: type[BaseModel], name: str, field: FieldInfo) -> None:
    number = takes(field, "1") and not takes(field, '{"any": "thing"}')
    whole = number and not takes(field, "1.5")
    if number:
        assert not takes(field, "true"), f"{kind.__name__}.{name} reads true as 1"
    if whole:
        assert not takes(field, '"1"'), f"{kind.__name__}.{name} reads a text as a number"


def test_there_are_numbers_to_try() -> None:
    assert {name for _, name, field in FIELDS if takes(field, "1")} >= {"lon", "desk", "task", "organisation", "days"}
