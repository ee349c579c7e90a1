"""The bytes of media from the user's Drive, with Range; the small previews; and everything as a zip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import flask
import msgspec

from functions.api.stories_wire import Id
from functions.routing import Answer, Auth, Call, Route, Routes
from shared.app import App
from shared.core.errors import DriveUnavailable, NotFound, RangeNotSatisfiable
from shared.core.paging import PageQuery
from shared.drive.ports import DriveRefusal
from shared.drive.reading import opened
from shared.media.export import PAGE, Contents, archive
from shared.media.links import MediaLinks, Purpose
from shared.media.model import Media, Preview, preview_key
from shared.media.service import list_media, own_media

WINDOW = 8 * 1024 * 1024  #: bytes asked of Drive at a time: every request costs quota, and memory stays constant
TRIES = 3  #: of one window, as long as some of it comes
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class ContentQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`t`: the signed token of `contentUrl`; `download=1`: save instead of show."""

    t: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    download: Literal["1", "0"] = "0"


class PreviewQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`t`: the signed token of `previewUrl`."""

    t: Annotated[str, msgspec.Meta(max_length=400)] | None = None


def content(call: Call) -> flask.Response:
    """The file, or a part of it."""
    media = _media(call, "content")
    etag = f'"{media.checksum or media.drive_file_id}"'
    headers = _headers(media, etag, download=call.query.download == "1")
    if call.request.headers.get("If-None-Match") == etag:
        return flask.Response(status=304, headers=headers)
    span = _span(call.request, etag, media.file_size_bytes)
    first, last = span or (0, media.file_size_bytes - 1)
    headers["Content-Length"] = str(last - first + 1)
    if span:
        headers["Content-Range"] = f"bytes {first}-{last}/{media.file_size_bytes}"
    status = 206 if span else 200
    if call.request.method == "HEAD":
        return flask.Response(status=status, headers=headers, content_type=media.mime_type)
    body = _stream(call.app, media, first, last)
    return flask.Response(body, status=status, headers=headers, content_type=media.mime_type)


def preview(call: Call) -> flask.Response:
    """The small WebP, which works before Drive has made a thumbnail and for restricted files; every media has one."""
    media = _media(call, "preview")
    found = call.app.documents.get([preview_key(media.id)])[0].read_or_none(Preview)
    webp = found.webp if found else call.app.pictures.placeholder(media.media_type)
    etag = f'"{media.checksum or media.id}-{"preview" if found else "placeholder"}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=86400"}
    if call.request.headers.get("If-None-Match") == etag:
        return flask.Response(status=304, headers=headers)
    return flask.Response(webp, headers=headers, content_type="image/webp")


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Of one project, or of all; `t`: the signed token of an export link."""

    project_id: Id | None = None
    page_token: str | None = None
    t: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Of one project, or of all."""

    project_id: Id | None = None


class ExportLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a browser opens by itself; add `pageToken` for the pages after the first."""

    url: str
    expires_at: datetime


def export(call: Call) -> flask.Response:
    """A zip of up to 100 files, as a stream. The next page's token is a header, and in `export.json`."""
    app, project_id = call.app, call.query.project_id
    user_id = call.user_id if call.caller else _links(app).user_of("export", project_id or "", call.query.t or "")
    if project_id:
        app.stories.get(user_id, "projects", project_id)
    where = {"projectId": project_id} if project_id else {}
    asked = PageQuery(page_size=PAGE, page_token=call.query.page_token)
    page = list_media(app.documents, user_id, where, asked)
    now, token = app.clock.now(), page.next_page_token
    contents = Contents(project_id=project_id, files=len(page.items), next_page_token=token, exported_at=now)
    body = archive(page.items, lambda media: _stream(app, media, 0, media.file_size_bytes - 1), contents)
    headers = {"Content-Disposition": f'attachment; filename="ecosystem-ip-{now:%Y%m%d-%H%M%S}.zip"'}
    if token:
        headers["X-Next-Page-Token"] = token
    return flask.Response(body, headers=headers, content_type="application/zip")


def export_link(call: Call) -> Answer:
    """For a browser that has no cookie of ours."""
    app, project_id = call.app, call.body.project_id
    if project_id:
        app.stories.get(call.user_id, "projects", project_id)
    token, expires_at = _links(app).token("export", project_id or "", call.user_id)
    query = urlencode({"projectId": project_id, "t": token} if project_id else {"t": token})
    return Answer(ExportLink(url=f"{app.config.public_base_url}/api/media/export?{query}", expires_at=expires_at), 201)


def _links(app: App) -> MediaLinks:
    return MediaLinks(app.config, app.secret("SESSION_SECRET"), app.clock)


def _media(call: Call, purpose: Purpose) -> Media:
    app, media_id = call.app, call.path["id"]
    if call.caller:
        return own_media(app.documents, call.user_id, media_id)
    return own_media(app.documents, _links(app).user_of(purpose, media_id, call.query.t or ""), media_id)


def _headers(media: Media, etag: str, *, download: bool) -> dict[str, str]:
    name = quote(media.file_name, safe="")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", media.file_name)
    kind = "attachment" if download else "inline"
    return {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{name}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def _span(request: flask.Request, etag: str, size: int) -> tuple[int, int] | None:
    """The one range that is asked for; None for the whole file. Raises `RangeNotSatisfiable`."""
    header = request.headers.get("Range", "")
    found = _RANGE.fullmatch(header)
    if not found or found.groups() == ("", "") or request.headers.get("If-Range", etag) != etag:
        return None
    start, end = found.groups()
    if not start:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    if first >= size or last < first:
        raise RangeNotSatisfiable(size=size)
    return first, last


def _stream(app: App, media: Media, first: int, last: int) -> Iterator[bytes]:
    """Windows of Drive's bytes. The first one is asked for before the answer begins, so that its errors are errors."""
    window = _window(app, media, first, min(first + WINDOW - 1, last))
    start = next(window, b"")

    def stream() -> Iterator[bytes]:
        yield start
        yield from window
        for begin in range(first + WINDOW, last + 1, WINDOW):
            yield from _window(app, media, begin, min(begin + WINDOW - 1, last))

    return stream()


def _window(app: App, media: Media, first: int, last: int) -> Iterator[bytes]:
    """Some bytes; what was cut off is asked for again from where it ended."""
    at = first
    for tried in range(1, TRIES + 1):
        try:
            with opened(app.connections, app.drive, media.source(), at, last) as download:
                for chunk in download.chunks:
                    at += len(chunk)
                    yield chunk
        except DriveRefusal as refusal:
            raise NotFound(f"Drive: {refusal.reason}") from refusal
        except DriveUnavailable:
            if tried == TRIES or at == first or at > last:
                raise
        else:
            return


ROUTES: Routes = (
    Route("GET", "/api/media/{id}/content", content, "The bytes, with Range", auth=Auth.SIGNED_LINK, query=ContentQuery,
          content_type="application/octet-stream", errors=(NotFound, RangeNotSatisfiable, DriveUnavailable)),
    Route("GET", "/api/media/{id}/preview", preview, "A small WebP", auth=Auth.SIGNED_LINK, query=PreviewQuery,
          content_type="image/webp", errors=(NotFound,)),
    Route("GET", "/api/media/export", export, "Files and what is known of them, as a zip", auth=Auth.SIGNED_LINK,
          query=ExportQuery, content_type="application/zip", errors=(NotFound,)),
    Route("POST", "/api/media/export", export_link, "A link to a zip that a browser can open", body=ExportRequest,
          answer=ExportLink, status=201, errors=(NotFound,)),
)  # fmt: skip
