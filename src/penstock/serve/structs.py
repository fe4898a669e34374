"""What requests and answers look like: Feast's names and shapes."""

from typing import Any

import msgspec

Scalar = str | int | float | bool | None


class OnlineRequest(msgspec.Struct, kw_only=True):
    """An online read: features or a service, and entities by column."""

    entities: dict[str, list[Scalar]]
    features: list[str] = []
    feature_service: str = ""
    full_feature_names: bool = False


class HotRequest(msgspec.Struct):
    """An online read whose features are not looked at: requests repeat them letter by letter."""

    entities: dict[str, list[str | int | float | bool | None]]
    features: msgspec.Raw = msgspec.Raw(b"[]")
    feature_service: str = ""
    full_feature_names: bool = False


class Metadata(msgspec.Struct):
    """The features of an answer, in order."""

    feature_names: list[str]


class FeatureVector(msgspec.Struct):
    """One feature: a value, a status and a time for each entity."""

    values: list[Scalar]
    statuses: list[str]
    event_timestamps: list[str | None]


class OnlineAnswer(msgspec.Struct):
    """The answer to an online read."""

    metadata: Metadata
    results: list[FeatureVector]


class PushRequest(msgspec.Struct, kw_only=True):
    """Rows of a view by column; ``to`` is ``online``, ``offline`` or ``online_and_offline``."""

    push_source_name: str
    df: dict[str, list[Scalar]]
    to: str = "online_and_offline"


class Rejected(msgspec.Struct):
    """A row that was not accepted."""

    row: int
    reason: str


class PushAnswer(msgspec.Struct):
    """What became of rows; ``later`` names tiers that get them when they are back."""

    view: str
    accepted: int
    newer: int
    rejected: list[Rejected]
    later: list[str]


class HistoryRequest(msgspec.Struct, kw_only=True):
    """A point-in-time read: entities by column, ``event_timestamp`` among them."""

    entities: dict[str, list[Scalar]]
    features: list[str] = []
    feature_service: str = ""
    full_feature_names: bool = False
    known: bool = True
    statuses: bool = False


class HistoryAnswer(msgspec.Struct):
    """Columns by name: the entities', then the features."""

    columns: dict[str, list[Any]]


class Health(msgspec.Struct):
    """How a server is: ``ok``, or ``degraded`` where tiers are away."""

    status: str
    degraded: list[str]
    tiers: dict[str, Any]
    memory: dict[str, Any]
    revision: int
