"""The client of a feature server, with the store's own words."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import polars as pl

from penstock.core.errors import DataError, DefinitionError, PenstockError
from penstock.jobs.feature_store.answers import Answer
from penstock.jobs.feature_store.requests import historical_body, online_body, push_body
from penstock.jobs.feature_store.tables import stamp_of

TIMEOUT = 10.0  # seconds that an answer may take
REFUSED = {400, 404, 413, 422}


class RemoteFeatureStore:
    """A store behind a server's URL.

    Parameters
    ----------
    url
        Where the server listens, such as ``http://127.0.0.1:6566``.
    key
        An API key, where the server asks for one.
    timeout
        Seconds that an answer may take.
    transport
        How requests travel, for tests and for proxies; by default over the network.

    Raises
    ------
    DataError
        From each method: the server does not answer, or refuses what was asked; its own words are in the message.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout, transport=transport
        )

    def get_online_features(
        self,
        features: Sequence[str] | str,
        entity_rows: Sequence[Mapping[str, Any]],
        *,
        full_feature_names: bool = False,
    ) -> Answer:
        """The latest values of features, or of a service's, for entities."""
        rows = [dict(row) for row in entity_rows]
        body = online_body(features, rows, full_feature_names=full_feature_names)
        found = self._call("POST", "/get-online-features", json=body)
        answer = Answer(rows)
        for name, result in zip(found["metadata"]["feature_names"], found["results"], strict=True):
            answer.names.append(name)
            answer.values.append(result["values"])
            answer.statuses.append(result["statuses"])
            stamps = [None if at is None else stamp_of(at) for at in result["event_timestamps"]]
            answer.stamps.append(stamps)
        return answer

    def push(self, view: str, rows: Any, *, to: str = "online_and_offline") -> dict[str, Any]:
        """Write rows of a view; what was refused stands in the answer, by row."""
        return self._call("POST", "/push", json=push_body(view, rows, to))

    def get_historical_features(
        self, entity_df: Any, features: Sequence[str] | str, *, full_feature_names: bool = False
    ) -> pl.DataFrame:
        """What was known of entities at their times, one row for each row of `entity_df`, in its order."""
        body = historical_body(entity_df, features, full_feature_names=full_feature_names)
        return pl.DataFrame(
            self._call("POST", "/get-historical-features", json=body)["columns"], strict=False
        )

    def list_features(self) -> dict[str, Any]:
        """What the registry holds."""
        return self._call("GET", "/features")

    def health(self) -> dict[str, Any]:
        """How the server and its tiers are."""
        return self._call("GET", "/health")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        """An answer, or the error that it stands for."""
        try:
            answer = self._http.request(method, path, **given)
        except httpx.HTTPError as error:
            raise DataError(
                f"{self._http.base_url}: a server must answer, got {error!r}"
            ) from error
        if answer.is_success:
            return answer.json()
        kind: type[PenstockError] = DefinitionError if answer.status_code in REFUSED else DataError
        raise kind(f"{path}: {detail(answer)} (status {answer.status_code})")


def detail(answer: httpx.Response) -> str:
    """What a server says is wrong."""
    try:
        found = answer.json()
    except ValueError:
        return answer.text[:200]
    return str(found.get("detail", found)) if isinstance(found, dict) else str(found)
