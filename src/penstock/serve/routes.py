"""The typed routes: for people, for documentation, and as the reference of what the fast ones answer."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import pyarrow as pa
from litestar import MediaType, Request, Response, WebSocket, get, post, websocket
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Parameter
from litestar.response import ServerSentEvent
from prometheus_client import generate_latest

from penstock.core.errors import DataError, PenstockError
from penstock.jobs.feature_store.answers import plain
from penstock.serve.pushes import pushed
from penstock.serve.replies import status_of
from penstock.serve.streams import rows_of
from penstock.serve.structs import (
    Health,
    HistoryAnswer,
    HistoryRequest,
    OnlineRequest,
    PushAnswer,
    PushRequest,
)
from penstock.store.registry.contents import ViewEntry

if TYPE_CHECKING:
    from penstock.serve.server import Server

ARROW = "application/vnd.apache.arrow.stream"
View = Annotated[str, Parameter(description="A view, or one of its versions: quotes, quotes@v2.")]


def server_of(request: Request[Any, Any, Any] | WebSocket[Any, Any, Any]) -> "Server":
    """The server that a request came to."""
    return request.app.state["server"]


def told(_: Request[Any, Any, Any], error: PenstockError) -> Response[dict[str, Any]]:
    """An error of ours as an answer."""
    status = status_of(error)
    return Response({"status_code": status, "detail": str(error)}, status_code=status)


def told_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """An error of the framework as an answer."""
    detail = error.detail
    if error.extra:
        detail = f"{detail}: {error.extra}"
    return Response(
        {"status_code": error.status_code, "detail": detail}, status_code=error.status_code
    )


@post("/get-online-features", status_code=200, summary="The latest values of features for entities")
async def online(request: Request[Any, Any, Any], data: OnlineRequest) -> Response[Any]:
    """Values, statuses and times, feature by feature; as a table of Arrow where the client accepts that."""
    server = server_of(request)
    sizes = {len(values) for values in data.entities.values()}
    if len(sizes) > 1:
        raise DataError(f"entities: lists of one length are needed, got {sizes}")
    size = next(iter(sizes), 0)
    if size > server.hot.batch:
        raise DataError(
            f"entities: at most {server.hot.batch:,} are answered at one time, got {size:,}"
        )
    rows = [{name: values[i] for name, values in data.entities.items()} for i in range(size)]
    found = await server.store.get_online_features(
        data.feature_service or data.features,
        rows,
        full_feature_names=data.full_feature_names,
        wait=server.hot.wait,
    )
    if "arrow" in request.headers.get("accept", ""):
        columns = found.to_dict() | {
            f"{n}__status": s for n, s in zip(found.names, found.statuses, strict=True)
        }
        return Response(arrow(pl.DataFrame(columns, strict=False)), media_type=ARROW)
    return Response(found.to_json())


@get(
    "/entities/{name:str}/{key:path}", summary="All features of a service or a view for one entity"
)
async def entity(request: Request[Any, Any, Any], name: str, key: str) -> Response[bytes]:
    """The parts of the entity's key stand between slashes, in the order of the key's columns."""
    server = server_of(request)
    raw = request.scope.get("raw_path", b"").decode("latin-1")
    parts = raw.split("/", 3)
    given = parts[3] if len(parts) == 4 else key.removeprefix("/")
    return Response(await server.hot.get(name, given), media_type=MediaType.JSON)


@post("/push", status_code=200, summary="Write rows of a view")
async def push(request: Request[Any, Any, Any], data: PushRequest) -> PushAnswer:
    """The latest row of each entity goes online, all go into history; a row that is refused says why."""
    return await pushed(server_of(request).store, data)


@post(
    "/get-historical-features", status_code=200, summary="What was known of entities at their times"
)
async def history(request: Request[Any, Any, Any], data: HistoryRequest) -> Response[Any]:
    """One row for each entity row, in its order; as a table of Arrow where the client accepts that."""
    found = await server_of(request).store.get_historical_features(
        data.entities,
        data.feature_service or data.features,
        full_feature_names=data.full_feature_names,
        known=data.known,
        statuses=data.statuses,
    )
    if "arrow" in request.headers.get("accept", ""):
        return Response(arrow(found), media_type=ARROW)
    columns = {n: [plain(v) for v in s.to_list()] for n, s in found.to_dict().items()}
    return Response(HistoryAnswer(columns))


@get("/features", summary="What is defined")
async def features(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Views with their versions and columns, and services."""
    contents = server_of(request).store.contents
    views = [described(view) for view in contents.views.values()]
    services = [{"name": name, **contents.service(name)} for name in contents.names("service")]
    return {"revision": contents.revision, "views": views, "services": services}


