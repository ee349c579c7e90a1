"""The routes that make pictures and fetch them: `/v7/images/...`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.answers import failure, processing, success
from infra.local.modelslab.api import only, presented
from infra.local.modelslab.orders import Admission, Order, read_order
from infra.local.modelslab.references import References
from infra.local.modelslab.refusals import not_found
from infra.local.modelslab.rendering import Renderer
from infra.local.modelslab.store import Job, Store, Terms
from infra.local.modelslab.switches import SwitchFaults

ID = re.compile(r"[0-9]{1,18}")


def job_number(value: object) -> int | None:
    """A job's id, which is a number or its digits. None: it cannot be one."""
    return int(str(value)) if ID.fullmatch(str(value)) else None


@dataclass(frozen=True)
class Account:
    """The one account: its key, its place in the queue, and its opening balance in thousandths of a dollar."""

    api_key: str
    queue_limit: int
    opening: int


class Images:
    """Submits and fetches."""

    def __init__(
        self,
        store: Store,
        account: Account,
        clock: AdjustableClock,
        admission: Admission,
        renderer: Renderer,
        faults: SwitchFaults,
    ) -> None:
        self._store = store
        self._account = account
        self._clock = clock
        self._admission = admission
        self._references = References(admission)
        self._renderer = renderer
        self._faults = faults

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        kinds = "any('text-to-image', 'image-to-image')"
        routes.add_url_rule(f"/v7/images/<{kinds}:route>", view_func=self._submit, methods=["POST"])
        for version in ("v7", "v6"):
            routes.add_url_rule(f"/{version}/images/fetch/<job_id>", view_func=self._fetch, methods=["POST"])
        routes.add_url_rule("/v6/images/fetch", view_func=self._fetch_by_body, methods=["POST"])

    def _submit(self, route: str) -> ResponseReturnValue:
        body = presented(self._account.api_key)
        origin = request.host_url.rstrip("/")
        order = read_order(route, body, self._admission.allows)
        switches = self._faults.taken(order.prompt, op=route, model=order.model.name, track_id=order.track_id)
        pictures = self._references.collect(order.references, origin, "head" in switches)
        job = self._accept(order, origin, switches, pictures)
        return jsonify(self._state(job))

    def _accept(self, order: Order, origin: str, switches: dict[str, str], pictures: list[bytes]) -> Job:
        ratio = next(iter(order.aspects.values()))
        terms = Terms(
            model=order.model.name,
            prompt=order.prompt,
            ratio=ratio,
            origin=origin,
            price=order.model.price,
            webhook=order.webhook,
            track_id=order.track_id,
            meta=order.meta,
            switches=switches,
        )
        job = self._store.accept(terms, pictures, self._clock.time(), self._account.queue_limit, self._account.opening)
        g.job = job.id
        self._renderer.wake()
        return job

    def _fetch(self, job_id: str) -> ResponseReturnValue:
        only(presented(self._account.api_key))
        return self._fetched(job_id)

    def _fetch_by_body(self) -> ResponseReturnValue:
        return self._fetched(only(presented(self._account.api_key), "request_id").get("request_id"))

    def _fetched(self, job_id: object) -> ResponseReturnValue:
        number = job_number(job_id)
        job = self._store.count_poll(number) if number is not None else None
        if not job:
            return jsonify(not_found())
        g.job = job.id
        return jsonify(self._state(job))

    def _state(self, job: Job) -> dict[str, object]:
        if job.status == "processing":
            return processing(job, self._renderer.eta(self._store.queued()))
        return success(job) if job.status == "success" else failure(job)
