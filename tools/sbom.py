"""Writes the bill of materials of a release (CycloneDX): what the wheel needs, what its pages hold.

Read from the two lock files, `requirements/run.txt` and `web/package-lock.json`, so it names what
was tested. The same lock files at the same moment give the same bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
SERIALS = UUID("2d0f5f0e-3d6c-5a6b-9c55-3f6b7c1f9a10")


def document(source: Path, version: str, epoch: int) -> str:
    """Return the document of a checkout as JSON; `epoch` is the moment of its commit."""
    components = [*_python_packages(source), *_npm_packages(source)]
    bom = Bom(
        components=components,
        metadata=BomMetaData(
            component=Component(
                name="inspect-server",
                version=version,
                type=ComponentType.APPLICATION,
                bom_ref="inspect-server",
                purl=PackageURL("pypi", None, "inspect-server", version),
            ),
            timestamp=datetime.fromtimestamp(epoch, UTC),
        ),
        serial_number=uuid5(SERIALS, f"{version} {epoch} {sorted(map(_reference, components))}"),
    )
    bom.register_dependency(bom.metadata.component, components)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def _reference(component: Component) -> str:
    return str(component.bom_ref.value)


def _python_packages(source: Path) -> Iterator[Component]:
    """The packages of the lock file, also those that only some machines install."""
    text = (source / "requirements" / "run.txt").read_text(encoding="utf-8")
    for name, version in PIN.findall(text):
        purl = PackageURL("pypi", None, name.lower(), version)
        yield Component(name=name, version=version, purl=purl, bom_ref=purl.to_string())


def _npm_packages(source: Path) -> Iterator[Component]:
    """The packages whose code is in the pages; what only builds them is left out."""
    lock = json.loads((source / "web" / "package-lock.json").read_text(encoding="utf-8"))
    seen: set[str] = set()
    for path, entry in sorted(lock["packages"].items()):
        if not path or entry.get("dev") or entry.get("link"):
            continue
        full_name = path.rpartition("node_modules/")[2]
        scope, _, name = full_name.rpartition("/")
        purl = PackageURL("npm", scope or None, name, entry["version"])
        if purl.to_string() in seen:
            continue
        seen.add(purl.to_string())
        yield Component(
            name=name,
            group=scope or None,
            version=entry["version"],
            purl=purl,
            bom_ref=purl.to_string(),
            hashes=_hashes(entry.get("integrity", "")),
        )


def _hashes(integrity: str) -> list[HashType]:
    algorithm, _, digest = integrity.partition("-")
    if algorithm != "sha512":
        return []
    content = base64.b64decode(digest).hex()
    return [HashType(alg=HashAlgorithm.SHA_512, content=content)]
