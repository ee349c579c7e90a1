"""The routes of the JSON API (cloud.google.com/storage/docs/json_api/v1). What is not here answers 501."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, make_response, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from infra.local.storage.buckets import Buckets
from infra.local.storage.content import Content, claimed_hashes
from infra.local.storage.errors import Refusal, invalid, not_implemented
from infra.local.storage.objects import MAX_PAGE, Objects
from infra.local.storage.parsing import blocks, json_body, number, related_parts
from infra.local.storage.preconditions import Preconditions
from infra.local.storage.store import Resource, Store
from infra.local.storage.uploads import ContentRange, Progress, Uploads

OBJECT = "/storage/v1/b/<bucket>/o/<objectname:name>"
UPLOAD = "/upload/storage/v1/b/<bucket>/o"
Corrupt = Callable[[Response], Response]


class ObjectName(BaseConverter):
    """An object's name in a path: slashes are a part of it, also at its start and end."""

    regex = ".+"
    part_isolating = False


def api(store: Store, buckets: Buckets, objects: Objects, uploads: Uploads, corrupt: Corrupt) -> Blueprint:
    """The API as a blueprint. `corrupt` may damage a download on its way."""
    routes = Blueprint("api", __name__)
    _bucket_routes(routes, buckets)
    _object_routes(routes, objects, corrupt)
    _upload_routes(routes, store, objects, uploads)

    @routes.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> ResponseReturnValue:
        if refusal.status == 304:
            return "", 304
        if request.args.get("alt") == "media":
            return refusal.message, refusal.status, {"Content-Type": "text/html; charset=UTF-8"}
        return refusal.body(), refusal.status

    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    @routes.route("/storage/v1/<path:rest>", methods=every)
    @routes.route("/upload/<path:rest>", methods=every)
    @routes.route("/batch/<path:rest>", methods=every)
    def unknown(**_: str) -> ResponseReturnValue:
        raise not_implemented(f"{request.method} of this path")

    return routes


def _bucket_routes(routes: Blueprint, buckets: Buckets) -> None:
    @routes.post("/storage/v1/b")
    def insert_bucket() -> ResponseReturnValue:
        return jsonify(buckets.insert(json_body(), request.args.get("project", "")))

    @routes.get("/storage/v1/b")
    def list_buckets() -> ResponseReturnValue:
        return jsonify(kind="storage#buckets", items=buckets.all())

    @routes.get("/storage/v1/b/<bucket>")
    def get_bucket(bucket: str) -> ResponseReturnValue:
        return jsonify(buckets.get(bucket))

    @routes.patch("/storage/v1/b/<bucket>")
    def patch_bucket(bucket: str) -> ResponseReturnValue:
        return jsonify(buckets.patch(bucket, json_body()))

    @routes.delete("/storage/v1/b/<bucket>")
    def delete_bucket(bucket: str) -> ResponseReturnValue:
        buckets.delete(bucket)
        return "", 204


def _object_routes(routes: Blueprint, objects: Objects, corrupt: Corrupt) -> None:
    @routes.get("/storage/v1/b/<bucket>/o")
    def list_objects(bucket: str) -> ResponseReturnValue:
        size, token = number("maxResults", MAX_PAGE, MAX_PAGE), request.args.get("pageToken", "")
        if request.args.get("versions", "").lower() == "true":
            raise not_implemented("A listing of versions")
        after = _token_name(token)
        page = objects.page(bucket, request.args.get("prefix", ""), request.args.get("delimiter", ""), size, after)
        answer: Resource = {"kind": "storage#objects", "items": [_linked(item) for item in page.items]}
        answer |= {"prefixes": page.prefixes} if page.prefixes else {}
        answer |= {"nextPageToken": _name_token(page.token)} if page.token else {}
        return jsonify(answer)

    @routes.get(OBJECT)
    @routes.get(f"/download{OBJECT}")
    def get_object(bucket: str, name: str) -> ResponseReturnValue:
        conditions = Preconditions.of(request.args)
        resource, path = objects.get(bucket, name, conditions, request.args.get("generation"))
        if request.args.get("alt") != "media":
            return jsonify(_linked(resource))
        return corrupt(_media(resource, path))

    @routes.patch(OBJECT)
    def patch_object(bucket: str, name: str) -> ResponseReturnValue:
        return jsonify(_linked(objects.patch(bucket, name, json_body(), Preconditions.of(request.args))))

    @routes.delete(OBJECT)
    def delete_object(bucket: str, name: str) -> ResponseReturnValue:
        objects.delete(bucket, name, Preconditions.of(request.args), request.args.get("generation"))
        return "", 204


