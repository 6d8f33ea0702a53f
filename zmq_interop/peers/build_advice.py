"""Recognises build failures caused by the machine: no network, or an untrusted certificate."""

from __future__ import annotations

import re
from pathlib import Path

# The messages of C libraries, Go, Python, curl, apt, cargo, npm and Java's tools.
_ADVICE = (
    (
        re.compile(r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|local issuer certificate|x509: certificate|"
                   r"self[- ]signed certificate|PKIX path building failed"),
        "the build does not trust a certificate: if your network inspects TLS, set SSL_CERT_FILE to its CA bundle",
    ),
    (
        re.compile(
            r"temporary failure (?:in name resolution|resolving)|name or service not known|could not resolve|"
            r"name does not resolve|nodename nor servname|no such host|network is unreachable|no route to host|"
            r"connection timed out|connection refused|i/o timeout|getaddrinfo|UnknownHostException|"
            r"failed to establish a new connection|server misbehaving",
            re.IGNORECASE,
        ),
        "the build could not reach a server: check the network, proxy or mirror",
    ),
)  # fmt: skip


def hint(last: str, log: Path) -> str:
    """What to do about a failed build. last: the last lines of its output. log: the file with all of it."""
    advice = [text for marks, text in _ADVICE if marks.search(last)]
    return "\n".join([*advice[:1], f"full output: {log}"])
