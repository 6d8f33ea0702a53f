"""Reads the steps of a build from the classic builder's output, and finds the layers that contain a CA bundle.

Each step of a Dockerfile leaves an image. The images of the build stages stay at the engine as a cache, with every file
copied into them. A CA bundle belongs to this machine, so layers that contain one must be removed.
"""

from __future__ import annotations

import contextlib
import fnmatch
import json
import re
from collections.abc import Sequence

import msgspec

from zmq_interop.agents.runtimes.build_context import CA_BUNDLE
from zmq_interop.agents.runtimes.docker_daemon import DockerDaemon, EngineError, refusals

_STEP = re.compile(r"Step \d+/\d+ : (?P<instruction>.*)")
_IMAGE = re.compile(r" ---> (?P<image>[0-9a-f]{12,64})")


class Step(msgspec.Struct):
    """One instruction and the image that it left, "" if it failed."""

    instruction: str
    image: str = ""

    @property
    def begins_stage(self) -> bool:
        return self.instruction.upper().startswith("FROM ")

    @property
    def takes_bundle(self) -> bool:
        """Whether the step copies the CA bundle from the context, by name, by pattern or with the whole context."""
        keyword, _, rest = self.instruction.partition(" ")
        words = [word for word in rest.split() if not word.startswith("--")]
        if keyword.upper() not in ("COPY", "ADD") or "--from=" in rest:
            return False
        if words and words[0].startswith("["):
            with contextlib.suppress(ValueError):  # otherwise it is not the JSON form
                words = json.loads(" ".join(words))
        sources = [word.removeprefix("./").strip("/") or "*" for word in words[:-1]]
        return any(source == "." or fnmatch.fnmatchcase(CA_BUNDLE, source) for source in sources)


MOST_PARTIAL = 64 << 10  # characters; the builder's own lines are shorter


class Steps:
    """Collects the steps from the builder's output as it arrives."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._partial = ""

    def feed(self, text: str) -> None:
        """Takes the next piece of output, split anywhere."""
        *lines, partial = (self._partial + text).split("\n")
        self._partial = partial[:MOST_PARTIAL]
        for line in lines:
            if found := _STEP.match(line):
                self.steps.append(Step(found["instruction"].strip()))
            elif self.steps and (found := _IMAGE.fullmatch(line)):
                self.steps[-1].image = found["image"]

    def images(self) -> list[str]:
        """The images that the steps left, without the base images of stages."""
        return [step.image for step in self.steps if step.image and not step.begins_stage]

    def bundled(self, *, finished: bool) -> list[str]:
        """The images from the first with a CA bundle up to the last stage, which is the result of a finished build."""
        first = next((at for at, step in enumerate(self.steps) if step.takes_bundle), len(self.steps))
        end = self._last_stage() if finished else len(self.steps)
        return [step.image for step in self.steps[first:end] if step.image and not step.begins_stage]

    def bundle_in_result(self) -> bool:
        """Whether the last stage takes the CA bundle, which the contract forbids."""
        return any(step.takes_bundle for step in self.steps[self._last_stage() :])

    def _last_stage(self) -> int:
        return max((at for at, step in enumerate(self.steps) if step.begins_stage), default=0)


def remove(engine: DockerDaemon, images: Sequence[str]) -> list[str]:
    """Removes images without a name, from the last to the first, unless another image builds on them.

    Returns those that remain. Layers below them stay (noprune): they are the cache.
    """
    left = list(dict.fromkeys(reversed(images)))
    while left:
        stay = [image for image in left if not _removed(engine, image)]
        if len(stay) == len(left):
            break
        left = stay
    return left


def _removed(engine: DockerDaemon, image: str) -> bool:
    try:
        found = engine.image(image)
        if found and found["RepoTags"]:
            return False
        with refusals():
            engine.api.remove_image(image, noprune=True)
    except EngineError as error:
        return error.missing
    return True
