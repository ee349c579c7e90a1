"""The routes that look at a job: `/v7/images/fetch/...`, `/v7/video-fusion/fetch/...`, others. They cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from infra.local.modelslab.answers import failure, processing, success
from infra.local.modelslab.api import Account, dropped, job_number, only, page, presented
from infra.local.modelslab.refusals import RETRY_AFTER, Refusal, not_found
from infra.local.modelslab.rendering import Renderer
from infra.local.modelslab.store import Job, Store


class Fetches:
    """Answers polls, well or badly."""

    def __init__(self, store: Store, account: Account, renderer: Renderer) -> None:
        self._store = store
        self._account = account
        self._renderer = renderer

    def add_to(self, routes: Blueprint) -> None:
        """Add the routes."""
        for path in ("v7/images", "v6/images", "v7/video-fusion", "v6/video"):
            view = partial(self._by_path, "image" if path.endswith("images") else "video")
            routes.add_url_rule(f"/{path}/fetch/<job_id>", path, view, methods=["POST"])
        routes.add_url_rule("/v6/images/fetch", view_func=self._by_body, methods=["POST"])

    def _by_path(self, kind: str, job_id: str) -> ResponseReturnValue:
        only(presented(self._account.api_key))
        return self._fetch(job_id, kind)

    def _by_body(self) -> ResponseReturnValue:
        return self._fetch(only(presented(self._account.api_key), "request_id").get("request_id"), "image")

    def _fetch(self, job_id: object, kind: str) -> ResponseReturnValue:
        """Pictures and films by their own routes: that the ids are shared is not promised."""
        number = job_number(job_id)
        job = self._store.count_poll(number) if number is not None else None
        if not job or not job.kind.startswith(kind):
            return jsonify(not_found())
        g.job, g.switches = job.id, job.terms.switches
        return self._spoilt(job) or jsonify(self._told(job))

    def _spoilt(self, job: Job) -> ResponseReturnValue | None:
        """A bad answer to this poll, if a switch of the job says so. Raises Refusal."""
        switches = job.terms.switches
        for name, answer in SPOILT.items():
            if job.polls <= float(switches.get(name, 0)):
                return answer()
        if "gone" in switches:
            return jsonify(not_found()), int(switches["gone"])
        if job.status == "processing" and job.polls <= float(switches.get("not_found", 0)):
            return jsonify(not_found())
        return None

    def _told(self, job: Job) -> dict[str, object]:
        if job.status == "processing":
            return processing(job, self._renderer.eta(self._store.queued()), self._account.api_key)
        return success(job) if job.status == "success" else failure(job)


def _error() -> ResponseReturnValue:
    raise Refusal(500)


def _too_many() -> ResponseReturnValue:
    raise Refusal(429, "Too Many Attempts.", retry_after=RETRY_AFTER)


SPOILT: dict[str, Callable[[], ResponseReturnValue]] = {
    "fetch_drop": dropped,
    "fetch_html": lambda: page(502),
    "fetch_429": _too_many,
    "fetch_error": _error,
}
