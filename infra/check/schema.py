r"""Makes `google.schema.json`: names, types and flags of the resources that our Terraform uses, and no text.

Terraform's provider is only in its registry. The bindings `cdktn-provider-google` on PyPI (MPL-2.0) are made from it:
each resource has an `index.js` with its arguments, their nesting and types, and an `index.d.ts` that says which are
required and, in comments, which values an enumeration has. Both are read from the wheel as text.

    pip download --no-deps cdktn-provider-google==21.1.0
    python -m infra.check.schema cdktn_provider_google-21.1.0-*.whl
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from infra.check.provider import SCHEMA

Json = dict[str, Any]
PROVIDER = "hashicorp/google"
TERRAFORM = Path(__file__).parents[1] / "terraform"
SCALARS = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
GETTERS: Json = {"String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"],
                 "NumberList": ["list", "number"]}  # fmt: skip
MAPS = {"StringMap": "string", "NumberMap": "number", "BooleanMap": "bool", "AnyMap": "dynamic"}
DEFAULTED = {"id", "project", "region", "zone", "location"}  #: the provider fills them in when they are left out
LISTED = re.compile(
    r'^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)",\n',
    re.MULTILINE,
)
INTERFACE = re.compile(r"export interface (\w+)(?: extends [\w., ]+)? \{(.*?)\n\}", re.DOTALL)
DOCUMENTED = re.compile(r"/\*\*(.*?)\*/\s*readonly (\w+)\??:", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PROPERTY = re.compile(r"readonly (\w+)(\??): (.*?);\n", re.DOTALL)
VALUES = re.compile(r"Possible values: \[([^\]]*)\]")
TO_HCL = re.compile(r"^(?:export )?function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.DOTALL | re.MULTILINE)
CLASS = re.compile(r"^(?:export )?class (\w+) extends [\w.]+ \{(.*?)^\}", re.DOTALL | re.MULTILINE)
GETTER = re.compile(r"^    get (\w+)\(\) \{\n        return this\.get(\w+?)Attribute\('(\w+)'\);", re.MULTILINE)
MEMBER = re.compile(
    r'^    _(\w+) = new (?:[\w.]+\.)?(\w+?)\(this, "(\w+)"(?:, (true|false))?\)', re.MULTILINE
)  # fmt: skip


def used() -> list[str]:
    """The resources and data sources of our Terraform; the latter as `data.TYPE`."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(TERRAFORM.glob("*.tf")))
    found = set(re.findall(r'^resource "(google_\w+)"', text, re.MULTILINE))
    return sorted(found | {f"data.{name}" for name in re.findall(r'^data "(google_\w+)"', text, re.MULTILINE)})


class Bindings:
    """The bindings of one resource, taken apart."""

    def __init__(self, javascript: str, typings: str) -> None:
        self._javascript = javascript
        self._optional: dict[str, dict[str, bool]] = {}  #: interface, property: whether it may be left out
        self._enums: dict[tuple[str, str], list[str]] = {}
        for name, body in INTERFACE.findall(typings):
            for comment, prop in DOCUMENTED.findall(body):
                if values := VALUES.search(comment):
                    self._enums[name, prop] = re.findall(r'"([^"]*)"', values[1])
            bare = COMMENT.sub("", body) + "\n"
            self._optional[name] = {prop: mark == "?" for prop, mark, _ in PROPERTY.findall(bare)}
        self._to_hcl = dict(TO_HCL.findall(javascript))
        self._classes = dict(CLASS.findall(javascript))

    def resource(self) -> tuple[str, Json]:
        """Its name in Terraform, and its outermost block."""
        found = ((name, body) for name, body in self._classes.items() if "synthesizeHclAttributes" in body)
        name, body = next(found)
        listing = re.search(r"synthesizeHclAttributes\(\) \{(.*?)\n    \}", body, re.DOTALL)
        called = re.search(r'tfResourceType = "(\w+)"', self._javascript)
        if not listing or not called:
            raise SystemExit(f"{name} has another form than this program knows")
        return called[1], self._block(listing[1], f"{name}Config", body)

    def _block(self, listing: str, interface: str, class_body: str) -> Json:
        attributes: Json = {}
        blocks: Json = {}
        for name, value, is_block, kind, storage in LISTED.findall(listing):
            member = re.search(r"(?:struct\.|this\._)(\w+)", value)
            prop = member[1] if member else name
            optional = self._optional.get(interface, {}).get(prop, True)
            if is_block == "true":
                blocks[name] = self._nested(name, value, kind, optional=optional)
            else:
                enum = self._enums.get((interface, prop))
                attributes[name] = _argument(name, _type(kind, storage), enum, optional=optional)
        attributes |= self._computed(class_body, attributes.keys() | blocks.keys())
        return {name: part for name, part in (("attributes", attributes), ("block_types", blocks)) if part}

    def _nested(self, name: str, value: str, kind: str, *, optional: bool) -> Json:
        called = re.search(r"(\w+)ToHclTerraform", value)
        if called is None or called[1] not in self._to_hcl:
            raise SystemExit(f"the block {name} has another form than this program knows")
        struct = called[1][0].upper() + called[1][1:]
        inner = self._block(self._to_hcl[called[1]], struct, self._classes.get(f"{struct}OutputReference", ""))
        if kind == "struct":
            return {"nesting_mode": "single", "block": inner}
        one = {} if "listMapperHcl" in value else {"max_items": 1}
        return {"nesting_mode": kind, "block": inner, **one, **({} if optional else {"min_items": 1})}

    def _computed(self, class_body: str, known: set[str]) -> Json:
        """What can be read and not set."""
        out: Json = {}
        for _, getter, name in GETTER.findall(class_body):
            if name not in known:
                out[name] = {"type": GETTERS.get(getter, "dynamic"), "computed": True}
        for _, class_name, name, is_set in MEMBER.findall(class_body):
            if name in known:
                continue
            if class_name in MAPS:
                out[name] = {"type": ["map", MAPS[class_name]], "computed": True}
            elif class_name.endswith("List"):
                body = self._classes.get(f"{class_name.removesuffix('List')}OutputReference", "")
                members = {inner: spec["type"] for inner, spec in self._computed(body, set()).items()}
                out[name] = {"type": ["set" if is_set == "true" else "list", ["object", members]], "computed": True}
        return out


