"""Manifests for Kubernetes: valid by its own schemas, hardened, labelled, and with the user's words as they are."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from zmq_interop.cli import main
from zmq_interop.core import shard
from zmq_interop.run import indexed_job
from zmq_interop.run.indexed_job import Job
from zmq_interop.system.errors import UsageError

VERSIONS = ("1.33", "1.37")  # the first with `backoffLimitPerIndex` for good, and the newest that is known here
JOB = Job(image="registry.example/interop:1", shards=4, words=("push_pull", "--peers", "c,go"))


def pod(job: Job = JOB) -> dict[str, Any]:
    """The pod of a job."""
    _, made = indexed_job.render(job)
    found: dict[str, Any] = made["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_schemas_know_every_key(version: str) -> None:
    for manifest in indexed_job.render(Job(image="i", shards=3, namespace="tests", parallel=2)):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_notice_a_wrong_key() -> None:
    _, made = indexed_job.render(JOB)
    made["spec"]["completionmode"] = "Indexed"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made, VERSIONS[0], strict=True)


def test_pods_meet_the_restricted_standard_and_more() -> None:
    """kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted"."""
    made = pod()
    assert made["automountServiceAccountToken"] is False
    security = made["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] != 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*made["initContainers"], *made["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory", "ephemeral-storage"}
    assert all(set(volume) == {"name", "emptyDir"} for volume in made["volumes"])
    assert all("sizeLimit" in volume["emptyDir"] for volume in made["volumes"])


def test_everything_is_labelled_and_the_policy_is_about_the_pods() -> None:
    policy, made = indexed_job.render(JOB)
    labels = policy["metadata"]["labels"]
    assert made["metadata"]["labels"] == made["spec"]["template"]["metadata"]["labels"] == labels
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert {*policy["spec"]} == {"podSelector", "policyTypes"}, "no rule lets anything through"


def test_a_red_shard_is_not_played_again_and_ends_no_other() -> None:
    _, made = indexed_job.render(JOB)
    assert made["spec"]["backoffLimitPerIndex"] == 0
    assert "backoffLimit" not in made["spec"]
    assert made["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert (made["spec"]["completions"], made["spec"]["parallelism"]) == (4, 4)


def test_words_are_no_text_of_the_shell_and_not_replaced() -> None:
    words = ('"; touch made; "', "$(HOSTNAME)", "`id`")
    command = pod(Job(image="i", shards=2, words=words))["containers"][0]["command"]
    assert [word.replace("$$", "$") for word in command[-3:]] == [*words]
    assert "$(HOSTNAME)" not in command, "Kubernetes would replace it"
    assert command[-5:-3] == ["--shard", f"{shard.BATCH}/2"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Interop"}, "--name Interop"),
        ({"name": "a" * 53}, "--name a"),
        ({"shards": 0}, "--shards 0"),
        ({"shards": 1001}, "--shards 1001"),
        ({"cpu": "two"}, "--cpu two"),
        ({"memory": "2 GB"}, "--memory 2 GB"),
        ({"words": ("--shard", "1/2")}, "--shard is given by the manifests"),
        ({"words": ("--report=x",)}, "--report=x is given by the manifests"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], told: str) -> None:
    given = {"image": "i", "shards": 2, **changes}
    with pytest.raises(UsageError, match=told):
        indexed_job.render(Job(**given))


def test_the_command_prints_plain_yaml() -> None:
    words = ["k8s", "render", "--image", "i", "--shards", "2", "push_pull", "--peers", "c"]
    done = CliRunner().invoke(main.cli, words)
    assert done.exit_code == 0, done.output
    assert "&id" not in done.output
    assert [*yaml.safe_load_all(done.output)] == indexed_job.render(
        Job(image="i", shards=2, words=("push_pull", "--peers", "c"))
    )