def _upload_routes(routes: Blueprint, store: Store, objects: Objects, uploads: Uploads) -> None:
    @routes.post(UPLOAD)
    def insert_object(bucket: str) -> ResponseReturnValue:
        kind, conditions = request.args.get("uploadType"), Preconditions.of(request.args)
        if kind == "resumable":
            return begin(bucket, conditions)
        if kind == "multipart":
            resource, media_type, data = related_parts()
            resource, body = _named(resource, media_type), iter([data])
        elif kind == "media":
            resource, body = _named({}, request.headers.get("Content-Type", "")), blocks()
        else:
            raise invalid("Upload requests must specify an uploadType of media, multipart or resumable.")
        objects.check_insert(bucket, resource, conditions)
        content = Content.write(store.new_file(), body)
        content.verify(claimed_hashes(request.headers.get("X-Goog-Hash", "")))
        return jsonify(_linked(objects.insert(bucket, resource, content, conditions)))

    def begin(bucket: str, conditions: Preconditions) -> ResponseReturnValue:
        resource = _named(json_body(), request.headers.get("X-Upload-Content-Type", ""))
        announced = request.headers.get("X-Upload-Content-Length", "")
        length = int(announced) if announced.isdigit() else None
        upload_id = uploads.begin(bucket, resource, conditions, length)
        query = urlencode({"uploadType": "resumable", "name": resource["name"], "upload_id": upload_id})
        return "", 200, {"Location": f"{request.base_url}?{query}", "X-GUploader-UploadID": upload_id}

    @routes.put(UPLOAD)
    def continue_upload(**_: str) -> ResponseReturnValue:
        data = request.get_data()
        span = ContentRange.parse(request.headers.get("Content-Range", ""), len(data))
        hashes = claimed_hashes(request.headers.get("X-Goog-Hash", ""))
        return _progress(uploads.take(request.args.get("upload_id", ""), span, data, hashes))

    @routes.delete(UPLOAD)
    def cancel_upload(**_: str) -> ResponseReturnValue:
        uploads.cancel(request.args.get("upload_id", ""))
        return "", 499


def _progress(progress: Progress) -> ResponseReturnValue:
    """The object when it is complete, else 308 and what is kept: no Range header when that is nothing."""
    if progress.made:
        return jsonify(_linked(progress.made))
    return "", 308, {"Range": f"bytes=0-{progress.kept - 1}"} if progress.kept else {}


def _named(resource: Resource, media_type: str) -> Resource:
    """The resource with the name of the query, and the media's type unless it has its own."""
    name = request.args.get("name", resource.get("name"))
    return {"contentType": media_type or None} | resource | {"name": name}


def _linked(resource: Resource) -> Resource:
    """With the addresses that a client follows."""
    path = f"storage/v1/b/{resource['bucket']}/o/{quote(resource['name'], safe='')}"
    media = f"{request.host_url}download/{path}?generation={resource['generation']}&alt=media"
    return resource | {"selfLink": request.host_url + path, "mediaLink": media}


def _media(resource: Resource, path: Path) -> Response:
    """The bytes, or the range that is asked for."""
    answer = make_response(send_file(path, mimetype=resource["contentType"], conditional=True, etag=resource["etag"]))
    answer.headers["X-Goog-Hash"] = f"crc32c={resource['crc32c']},md5={resource['md5Hash']}"
    answer.headers["X-Goog-Generation"] = resource["generation"]
    answer.headers["X-Goog-Metageneration"] = resource["metageneration"]
    answer.headers["X-Goog-Stored-Content-Length"] = resource["size"]
    answer.headers["X-Goog-Stored-Content-Encoding"] = resource.get("contentEncoding", "identity")
    answer.headers["X-Goog-Storage-Class"] = resource["storageClass"]
    answer.headers["Cache-Control"] = resource.get("cacheControl", "private, max-age=0")
    for field, header in (("contentDisposition", "Content-Disposition"), ("contentEncoding", "Content-Encoding")):
        if field in resource:
            answer.headers[header] = resource[field]
    return answer


def _name_token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _token_name(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise invalid("Invalid pageToken") from error