def _argument(name: str, kind: Any, enum: list[str] | None, *, optional: bool) -> Json:
    spec: Json = {"type": kind, "optional" if optional else "required": True}
    if optional and name in DEFAULTED:
        spec["computed"] = True
    return spec | ({"x_enum": enum} if enum is not None and kind == "string" else {})


def _type(kind: str, storage: str) -> Any:
    if storage in SCALARS:
        return SCALARS[storage]
    if one := re.fullmatch(r"(string|number|boolean|any)(List|Set|Map)", storage):
        return ["set" if one[2] == "List" and kind == "set" else one[2].lower(), SCALARS[one[1]]]
    if two := re.fullmatch(r"(string|number|boolean)(Map|List)(List|Set|Map)", storage):
        return [two[3].lower(), [two[2].lower(), SCALARS[two[1]]]]
    return [kind, "dynamic"] if kind in ("list", "set") else "dynamic"


def _folder(name: str) -> str:
    """The wheel's folder of a resource: google_kms_key_ring is in kms-key-ring."""
    plain = name.removeprefix("data.").removeprefix("google_").replace("_", "-")
    return f"data-google-{plain}" if name.startswith("data.") else plain


def _sources(wheel: Path, folders: set[str]) -> dict[str, dict[str, str]]:
    """By folder: its JavaScript and its typings, from the archive inside the wheel."""
    found: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as outer:
        archive = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as inner:
            for member in inner:
                parts = member.name.split("/")
                end = ".d.ts" if parts[-1].endswith(".d.ts") else ".js" if parts[-1].endswith(".js") else None
                file = inner.extractfile(member) if end and len(parts) >= 4 and parts[2] in folders else None
                if file and end:
                    texts = found.setdefault(parts[2], {".js": "", ".d.ts": ""})
                    texts[end] += file.read().decode() + "\n"
    return found


def extracted(wheel: Path, wanted: list[str]) -> Json:
    """The document, in the shape of `terraform providers schema -json`."""
    sources = _sources(wheel, {_folder(name) for name in wanted} | {"provider"})
    kinds: dict[str, Json] = {"resource_schemas": {}, "data_source_schemas": {}}
    for name in wanted:
        if _folder(name) not in sources:
            raise SystemExit(f"{name}: this version of the provider has none")
        called, block = Bindings(*sources[_folder(name)].values()).resource()
        kinds["data_source_schemas" if name.startswith("data.") else "resource_schemas"][called] = {
            "version": 0,
            "block": block,
        }
    _, provider = Bindings(*sources["provider"].values()).resource()
    version = re.search(rf"providers/{PROVIDER}/([\d.]+)/docs", "".join(texts[".d.ts"] for texts in sources.values()))
    if not version:
        raise SystemExit("the bindings do not say which version of the provider they are for")
    return {
        "format_version": "1.0",
        "x_derived_from": {"provider_version": version[1], "wheel": wheel.name},
        "provider_schemas": {PROVIDER: {"provider": {"version": 0, "block": provider}, **kinds}},
    }


def main() -> None:
    """Write the file, one resource a line, so that a difference shows what has changed."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    document = extracted(Path(sys.argv[1]), used())
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    SCHEMA.write_text(
        re.sub(r'("(?:google_\w+|provider)":\{"(?:block|version)")', r"\n\1", text) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
