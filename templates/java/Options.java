package interop.agent;

import static interop.agent.Option.data;
import static interop.agent.Option.number;
import static interop.agent.Option.truth;
import static interop.agent.Option.wide;

import interop.control.v1.Operations;
import interop.control.v1.Operations.OptionValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQ.Socket;

/** The table of socket options, each tried at the start. Where the library has no method (null) the answer is EINVAL. */
final class Options {
    static final List<Option> ALL = List.of(
            number("LINGER", SocketType.PUSH, Socket::setLinger, Socket::getLinger),
            number("SNDHWM", SocketType.PUSH, Socket::setSndHWM, Socket::getSndHWM),
            number("RCVHWM", SocketType.PULL, Socket::setRcvHWM, Socket::getRcvHWM),
            number("SNDBUF", SocketType.PUSH, Socket::setSendBufferSize, Socket::getSendBufferSize),
            number("RCVBUF", SocketType.PULL, Socket::setReceiveBufferSize, Socket::getReceiveBufferSize),
            number("SNDTIMEO", SocketType.PUSH, Socket::setSendTimeOut, Socket::getSendTimeOut),
            number("RCVTIMEO", SocketType.PULL, Socket::setReceiveTimeOut, Socket::getReceiveTimeOut),
            // JeroMQ's "immediate" is the reverse of ZMQ_IMMEDIATE: true where messages need no connection.
            truth("IMMEDIATE", SocketType.PUSH,
                    (socket, value) -> socket.setImmediate(!value), socket -> !socket.isImmediate()),
            truth("IPV6", SocketType.PUSH, Socket::setIPv6, Socket::isIPv6),
            wide("MAXMSGSIZE", SocketType.PULL, Socket::setMaxMsgSize, Socket::getMaxMsgSize),
            number("BACKLOG", SocketType.PULL, Socket::setBacklog, Socket::getBacklog),
            number("RECONNECT_IVL", SocketType.PUSH, Socket::setReconnectIVL, Socket::getReconnectIVL),
            number("RECONNECT_IVL_MAX", SocketType.PUSH, Socket::setReconnectIVLMax, Socket::getReconnectIVLMax),
            number("HANDSHAKE_IVL", SocketType.PUSH, Socket::setHandshakeIvl, Socket::getHandshakeIvl),
            number("HEARTBEAT_IVL", SocketType.PUSH, Socket::setHeartbeatIvl, Socket::getHeartbeatIvl),
            number("HEARTBEAT_TIMEOUT", SocketType.PUSH, Socket::setHeartbeatTimeout, Socket::getHeartbeatTimeout),
            number("HEARTBEAT_TTL", SocketType.PUSH, Socket::setHeartbeatTtl, Socket::getHeartbeatTtl),
            truth("CONFLATE", SocketType.PULL, Socket::setConflate, Socket::isConflate),
            number("RATE", SocketType.PUB, Socket::setRate, Socket::getRate),
            number("RECOVERY_IVL", SocketType.PUB, Socket::setRecoveryInterval, Socket::getRecoveryInterval),
            number("MULTICAST_HOPS", SocketType.PUB, Socket::setMulticastHops, Socket::getMulticastHops),
            truth("ROUTER_MANDATORY", SocketType.ROUTER, Socket::setRouterMandatory, null),
            truth("ROUTER_HANDOVER", SocketType.ROUTER, Socket::setRouterHandover, null),
            truth("PROBE_ROUTER", SocketType.DEALER, Socket::setProbeRouter, null),
            truth("REQ_CORRELATE", SocketType.REQ, Socket::setReqCorrelate, null),
            truth("REQ_RELAXED", SocketType.REQ, Socket::setReqRelaxed, null),
            truth("XPUB_VERBOSE", SocketType.XPUB, Socket::setXpubVerbose, null),
            truth("XPUB_NODROP", SocketType.XPUB, Socket::setXpubNoDrop, null),
            // Not in this table yet: XPUB_MANUAL, XPUB_VERBOSER, INVERT_MATCHING, STREAM_NOTIFY, CONNECT_TIMEOUT, TCP_MAXRT,
            // TCP_KEEPALIVE, TCP_KEEPALIVE_IDLE, TCP_KEEPALIVE_CNT, TCP_KEEPALIVE_INTVL, XPUB_WELCOME_MSG,
            // CONNECT_ROUTING_ID. What is not here is UNSUPPORTED.
            truth("PLAIN_SERVER", SocketType.PULL, Socket::setPlainServer, Socket::getPlainServer),
            truth("CURVE_SERVER", SocketType.PULL, Socket::setCurveServer, Socket::getCurveServer),
            data("ROUTING_ID", SocketType.DEALER, Socket::setIdentity, Socket::getIdentity),
            data("SUBSCRIBE", SocketType.SUB, Socket::subscribe, null),
            data("UNSUBSCRIBE", SocketType.SUB, Socket::unsubscribe, null),
            data("PLAIN_USERNAME", SocketType.PUSH, Socket::setPlainUsername, text(Socket::getPlainUsername)),
            data("PLAIN_PASSWORD", SocketType.PUSH, Socket::setPlainPassword, text(Socket::getPlainPassword)),
            data("CURVE_SERVERKEY", SocketType.PUSH, Socket::setCurveServerKey, Socket::getCurveServerKey),
            data("CURVE_PUBLICKEY", SocketType.PUSH, Socket::setCurvePublicKey, Socket::getCurvePublicKey),
            data("CURVE_SECRETKEY", SocketType.PUSH, Socket::setCurveSecretKey, Socket::getCurveSecretKey),
            data("ZAP_DOMAIN", SocketType.PULL, Socket::setZapDomain, text(Socket::getZapDomain)),
            data("LAST_ENDPOINT", SocketType.PULL, null, text(Socket::getLastEndpoint)));

    private Options() {}

    static void set(ZMQ.Socket socket, Operations.Option given) throws Failure {
        find(given.getName()).setter().set(socket, given.getValue());
    }

    static OptionValue get(ZMQ.Socket socket, String name) throws Failure {
        return find(name).getter().get(socket);
    }

    private static Option find(String name) throws Failure {
        return ALL.stream().filter(option -> option.name().equals(name)).findFirst()
                .orElseThrow(() -> Failure.unsupported("no option \"%s\" in this agent".formatted(name)));
    }

    private static Function<Socket, byte[]> text(Function<Socket, String> get) {
        return socket -> {
            String value = get.apply(socket);
            return value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        };
    }
}
