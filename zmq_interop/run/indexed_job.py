"""Kubernetes manifests: an Indexed Job whose pods each play one shard, and the policy that gives them no network. Pure.

kubernetes.io/docs: "Indexed Job for parallel processing with static work assignment", "Pod Security Standards"
(restricted), "Backoff limit per index" (from 1.33 on).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from zmq_interop.core import shard
from zmq_interop.system.errors import UsageError

MARK = "interop-events: "  # before each line of a pod's log that holds a piece of the event log
HOME = "/var/lib/interop"  # INTEROP_HOME of the image, with everything built
USER = 65532
REPORT = "/tmp/report"  # noqa: S108 (folders of the pod, which nobody shares)
_TMP, _SHM = "/tmp", "/dev/shm"  # noqa: S108
OWN = ("--shard", "--report", "--work-dir")  # options that the manifests give
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,50}[a-z0-9])?")  # RFC 1123 label, with room for what a pod's name adds
_QUANTITY = re.compile(r"[1-9][0-9]*(m|Mi|Gi)?")
# The report goes to a folder; a pod that has ended has only its log, so the event log goes there, packed.
_PLAY = (
    'report=$1; shift; interop run "$@" --report "$report" >&2; status=$?; '
    f'gzip -c "$report/events.jsonl" | base64 | sed "s/^/{MARK}/"; exit $status'
)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. image: has `interop`, and its work folder with everything built. words: for `interop run`.

    parallel: how many pods run at once. cpu, memory: of a pod, as Kubernetes writes quantities. deadline: seconds.
    """

    image: str
    shards: int
    words: tuple[str, ...] = ()
    name: str = "interop"
    namespace: str = ""
    parallel: int = 0
    cpu: str = "2"
    memory: str = "2Gi"
    deadline: int = 3600


def render(job: Job) -> list[dict[str, Any]]:
    """The manifests, in the order in which they are to be applied. Raises UsageError."""
    _check(job)
    labels = {
        "app.kubernetes.io/name": "interop",
        "app.kubernetes.io/instance": job.name,
        "app.kubernetes.io/managed-by": "interop",
    }
    metadata = {"name": job.name, "labels": labels} | ({"namespace": job.namespace} if job.namespace else {})
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/instance": job.name}},
            "policyTypes": ["Ingress", "Egress"],  # and no rule: agents of a pod speak over its loopback
        },
    }
    made = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "completionMode": "Indexed",
            "completions": job.shards,
            "parallelism": job.parallel or job.shards,
            "backoffLimitPerIndex": 0,  # a red shard is not played again, and ends no other
            "activeDeadlineSeconds": job.deadline,
            "ttlSecondsAfterFinished": 24 * 3600,
            "template": {"metadata": {"labels": labels}, "spec": _pod(job)},
        },
    }
    return [policy, made]


def _pod(job: Job) -> dict[str, Any]:
    hardened = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    limits = {"cpu": job.cpu, "memory": job.memory, "ephemeral-storage": "4Gi"}
    common = {"image": job.image, "securityContext": hardened, "resources": {"requests": limits, "limits": limits}}
    play = ["sh", "-c", _PLAY, "interop", REPORT, "--shard", f"{shard.BATCH}/{job.shards}", *job.words]
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [  # what was built is part of the image, which is read-only
            {
                "name": "builds",
                "command": ["cp", "-R", "--preserve=mode,timestamps,links", f"{HOME}/.", "/copy"],
                **common,
                "volumeMounts": [{"name": "work", "mountPath": "/copy"}],
            }
        ],
        "containers": [
            {
                "name": "shard",
                "command": [_literal(word) for word in play],
                "env": [{"name": "HOME", "value": _TMP}, {"name": "INTEROP_HOME", "value": HOME}],
                **common,
                "volumeMounts": [
                    {"name": "work", "mountPath": HOME},
                    {"name": "tmp", "mountPath": _TMP},
                    {"name": "shm", "mountPath": _SHM},
                ],
            }
        ],
        "volumes": [
            {"name": "work", "emptyDir": {"sizeLimit": "3Gi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        ],
    }


def _literal(word: str) -> str:
    """The word, in which Kubernetes would replace `$(NAME)` and read `$$` as one `$`."""
    return word.replace("$", "$$")


def _check(job: Job) -> None:
    if not _NAME.fullmatch(job.name):
        raise UsageError(
            f"--name {job.name}: not a name of Kubernetes",
            "use up to 52 of a-z, 0-9 and -, first a letter: interop-main",
        )
    if not 1 <= job.shards <= shard.MOST:
        raise UsageError(
            f"--shards {job.shards}: must be from 1 to {shard.MOST}", "interop plan says how many it needs"
        )
    for option, value in (("--cpu", job.cpu), ("--memory", job.memory)):
        if not _QUANTITY.fullmatch(value):
            raise UsageError(
                f"{option} {value}: not a quantity", "write 2 or 500m for --cpu, 2Gi or 512Mi for --memory"
            )
    for word in job.words:
        if word.partition("=")[0] in OWN:
            raise UsageError(
                f"{word} is given by the manifests", "leave it out; --shards says how many shards there are"
            )
