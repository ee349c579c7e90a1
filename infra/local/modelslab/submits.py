"""The routes that make pictures and films: `/v7/images/...`, `/v7/video-fusion/image-to-video`, and v6's."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import asdict, dataclass
from functools import partial

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from infra.local.clock import AdjustableClock
from infra.local.modelslab.answers import failure, processing, synchronous
from infra.local.modelslab.api import Account, dropped, page, presented
from infra.local.modelslab.orders import MODELS, SUBSTITUTE, Admission, Order, read_order
from infra.local.modelslab.references import KEPT_SIDE, References
from infra.local.modelslab.refusals import RETRY_AFTER, Refusal
from infra.local.modelslab.rendering import Renderer
from infra.local.modelslab.store import Job, Store, Terms
from infra.local.modelslab.switches import SwitchFaults
from infra.local.modelslab.webhooks import Webhooks

HELD = 330.0  # seconds of real time, after which a submit that waits for its picture answers anyway
SPAM = "you are sending same request multiple times, spam filter is enabled"


@dataclass(frozen=True)
class Works:
    """The parts that do what a submit asks for."""

    store: Store
    clock: AdjustableClock
    renderer: Renderer
    webhooks: Webhooks
    closing: threading.Event


class Submits:
    """Accepts orders, and answers them well or badly."""

    def __init__(self, account: Account, admission: Admission, faults: SwitchFaults, works: Works) -> None:
        self._account = account
        self._admission = admission
        self._references = References(admission)
        self._faults = faults
        self._works = works

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        for model in (*MODELS, SUBSTITUTE):
            version = "v6" if model is SUBSTITUTE else "v7"
            view = partial(self._submit, model.route)
            routes.add_url_rule(f"/{version}/{model.route}", model.route, view, methods=["POST"])

    def _submit(self, route: str) -> ResponseReturnValue:
        order = read_order(route, presented(self._account.api_key), self._admission.allows)
        switches = self._faults.taken(
            order.prompt, op=route.split("/")[1], model=order.model.name, track_id=order.track_id
        )
        g.switches = switches
        if "html" in switches:
            return page(int(switches["html"]))
        if switches.get("drop") == "before":
            return dropped()
        if "error" in switches:
            raise _documented(int(switches["error"]))
        self._check_repeat(switches)
        return self._answer(self._accept(order, switches))

    def _check_repeat(self, switches: dict[str, str]) -> None:
        """Raises Refusal for the bytes of a request before, if the spam filter is on."""
        if self._works.store.seen_before(hashlib.sha256(request.get_data()).hexdigest()) and "spam" in switches:
            g.switches = switches | {"legacy": "on"}
            raise Refusal(200, "Rate limit exceeded", tip=SPAM)

    def _accept(self, order: Order, switches: dict[str, str]) -> Job:
        origin = request.host_url.rstrip("/")
        side = max(order.film.width, order.film.height) if order.film else KEPT_SIDE
        pictures = self._references.collect(order.references, origin, "head" in switches, side)
        terms = Terms(
            model=order.model.name,
            prompt=order.prompt,
            ratio=_ratio(order.aspects, switches.get("aspect")),
            film=asdict(order.film) if order.film else None,
            origin=origin,
            price=order.price,
            webhook=order.webhook,
            track_id=order.track_id,
            meta=order.meta,
            switches=switches,
        )
        works, account = self._works, self._account
        job = works.store.accept(terms, pictures, works.clock.time(), account.queue_limit, account.opening)
        g.job, g.queued = job.id, works.store.queued()
        works.webhooks.accepted(job)
        works.renderer.wake()
        return job

    def _answer(self, job: Job) -> ResponseReturnValue:
        """What the client hears of a job that was accepted: it need not be the truth."""
        switches = job.terms.switches
        if "hang" in switches:
            self._works.closing.wait(float(switches["hang"]))
        if switches.get("webhook") == "early":
            self._works.webhooks.wait(job.id, HELD)
        if "drop" in switches:
            return dropped()
        if "answer_html" in switches:
            return page(int(switches["answer_html"]))
        if "answer_error" in switches:
            raise _documented(int(switches["answer_error"]))
        ended = self._works.renderer.wait(job.id, HELD) if "sync" in switches else None
        return jsonify(self._told(ended or job))

    def _told(self, job: Job) -> dict[str, object]:
        if job.status == "processing":
            waiting = self._works.store.queued()
            return processing(job, self._works.renderer.eta(waiting), self._account.api_key)
        return synchronous(job, self._account.api_key) if job.status == "success" else failure(job)


def _documented(status: int) -> Refusal:
    return Refusal(status, retry_after=RETRY_AFTER) if status == 429 else Refusal(status)


def _ratio(aspects: dict[str, str], honoured: str | None) -> str:
    """The ratio that is painted: another one than was asked for, if its spelling is not honoured."""
    spellings = {"underscore": ["aspect_ratio"], "hyphen": ["aspect-ratio"], "ignored": []}
    for key in spellings.get(honoured or "", list(aspects)):
        if key in aspects:
            return aspects[key]
    return "16:9" if "1:1" in aspects.values() else "1:1"
