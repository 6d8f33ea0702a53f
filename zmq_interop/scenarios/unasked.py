"""Options of libzmq that no scenario asks about, each with the reason. docs/scenarios.md shows this table."""

from __future__ import annotations

_DRAFT = "a draft in libzmq 4.3: it is in no header and no library that distributions build, so no peer could claim it"
_READ = "it can only be read, and tells what other cells see"
_PRIVILEGE = "it needs a privilege or a kernel that the machine of a run need not have"

UNASKED: dict[str, str] = {
    "AFFINITY": "which thread of the library serves a socket is not visible to its partner",
    "RCVMORE": "agents receive messages whole: a frame too few or too many is a failure of every scenario",
    "FD": "a descriptor to poll: an agent waits in its own receive",
    "EVENTS": "what a poll would say: an agent waits in its own receive",
    "TYPE": _READ,
    "MECHANISM": _READ,
    "THREAD_SAFE": _READ,
    "HWM": "SNDHWM and RCVHWM in one call",
    "IPV4ONLY": "deprecated: IPV6 the other way round",
    "TCP_ACCEPT_FILTER": "deprecated: ZAP decides by address (`zap_request` has the address that a handler is told)",
    "IPC_FILTER_PID": "deprecated: the manual says to use ZAP",
    "IPC_FILTER_UID": "deprecated: the manual says to use ZAP",
    "IPC_FILTER_GID": "deprecated: the manual says to use ZAP",
    "ROUTER_RAW": "deprecated: STREAM took its place (`stream_received`)",
    "SOCKS_PROXY": "agents of libzmq 4.3 aborted now and then in cells with a proxy (epoll: EBADF), and took others "
    "with them",
    "TOS": "the system writes it into packets, where the other end cannot read it without a privilege",
    "PRIORITY": "the system orders packets by it, which no program sees",
    "BINDTODEVICE": _PRIVILEGE,
    "BUSY_POLL": _PRIVILEGE,
    "LOOPBACK_FASTPATH": "for Windows alone",
    "USE_FD": "hands over a descriptor, which an agent on another side of a pipe cannot be given",
    "BLOCKY": "an option of contexts; what LINGER does at the end of one is in docs/limits.md",
    "MULTICAST_MAXTPDU": "the size of packets, which one machine does not show: `stream` counts the messages",
    "MULTICAST_LOOP": "whether the sender's own machine hears: all cells of pgm and epgm need that it does",
    "GSSAPI_SERVER": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "GSSAPI_PRINCIPAL": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "GSSAPI_SERVICE_PRINCIPAL": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "GSSAPI_PLAINTEXT": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "GSSAPI_PRINCIPAL_NAMETYPE": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "GSSAPI_SERVICE_PRINCIPAL_NAMETYPE": "GSSAPI needs a Kerberos realm (docs/limits.md)",
    "VMCI_BUFFER_SIZE": "vmci joins virtual machines of one vendor (docs/limits.md)",
    "VMCI_BUFFER_MIN_SIZE": "vmci joins virtual machines of one vendor (docs/limits.md)",
    "VMCI_BUFFER_MAX_SIZE": "vmci joins virtual machines of one vendor (docs/limits.md)",
    "VMCI_CONNECT_TIMEOUT": "vmci joins virtual machines of one vendor (docs/limits.md)",
    **dict.fromkeys(
        (
            "ZAP_ENFORCE_DOMAIN", "METADATA", "ROUTER_NOTIFY", "XPUB_MANUAL_LAST_VALUE", "SOCKS_USERNAME",
            "SOCKS_PASSWORD", "IN_BATCH_SIZE", "OUT_BATCH_SIZE", "WSS_KEY_PEM", "WSS_CERT_PEM", "WSS_TRUST_PEM",
            "WSS_HOSTNAME", "WSS_TRUST_SYSTEM", "ONLY_FIRST_SUBSCRIBE", "RECONNECT_STOP", "HELLO_MSG",
            "DISCONNECT_MSG", "HICCUP_MSG", "XSUB_VERBOSE_UNSUBSCRIBE", "TOPICS_COUNT", "NORM_MODE",
            "NORM_UNICAST_NACK", "NORM_BUFFER_SIZE", "NORM_SEGMENT_SIZE", "NORM_BLOCK_SIZE", "NORM_NUM_PARITY",
            "NORM_NUM_AUTOPARITY", "NORM_PUSH",
        ),
        _DRAFT,
    ),
}  # fmt: skip
# What users ask of a library beside its options.
OTHERS: dict[str, str] = {
    "`User-Id` and other metadata of a message (zmq_msg_gets(3))": "the contract has no operation that reads it: a "
    "message is its frames",
    "a name with addresses of both families, or whose address changes": "the names of a machine are the system's, and "
    "a run does not change them; `host_name` has one of one address",
    "permissions of the file of an ipc endpoint": "they follow from the umask of the process (unix(7)), which the "
    "contract sets to 0",
}
