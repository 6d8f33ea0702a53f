"""`interop k8s`: manifests that have Kubernetes play the shards of a run."""

from __future__ import annotations

import click

from zmq_interop.cli.command_base import Command, Group


@click.group(cls=Group)
def k8s() -> None:
    """Plays a run on a Kubernetes cluster (docs/clusters.md)."""


@k8s.command(cls=Command, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[PATTERN OR OPTION OF RUN]...")
@click.option("--image", required=True, metavar="IMAGE", help="The image with the suite and its builds.")
@click.option("--shards", required=True, type=int, metavar="N", help="Into how many shards the run is cut: pods.")
@click.option("--parallel", type=int, default=0, metavar="N", help="How many pods run at once (default: all).")
@click.option("--name", default="interop", show_default=True, metavar="NAME", help="The name of the job.")
@click.option("--namespace", default="", metavar="NAME", help="Its namespace (default: that of `kubectl apply`).")
@click.option("--cpu", default="2", show_default=True, metavar="QUANTITY", help="Processors of each pod.")
@click.option("--memory", default="2Gi", show_default=True, metavar="QUANTITY", help="Memory of each pod.")
@click.option(
    "--deadline", type=click.IntRange(1), default=3600, show_default=True, metavar="SECONDS", help="When the job ends."
)
def render(
    words: tuple[str, ...],
    image: str,
    shards: int,
    parallel: int,
    name: str,
    namespace: str,
    cpu: str,
    memory: str,
    deadline: int,
) -> None:
    """Prints the manifests of an Indexed Job, as plain YAML, whose pods each play one shard.

    Patterns and options of `interop run` are passed on to each pod. Nothing is sent anywhere: `kubectl apply -f -`
    takes the output. Pods run as no root, on a read-only file system, without capabilities, token and network.
    """
    import yaml

    from zmq_interop.run.indexed_job import Job
    from zmq_interop.run.indexed_job import render as manifests
    from zmq_interop.system.stdio import show

    job = Job(
        image=image,
        shards=shards,
        words=words,
        name=name,
        namespace=namespace,
        parallel=parallel,
        cpu=cpu,
        memory=memory,
        deadline=deadline,
    )
    show(yaml.dump_all(manifests(job), Dumper=_dumper(), sort_keys=False).rstrip())


def _dumper() -> type:
    import yaml

    class Plain(yaml.SafeDumper):
        """Writes no anchors: a value that is there twice is written twice."""

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (the signature is PyYAML's)
            return True

    return Plain
