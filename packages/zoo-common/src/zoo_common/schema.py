"""Validated documents: a strict pydantic base whose errors name the file, the field path and the value."""

from typing import Any, Type, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from zoo_common.errors import ZooError, did_you_mean

Model = TypeVar("Model", bound="Document")


class Document(BaseModel):
    """A document of a published schema: unknown fields are errors, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


def parse(model: Type[Model], value: Any, source: str) -> Model:
    """Validate ``value`` (parsed JSON or YAML) as ``model``.

    Args:
        source: the file the value came from, for the message.

    Raises:
        ZooError: ``<source>: <field.path>: <what is wrong> (got <value>)``, every fault on the one line.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = []
        for item in error.errors():
            path = ".".join(str(part) for part in item["loc"]) or "(document)"
            hint = ""
            if item["type"] == "extra_forbidden" and len(item["loc"]) == 1:
                hint = did_you_mean(path, model.model_fields)
            faults.append("{}: {} (got {}){}".format(path, item["msg"], _short(item.get("input")), hint))
        raise ZooError("{}: {}".format(source, "; ".join(faults))) from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
