"""The seven groups of a gateway's features as views, each with the age that its values may have.

Each is over a `TelemetrySource` of its key: ``by="user"``, ``"model"``, ``"system"``, or ``"router"`` for what requests
and models say together. Rows of windows are stamped with the window's end, so a store's age of them is the window's.
"""

from penstock.catalog.llm_context import FEATURES as CONTEXT
from penstock.catalog.llm_feedback import FEATURES as FEEDBACK
from penstock.catalog.llm_model import FEATURES as MODEL
from penstock.catalog.llm_performance import FEATURES as PERFORMANCE
from penstock.catalog.llm_request import FEATURES as REQUEST
from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.declare import Feature, View
from penstock.expr import Expr, llm_request
from penstock.formulas.llm.performance import ended
from penstock.streams import Route

QUANTILES = ("latency_p50", "latency_p95", "latency_p99", "time_to_first_token_p50")
OF_USERS = ("user_rating", "task_completion_rate", "user_response_time", "follow_up_rate")
OF_MODELS = ("thumbs_up_ratio", "regeneration_rate", "copy_rate", "abandonment_rate")
ALONE = (
    "quality_cost_ratio", "time_pressure", "load_adjusted_latency", "model_usage_saturation", "model_fit_score",
)  # fmt: skip
AMONG = ("cost_latency_score", "pareto_efficiency_score")
BOTH = ("sin", "cos")


def names(features: tuple[Feature, ...], only: tuple[str, ...] = ()) -> list[str]:
    """Requests of features, all or some."""
    return [f.name for f in features if not only or f.name.partition(".")[2] in only]


def requests() -> View:
    """What a request says: a row at each, with the request's id, under its user."""
    waves = ("llm_request.request_hour_of_day", "llm_request.request_day_of_week")
    plain = [name for name in names(REQUEST) if name not in waves]
    both = [f"{name}(wave={wave})" for name in waves for wave in BOTH]
    columns: list[Feature | str | tuple[str, Expr]] = [
        ("request", llm_request.request),
        *plain,
        *both,
    ]
    return View("llm_request", tuple(columns), key=("user",), on="llm_request", ttl=duration("1h"))


def models() -> View:
    """What the registry says of a model: a row at each change, which holds until the next."""
    return View("llm_model", tuple(names(MODEL)), key=("model",), on="llm_model")


def performance(window: str, slice: str, ttl: str) -> View:
    """How a model did in a window that moves in slices, and of how many attempts that is told."""
    asked = [f"{name}(window={window}, slice={slice})" for name in names(PERFORMANCE)]
    size = ended("", duration(window), duration(slice))
    columns: list[Feature | str | tuple[str, Expr]] = [("sample_size", size), *asked]
    columns += names(FEEDBACK, OF_MODELS)
    name = f"llm_performance_{window}"
    return View(name, tuple(columns), key=("model",), on=f"every:{slice}", ttl=duration(ttl))


def sessions() -> View:
    """What users say and do in their open session."""
    asked = [*names(FEEDBACK, OF_USERS), "llm_request.session_depth"]
    clock = "any(llm_request,llm_feedback,llm_reply,llm_outcome)"
    return View("llm_session", tuple(asked), key=("user",), on=clock, ttl=duration("4h"))


def context() -> View:
    """What the gateway runs on, every ten seconds."""
    return View(
        "llm_context", tuple(names(CONTEXT)), key=("owner",), on="every:10s", ttl=duration("30s")
    )


def routed(models: tuple[str, ...]) -> View:
    """The vector of every candidate model at each request: one row of all, columns named by model.

    Parameters
    ----------
    models
        The names of the models that requests may go to, as the log has them.
    """
    if len(models) < 2:
        raise DefinitionError(f"routed: at least two models are needed, got {models}")
    roles = {name: f"m{place}" for place, name in enumerate(models)}
    among = ":".join(roles.values())
    columns: list[Feature | str | tuple[str, Expr]] = [("request", llm_request.request)]
    for name, role in roles.items():
        asked = [f"llm_derived.{feature}(model={role})" for feature in ALONE]
        asked += [f"llm_derived.{feature}(model={role}, models={among})" for feature in AMONG]
        asked += [f"{feature}(model={role})" for feature in (*names(MODEL), *names(PERFORMANCE))]
        columns += [(f"{name}:{short(text)}", expr(text)) for text in asked]
    routes = tuple(Route(role, (name,), ("system",)) for name, role in roles.items())
    return View(
        "llm_derived",
        tuple(columns),
        key=("owner",),
        on="llm_request",
        ttl=duration("1h"),
        routes=routes,
    )


def short(request: str) -> str:
    """The name of a request's feature without its family."""
    return request.partition("(")[0].partition(".")[2]


def expr(request: str) -> Expr:
    """The expression of a request."""
    return View("one", (request,), on="llm_request").definitions[0].expr


def views() -> tuple[View, ...]:
    """The six groups that need no list of models."""
    five, hour = performance("5m", "10s", "10m"), performance("1h", "5m", "1h")
    return requests(), models(), five, hour, sessions(), context()
