"""What can be made to go wrong: by `/_emulator/faults` (`params: {"value": ...}`), or by a word in a prompt.

The word is `modelslab:NAME` or `modelslab:NAME=VALUE`; several may be in one prompt. A switch is taken by the
request that asks for a picture, and is its job's from then on, also after a restart.
Facts to match a fault by: `op` (text-to-image, image-to-image, image-to-video), `model`, `prompt`, `track_id`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from infra.local.faults import Fault, Faults
from infra.local.modelslab.refusals import Refusal

WORD = re.compile(r"\bmodelslab:([a-z0-9_]+)(?:=([\w.]+))?")
ON = ("on",)


@dataclass(frozen=True)
class Switch:
    """`values`: which ones there are, the first is what is meant by none; a single number stands for any number."""

    name: str
    values: tuple[str, ...]
    effect: str

    def checked(self, value: object = None) -> str:
        """A valid value as text. Raises ValueError."""
        text = self.values[0] if value is None else str(value)
        number = len(self.values) == 1 and self.values != ON
        if not (re.fullmatch(r"\d+(\.\d+)?", text) if number else text in self.values):
            allowed = "a number" if number else ", ".join(self.values)
            raise ValueError(f"{self.name} takes {allowed}, not {text!r}")
        return text


SWITCHES = {
    switch.name: switch
    for switch in (
        # Refused, and nothing is charged.
        Switch("error", ("500", "400", "401", "402", "403", "429", "503"), "refused with the documented message"),
        Switch("html", ("502",), "refused with this status and a page instead of JSON"),
        Switch("spam", ON, "refused if the same bytes were accepted before"),
        Switch("head", ON, "references are asked for with HEAD before GET"),
        # How a refusal looks.
        Switch("in_200", ON, "a refusal comes with HTTP 200"),
        Switch("message", ("list", "dict", "laravel"), "its message has another type; laravel: 422 with `errors`"),
        Switch(
            "retry_after", ("none", "header", "reset"), "a 429 says when in `Retry-After`, `X-RateLimit-Reset` or not"
        ),
        Switch("retry_seconds", ("30",), "a 429 says so many seconds"),
        Switch("legacy", ON, "`messege` and `tips`, here and in all the job's answers"),
        # The answer to a submit.
        Switch("drop", ("after", "before"), "the connection is cut after (or before) the job is accepted and charged"),
        Switch("hang", ("30",), "accepted and charged; the answer comes after so many seconds of real time"),
        Switch("answer_html", ("524",), "accepted and charged; the answer is a page with this status"),
        Switch("answer_error", ("500", "503"), "accepted and charged; the answer is an error"),
        Switch("sync", ON, "the answer comes when the picture is done"),
        Switch("eta", ("10",), "the estimate, whatever the queue"),
        Switch("id", ("absent", "string"), "processing bodies have no id; or all ids are strings"),
        Switch("meta", ("absent", "key"), "there is no `meta`; or it echoes the key"),
        # Rendering.
        Switch("render", ("60",), "seconds that the picture takes"),
        Switch("fails", ("failed", "error"), "it fails after processing, with this status"),
        Switch("refund", ON, "what failed is refunded"),
        Switch("stuck", ON, "it is processing for ever, and no longer counts in the queue"),
        Switch("nsfw", ("flag", "blank", "error"), "the flag on success; with a black picture; or a policy error"),
        Switch("moov", ("last", "first"), "where a film has its index; else half of them here and half there"),
        Switch("aspect", ("ignored", "underscore", "hyphen"), "no spelling of the ratio counts, or this one only"),
        # Fetching.
        Switch("not_found", ("3",), "so many polls of a job that is processing answer `Request not found`"),
        Switch("gone", ("200", "404"), "every poll does, with this status"),
        Switch("empty_output", ("2",), "so many polls of a finished job have an empty output"),
        Switch("output", ("string", "blank", "object"), "the output has another shape"),
        Switch("no_proxy_links", ON, "there are none"),
        Switch("fetch_error", ("1",), "so many polls answer 500"),
        Switch("fetch_429", ("1",), "so many polls answer 429"),
        Switch("fetch_html", ("1",), "so many polls answer 502 with a page"),
        Switch("fetch_drop", ("1",), "the connection of so many polls is cut"),
        # Downloading.
        Switch(
            "link",
            ("404", "truncated", "cut", "text", "base64", "html", "redirect", "foreign", "bare", "no_range"),
            "the result is not there; is half a file; is cut off; is called text/plain; is base64; is a page; is "
            "elsewhere; is on a host that is none of the service's; has no extension; is only given whole",
        ),
        # Webhooks.
        Switch(
            "webhook",
            ("never", "early", "twice", "processing", "forged", "ready", "error", "request_id", "number"),
            "never; before the submit's answer; twice; one more before; two lies before; another word for the status; "
            "`request_id` for `id`; `track_id` as a number",
        ),
    )
}


class SwitchFaults(Faults):
    """Faults that are switches: a value that would have no meaning is refused at once."""

    def __init__(self) -> None:
        super().__init__(frozenset(SWITCHES))

    def add(self, fault: Fault) -> None:
        """Switch on. Raises ValueError for an unknown name or value."""
        if fault.name in SWITCHES:
            SWITCHES[fault.name].checked(fault.params.get("value"))
        super().add(fault)

    def taken(self, prompt: str, **facts: Any) -> dict[str, str]:
        """The switches of a request, by name. Raises Refusal for a word in the prompt that is none."""
        switches = words(prompt)
        for name, switch in SWITCHES.items():
            params = self.take(name, prompt=prompt, **facts)
            if params is not None:
                switches[name] = switch.checked(params.get("value"))
        return switches


def words(prompt: str) -> dict[str, str]:
    """The switches that a prompt names. Raises Refusal for an unknown one: nothing would be tried by it."""
    found = {}
    for name, value in WORD.findall(prompt):
        if name not in SWITCHES:
            raise Refusal(400, f"unknown fault {name!r}; known: {', '.join(SWITCHES)}", "prompt")
        try:
            found[name] = SWITCHES[name].checked(value or None)
        except ValueError as error:
            raise Refusal(400, str(error), "prompt") from error
    return found
