"""The contact sheet: one page that opens from disk."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 Georgia,serif;margin:0;padding:48px;max-width:1100px;
margin-inline:auto}h1{font-weight:400;font-size:40px;margin:0}p.lead{color:#888;margin:4px 0 32px}main{display:grid;gap:32px;
grid-template-columns:repeat(auto-fit,minmax(380px,1fr));align-items:start}figure{margin:0;border:1px solid #8884;
border-radius:12px;overflow:hidden}img,video{display:block;width:100%}figcaption{padding:16px 20px;font-size:15px}
small{color:#888;display:block;font-family:ui-monospace,monospace;font-size:12px;overflow-wrap:anywhere}"""


def contact_sheet(jobs: list[dict[str, Any]], media: list[dict[str, Any]], report: dict[str, Any]) -> str:
    """The pictures with what made them. Paths are relative, the style is inside."""
    figures = "".join(_figure(job, entry) for job, entry in zip(jobs, media, strict=True))
    credits_ = report["credits"]
    lead = (
        f"{len(media)} results in {report['seconds']} s, {credits_['charged']} of {credits_['granted']} credits spent"
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Ecosystem IP AI: demo</title><style>{STYLE}</style>"
        f"<h1>The Compass</h1><p class=lead>{lead}</p><main>{figures}</main></html>\n"
    )


def _figure(job: dict[str, Any], entry: dict[str, Any]) -> str:
    count = len(job["references"])
    made_from = f"<br>made from {count} reference picture{'s' * (count > 1)}" if count else ""
    length = f" · {entry['durationSeconds']:g} s" if entry["durationSeconds"] else ""
    return (
        f"<figure>{_shown(job, entry)}<figcaption>{escape(job['prompt'])}{made_from}"
        f"<small>{escape(job['model'])} · {entry['width']}×{entry['height']}{length} · {entry['bytes']:,} bytes · "
        f"{entry['creditsUsed']} credits<br>Drive {escape(entry['driveFileId'])}</small></figcaption></figure>"
    )


def _shown(job: dict[str, Any], entry: dict[str, Any]) -> str:
    path, words = escape(entry["localPath"]), escape(job["prompt"])
    size = f'width={entry["width"]} height={entry["height"]} style="height:auto"'
    if entry["durationSeconds"]:
        return f'<video src="{path}" aria-label="{words}" controls autoplay muted loop playsinline {size}></video>'
    return f'<img src="{path}" alt="{words}" {size}>'
