"""A store with what serves it: the typed application behind its front, opened and closed with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from prometheus_client import CollectorRegistry

from penstock import __version__
from penstock.core.errors import PenstockError
from penstock.jobs.feature_store import AsyncFeatureStore
from penstock.serve.access import Keys, Rates
from penstock.serve.counters import Counters, StoreCollector
from penstock.serve.front import App, Front
from penstock.serve.hot import HotReads
from penstock.serve.routes import ROUTES, told, told_http

LOOK = 1.0  # seconds between two looks at the registry


class Server:
    """A store with what serves it.

    Parameters
    ----------
    store
        It is opened when the application starts, and closed when it stops.
    demand_keys
        Whether requests need an API key; by default what the settings say.
    """

    def __init__(self, store: AsyncFeatureStore, *, demand_keys: bool | None = None) -> None:
        given = store.config.serve
        self.store, self.ready = store, False
        self.keys = Keys(demanded=given.keys if demand_keys is None else demand_keys)
        self.counters, self.hot = (
            Counters(),
            HotReads(store, given.batch, wait=given.synchronous_durable),
        )
        self.metrics = CollectorRegistry()
        self.metrics.register(StoreCollector(store, self.counters))
        self.typed = self._typed()
        rates = Rates(given.rate)
        self.app = Front(
            cast(App, self.typed), self.hot, self.keys, rates, self.counters, given.request_bytes
        )
        self._watch: asyncio.Task[None] | None = None

    def _typed(self) -> Litestar:
        origins = self.store.config.serve.origins
        scheme = SecurityScheme(type="http", scheme="bearer", description="An API key.")
        return Litestar(
            ROUTES,
            lifespan=[self._life],
            cors_config=CORSConfig(allow_origins=list(origins)) if origins else None,
            openapi_config=OpenAPIConfig(
                title="Penstock",
                version=__version__,
                description="Features of event streams: the latest values, and what was known at a time.",
                path="/schema",
                render_plugins=[JsonRenderPlugin()],
                components=Components(security_schemes={"key": scheme}),
                security=[{"key": []}] if self.keys.demanded else None,
            ),
            exception_handlers={PenstockError: told, HTTPException: told_http},
            state=State({"server": self}),
            logging_config=None,
        )

    @asynccontextmanager
    async def _life(self, _: Litestar) -> AsyncGenerator[None]:
        await self.store.open()
        self.renew()
        self._watch = asyncio.create_task(self._look())
        self.ready = True
        try:
            yield
        finally:
            self.ready = False
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            await self.store.close()

    def renew(self) -> None:
        """Take what the registry holds now."""
        self.store.refresh()
        self.hot.renew()
        self.keys.renew(self.store.registry.api_keys())
        self.app.heads.clear()  # who may ask is in what is known of them

    async def _look(self) -> None:
        """Follow the registry."""
        seen = self.store.contents.revision
        while True:
            await asyncio.sleep(LOOK)
            try:
                revision = await asyncio.to_thread(self.store.registry.revision)
            except PenstockError:
                continue  # what is known holds until it can be asked again
            if revision != seen:
                self.renew()
                seen = self.store.contents.revision
