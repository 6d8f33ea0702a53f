"""Makes the build context of an image: the protos, one peer, and a CA bundle if the network needs it.

The same inputs make the same bytes, so the digest shows whether an image is up to date. The digest excludes the CA
bundle, which belongs to this machine and must not end up in the image.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from zmq_interop.core.peer import Peer
from zmq_interop.peers import build_folder, peer_files
from zmq_interop.schemas.project import ProtoSet
from zmq_interop.system.errors import PeerBroken

CA_BUNDLE = "ca-bundle.crt"
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(?P<base>\S+)(?:[ \t]+AS[ \t]+(?P<stage>\S+))?", re.IGNORECASE | re.MULTILINE
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}")


class BuildContext(msgspec.Struct, frozen=True, kw_only=True):
    """The input of the engine's build.

    tar: all files. content: SHA-256 of all files except the CA bundle. bundled: whether there is a CA bundle. bases:
    the images that the Dockerfile builds on.
    """

    tar: bytes
    content: str
    bundled: bool
    bases: tuple[str, ...]


def collect(peer: Peer, protos: ProtoSet, dockerfile: str) -> BuildContext:
    """Makes the context of a peer. Raises PeerBroken if its Dockerfile is missing or a file cannot be read."""
    build_folder.refuse_dead_links(peer)
    sources = dict(_sources(peer, protos))
    if dockerfile not in sources:
        raise PeerBroken(peer.name, f"{peer.folder} has no Dockerfile", "docs/peer-contract.md says what it must do")
    try:
        plain = _pack(peer, sources)
        bundle = ca_bundle(os.environ)
        tar = _pack(peer, sources | {CA_BUNDLE: bundle}) if bundle else plain
        bases = _bases(sources[dockerfile].read_text(errors="replace"))
    except OSError as error:
        raise PeerBroken(peer.name, f"{error.filename}: {error.strerror}") from None
    return BuildContext(tar=tar, content=hashlib.sha256(plain).hexdigest(), bundled=bundle is not None, bases=bases)


def ca_bundle(environment: Mapping[str, str]) -> Path | None:
    """The CA bundle that this machine's environment sets for its programs; None if it sets none."""
    for variable in CA_VARIABLES:
        path = Path(environment.get(variable) or "/nowhere")
        if path.is_file():
            return path
    return None


def _sources(peer: Peer, protos: ProtoSet) -> Iterator[tuple[str, Path]]:
    for name in protos.files:
        yield f"proto/{name}", protos.folder / name
    for path in peer_files.shut_in(peer):
        yield f"peers/{peer.own_name}/{path.relative_to(peer.folder).as_posix()}", path


def _pack(peer: Peer, sources: Mapping[str, Path]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        names = {path: name for name, path in sources.items()}
        for path, content in peer_files.read(peer, (path for _, path in sorted(sources.items()))):
            entry = tarfile.TarInfo(names[path])
            entry.size = len(content)
            entry.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _bases(dockerfile: str) -> tuple[str, ...]:
    """The images that a Dockerfile builds on, except names that contain an ARG, which only the engine can resolve."""
    stages: set[str] = {"scratch"}
    bases: list[str] = []
    for found in _FROM.finditer(dockerfile):
        base = found["base"]
        # Leave out invalid names too: the engine reports them, and here they would become part of a request's URL.
        if base.lower() not in stages and _NAME.fullmatch(base) and ".." not in base and base not in bases:
            bases.append(base)
        if found["stage"]:
            stages.add(found["stage"].lower())
    return tuple(bases)
