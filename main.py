"""Deployed entry points: one small function for each function of `infra/functions.yaml`, nothing else.

Each name here is a FUNCTION_TARGET. The work is in `functions/`.
"""

from __future__ import annotations

import flask
import functions_framework

from functions.admin import grant_credits
from functions.api import (
    account,
    assets,
    auth,
    credits,  # noqa: A004 the product's word
    drive,
    generate_animation,
    generate_character,
    generate_moodboard,
    jobs,
    media,
    media_content,
    meta,
    oauth_callback,
    reference_image,
    stories,
    studio,
)
from functions.boundary import serve_admin, serve_api, serve_cron, serve_hook, serve_task
from functions.cron import recheck_assets, sweep_jobs
from functions.hooks import modelslab
from functions.tasks import advance_job, check_assets, delete_account


@functions_framework.http
def api_auth(request: flask.Request) -> flask.Response:
    """Public. Sign in, who am I, exchange, sign out."""
    return serve_api(auth.ROUTES, request)


@functions_framework.http
def api_oauth_callback(request: flask.Request) -> flask.Response:
    """Public. Where Google sends the browser back to, for sign-in and for Drive."""
    return serve_api(oauth_callback.ROUTES, request)


@functions_framework.http
def api_drive(request: flask.Request) -> flask.Response:
    """Public. Connect, status and disconnect of the user's Drive."""
    return serve_api(drive.ROUTES, request)


@functions_framework.http
def api_stories(request: flask.Request) -> flask.Response:
    """Public. Projects, characters, universes, scenes and moodboards."""
    return serve_api(stories.ROUTES, request)


@functions_framework.http
def api_generate_character(request: flask.Request) -> flask.Response:
    """Public. Ask for a picture of a character."""
    return serve_api(generate_character.ROUTES, request)


@functions_framework.http
def api_generate_moodboard(request: flask.Request) -> flask.Response:
    """Public. Ask for a picture of several characters in a scene."""
    return serve_api(generate_moodboard.ROUTES, request)


@functions_framework.http
def api_generate_animation(request: flask.Request) -> flask.Response:
    """Public. Ask for a film of a picture."""
    return serve_api(generate_animation.ROUTES, request)


@functions_framework.http
def api_jobs(request: flask.Request) -> flask.Response:
    """Public. List, get, await, cancel and retry jobs."""
    return serve_api(jobs.ROUTES, request)


@functions_framework.http
def api_assets(request: flask.Request) -> flask.Response:
    """Public. Files of the user's own: link, upload, replace, check."""
    return serve_api(assets.ROUTES, request)


@functions_framework.http
def api_media(request: flask.Request) -> flask.Response:
    """Public. List, get, change and delete media."""
    return serve_api(media.ROUTES, request)


@functions_framework.http
def api_media_content(request: flask.Request) -> flask.Response:
    """Public. The bytes of media, with Range, and previews."""
    return serve_api(media_content.ROUTES, request)


@functions_framework.http
def api_credits(request: flask.Request) -> flask.Response:
    """Public. Balance and ledger."""
    return serve_api(credits.ROUTES, request)


@functions_framework.http
def api_account(request: flask.Request) -> flask.Response:
    """Public. Deletion of the account."""
    return serve_api(account.ROUTES, request)


@functions_framework.http
def api_meta(request: flask.Request) -> flask.Response:
    """Public. The catalogue, the OpenAPI document, health."""
    return serve_api(meta.ROUTES, request)


@functions_framework.http
def api_studio(request: flask.Request) -> flask.Response:
    """Public. The studio: its page and its files."""
    return serve_api(studio.ROUTES, request)


@functions_framework.http
def api_reference_image(request: flask.Request) -> flask.Response:
    """Public. Reference pictures for the provider, by a signed link that expires."""
    return serve_api(reference_image.ROUTES, request)


@functions_framework.http
def hooks_modelslab(request: flask.Request) -> flask.Response:
    """Public. The provider says: look now."""
    return serve_hook(modelslab.ROUTES, request)


@functions_framework.http
def tasks_advance_job(request: flask.Request) -> flask.Response:
    """Private. Cloud Tasks moves a job one step on."""
    return serve_task(advance_job.handle, "tasks_advance_job", request)


@functions_framework.http
def tasks_check_assets(request: flask.Request) -> flask.Response:
    """Private. Cloud Tasks looks at some users' files."""
    return serve_task(check_assets.handle, "tasks_check_assets", request)


@functions_framework.http
def tasks_delete_account(request: flask.Request) -> flask.Response:
    """Private. Cloud Tasks deletes an account, step by step."""
    return serve_task(delete_account.handle, "tasks_delete_account", request)


@functions_framework.http
def cron_recheck_assets(request: flask.Request) -> flask.Response:
    """Private. Cloud Scheduler, every hour: whose files are looked at."""
    return serve_cron(recheck_assets.handle, "cron_recheck_assets", request)


@functions_framework.http
def cron_sweep_jobs(request: flask.Request) -> flask.Response:
    """Private. Cloud Scheduler wakes jobs whose task was lost."""
    return serve_cron(sweep_jobs.handle, "cron_sweep_jobs", request)


@functions_framework.http
def admin_grant_credits(request: flask.Request) -> flask.Response:
    """Private. An operator grants credits."""
    return serve_admin(grant_credits.handle, "admin_grant_credits", request)
