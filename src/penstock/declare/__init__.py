"""What catalogue, engine and store share: features, views, entities, services."""

from penstock.declare.checks import Checks
from penstock.declare.clock_text import parse_clock
from penstock.declare.default_clock import default_clock
from penstock.declare.feature import Feature, parse_request, split_requests
from penstock.declare.on_demand import OnDemand
from penstock.declare.parameters import Parameter
from penstock.declare.pushed import Field, Pushed
from penstock.declare.stored import Schema, StoredColumn, schema_of
from penstock.declare.view import Definition, Entity, Service, View

__all__ = [
    "Checks",
    "Definition",
    "Entity",
    "Feature",
    "Field",
    "OnDemand",
    "Parameter",
    "Pushed",
    "Schema",
    "Service",
    "StoredColumn",
    "View",
    "default_clock",
    "parse_clock",
    "parse_request",
    "schema_of",
    "split_requests",
]