def described(view: ViewEntry) -> dict[str, Any]:
    """A view for people."""
    schema = view.schema()
    return {
        "name": view.name, "kind": view.kind, "latest": view.latest, "versions": list(view.versions),
        **view.metadata, "key": list(schema.key), "features": list(schema.names),
        "shares": {f"v{number}": percent for number, percent in view.shares.items()},
    }  # fmt: skip


@get("/features/{view:str}", summary="Where a view's columns come from")
async def one_view(request: Request[Any, Any, Any], view: View) -> dict[str, Any]:
    """Its lineage."""
    contents = server_of(request).store.contents
    if view.partition("@")[0] not in contents.views:
        raise NotFoundException(f"View: one that is defined is needed, got {view!r}")
    return contents.lineage(view)


@get("/health", summary="How the server and its tiers are")
async def health(request: Request[Any, Any, Any]) -> Health:
    """It answers while the process runs; ``degraded`` names tiers that are away."""
    store = server_of(request).store
    status = store.online.status()
    said = "degraded" if status["degraded"] else "ok"
    return Health(
        said, status["degraded"], status["tiers"], status["memory"], store.contents.revision
    )


@get("/ready", summary="Whether requests may come")
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, bool]]:
    """503 before the start has ended, and once the end has begun."""
    is_ready = server_of(request).ready
    return Response({"ready": is_ready}, status_code=200 if is_ready else 503)


@get("/metrics", media_type=MediaType.TEXT, summary="Counts for Prometheus")
async def metrics(request: Request[Any, Any, Any]) -> bytes:
    """In the text format of Prometheus."""
    return await asyncio.to_thread(generate_latest, server_of(request).metrics)


@post("/reload", status_code=200, summary="Look at the registry now")
async def reload(request: Request[Any, Any, Any]) -> dict[str, int]:
    """The server does so by itself within a second."""
    server = server_of(request)
    server.renew()
    return {"revision": server.store.contents.revision}


@get("/events/{view:str}", summary="A view's rows as they are written, as server-sent events")
async def events(request: Request[Any, Any, Any], view: View) -> ServerSentEvent:
    """One event a row, as JSON."""
    return ServerSentEvent(rows_of(server_of(request).store, view))


@websocket("/subscribe/{view:str}")
async def updates(socket: WebSocket[Any, Any, Any], view: str) -> None:
    """A view's rows as they are written, one message a row, as JSON."""
    server = server_of(socket)
    try:
        server.store.schema(view)
    except PenstockError as error:
        await socket.accept()
        await socket.close(code=4404, reason=str(error)[:120])
        return
    await socket.accept()
    gone = asyncio.ensure_future(socket.receive())
    rows = rows_of(server.store, view)
    try:
        while not gone.done():
            following = asyncio.ensure_future(anext(rows))
            await asyncio.wait({gone, following}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                break
            await socket.send_text(following.result())
    except StopAsyncIteration:
        await socket.close()
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)


def arrow(frame: pl.DataFrame) -> bytes:
    """A frame as a stream of Arrow."""
    sink = pa.BufferOutputStream()
    table = frame.to_arrow()
    with pa.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return sink.getvalue().to_pybytes()


ROUTES = [
    online, entity, push, history, features, one_view, health, ready, metrics, reload, events, updates,
]  # fmt: skip
