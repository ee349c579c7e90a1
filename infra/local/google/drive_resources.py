"""Drive's resources on the wire: strings for 64-bit numbers, a mask for every answer."""

from __future__ import annotations

from typing import Any

from flask import request

from infra.local.google.discovery import fields
from infra.local.google.drive_fields import apply_fields, parse_fields
from infra.local.google.errors import DriveError, invalid
from infra.local.google.files import FOLDER, NATIVE, Files
from infra.local.google.store import Row

DEFAULT = "kind,id,name,mimeType"
DEFAULT_CHANGES = (
    f"kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,file({DEFAULT}))"
)
FILE_FIELDS, ABOUT_FIELDS, LIST_FIELDS = fields("File"), fields("About"), fields("FileList")
CHANGES_FIELDS = fields("ChangeList")


def masked(body: dict[str, Any], known: frozenset[str], default: str | None) -> dict[str, Any]:
    """What `fields` selects, or the method's default. Raises DriveError; no default: `fields` is mandatory."""
    text = request.args.get("fields", default)
    if text is None:
        message = "The 'fields' parameter is required for this method."
        raise DriveError(400, "required", message, location=("fields", "parameter"))
    return apply_fields(body, parse_fields(text), known)


def file_resource(files: Files, row: Row, origin: str, viewer: str | None) -> dict[str, Any]:
    """A file with all that Drive tells of it; to an API key (no viewer) neither appProperties nor permissions.

    Permissions are told to the owner only.
    """
    file_id, is_native = row["id"], row["mimeType"].startswith(NATIVE)
    public = "anyoneWithLink" in row["permissions"]
    body: dict[str, Any] = {
        "kind": "drive#file",
        "id": file_id,
        "name": row["name"],
        "mimeType": row["mimeType"],
        "trashed": files.is_trashed(row),
        "explicitlyTrashed": row["explicitlyTrashed"],
        "createdTime": row["createdTime"],
        "modifiedTime": row["modifiedTime"],
        "version": str(row["version"]),
        "webViewLink": f"{origin}/file/d/{file_id}/view?usp=drivesdk",
        "capabilities": {
            "canAddChildren": row["mimeType"] == FOLDER and viewer == row["sub"],
            "canDownload": not is_native,
        },
        "shared": public,
        "spaces": ["drive"],
        "starred": False,
    }
    if row["resourceKey"]:
        body["resourceKey"] = row["resourceKey"]
    if row["driveId"]:
        body["driveId"] = row["driveId"]
    if row["target"]:  # also when that is gone; its type is what it was
        body["shortcutDetails"] = {"targetId": row["target"], "targetMimeType": row["targetMimeType"]}
        body["shortcutDetails"] |= {"targetResourceKey": row["targetKey"]} if row.get("targetKey") else {}
    if viewer:
        body |= {"appProperties": row["appProperties"], "ownedByMe": viewer == row["sub"], "isAppAuthorized": True}
    if viewer == row["sub"]:
        body |= {
            "parents": row["parents"],
            "permissionIds": [*row["permissions"], row["sub"]],
            "permissions": [_permission(name) for name in row["permissions"]],
        }
    if row["size"] is not None:
        body |= {"size": str(row["size"]), "quotaBytesUsed": str(row["size"]), "originalFilename": row["name"]}
        body |= {name: row[name] for name in ("md5Checksum", "sha1Checksum", "sha256Checksum")}
        body["webContentLink"] = f"{origin}/uc?id={file_id}&export=download"
        body["hasThumbnail"] = row["image"] is not None
        if row["image"]:
            body["imageMediaMetadata"] = row["image"]
            body["thumbnailLink"] = f"{origin}/thumbnail?id={file_id}&sz=s220"
    return body


def _permission(name: str) -> dict[str, Any]:
    return {"kind": "drive#permission", "id": name, "type": "anyone", "role": "reader", "allowFileDiscovery": False}


def page_of(items: list[Any], token: str | None, size: int) -> tuple[list[Any], str | None]:
    """A page and the token of the next. Raises DriveError for a foreign token."""
    if token and not token.startswith("~!!~"):
        raise invalid("Invalid Value", "pageToken")
    start = int(token[4:]) if token else 0
    following = f"~!!~{start + size}" if start + size < len(items) else None
    return items[start : start + size], following
