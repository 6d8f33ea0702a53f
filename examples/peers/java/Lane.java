package interop.agent;

import interop.control.v1.Control.Program;
import interop.control.v1.Control.ProgramResult;
import interop.control.v1.Control.Request;
import interop.control.v1.Control.Response;
import interop.control.v1.Operations;

import org.zeromq.ZMQ;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sockets of one thread, and the operations on them. */
final class Lane {
    /**
     * What carryOut carries out, by the field name in Request: Hello says them, peer.toml claims
     * them.
     */
    static final List<String> OPERATIONS =
            List.of(
                    "open",
                    "close",
                    "close_all",
                    "set_option",
                    "get_option",
                    "bind",
                    "connect",
                    "unbind",
                    "disconnect",
                    "send",
                    "receive",
                    "send_burst",
                    "receive_burst",
                    "monitor",
                    "receive_event",
                    "program");

    private final Library library;
    private final ZMQ.Poller poller;
    private final Map<Integer, ZMQ.Socket> sockets = new HashMap<>();
    private final Map<Integer, Monitor> monitors = new HashMap<>();

    Lane(Library library) {
        this.library = library;
        this.poller = library.poller();
    }

    /** The Response to a Request, whatever becomes of it. */
    Response answer(Request request) {
        try {
            Failure.forget();
            return carryOut(request).setId(request.getId()).build();
        } catch (Failure | RuntimeException | Error thrown) {
            return Failure.of(thrown).response(request.getId());
        }
    }

    private Response.Builder carryOut(Request request) throws Failure {
        return switch (request.getOperationCase()) {
            case OPEN -> open(request.getOpen());
            case CLOSE -> close(request.getClose().getSocket());
            case CLOSE_ALL -> Response.newBuilder().setClosed(closeSockets());
            case SET_OPTION -> setOption(request.getSetOption());
            case GET_OPTION -> getOption(request.getGetOption());
            case BIND -> bind(request.getBind());
            case CONNECT -> connect(request.getConnect());
            case UNBIND -> unbind(request.getUnbind());
            case DISCONNECT -> disconnect(request.getDisconnect());
            case SEND -> send(request.getSend());
            case RECEIVE -> receive(request.getReceive());
            case SEND_BURST -> sendBurst(request.getSendBurst());
            case RECEIVE_BURST -> receiveBurst(request.getReceiveBurst());
            case MONITOR -> monitor(request.getMonitor().getSocket());
            case RECEIVE_EVENT -> receiveEvent(request.getReceiveEvent());
            case PROGRAM -> program(request.getProgram());
            case OPERATION_NOT_SET ->
                    throw Failure.unsupported("no operation that this agent knows");
        };
    }

    private Response.Builder open(Operations.Open operation) throws Failure {
        int handle = operation.getSocket();
        if (sockets.containsKey(handle)) {
            throw Failure.invalid(
                    "socket %d is open: close it first or choose another number".formatted(handle));
        }
        ZMQ.Socket socket = library.open(operation.getType());
        try {
            socket.setLinger(0);
            for (Operations.Option option : operation.getOptionsList()) {
                Options.set(socket, option);
            }
        } catch (Failure | RuntimeException | Error thrown) {
            socket.close();
            throw thrown;
        }
        sockets.put(handle, socket);
        return done();
    }

    private Response.Builder close(int handle) throws Failure {
        ZMQ.Socket socket = at(handle);
        sockets.remove(handle);
        monitors.remove(handle);
        socket.close();
        return done();
    }

    /**
     * Closes all sockets of the lane without a pause for what they have not sent; how many they
     * were.
     */
    int closeSockets() {
        int closed = sockets.size();
        for (ZMQ.Socket socket : sockets.values()) {
            socket.setLinger(0);
            socket.close();
        }
        sockets.clear();
        monitors.clear();
        return closed;
    }

    private Response.Builder setOption(Operations.SetOption operation) throws Failure {
        Options.set(at(operation.getSocket()), operation.getOption());
        return done();
    }

    private Response.Builder getOption(Operations.GetOption operation) throws Failure {
        return Response.newBuilder()
                .setValue(Options.get(at(operation.getSocket()), operation.getName()));
    }

    private Response.Builder bind(Operations.Bind operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        taken(socket, socket.bind(operation.getEndpoint()), "bind", operation.getEndpoint());
        return Response.newBuilder().setEndpoint(socket.getLastEndpoint());
    }

    private Response.Builder connect(Operations.Connect operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        taken(socket, socket.connect(operation.getEndpoint()), "connect", operation.getEndpoint());
        library.connected();
        return Response.newBuilder().setEndpoint(socket.getLastEndpoint());
    }

    private Response.Builder unbind(Operations.Unbind operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        taken(socket, socket.unbind(operation.getEndpoint()), "unbind", operation.getEndpoint());
        return done();
    }

    private Response.Builder disconnect(Operations.Disconnect operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        taken(
                socket,
                socket.disconnect(operation.getEndpoint()),
                "disconnect",
                operation.getEndpoint());
        return done();
    }

    private static void taken(ZMQ.Socket socket, boolean taken, String what, String endpoint)
            throws Failure {
        if (!taken) {
            throw Failure.numbered(
                    socket.errno(), "%s %s: JeroMQ refuses it".formatted(what, endpoint));
        }
    }

    private Response.Builder send(Operations.Send operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        List<byte[]> frames = Payload.toNative(operation.getFramesList());
        limit(socket, ZMQ.Poller.POLLOUT, operation.getTimeoutMs())
                .repeat(() -> Transfer.sendNow(socket, frames));
        return done();
    }

    private Response.Builder receive(Operations.Receive operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        Limit limit = limit(socket, ZMQ.Poller.POLLIN, operation.getTimeoutMs());
        List<byte[]> frames = limit.get(() -> Transfer.receiveNow(socket));
        return Response.newBuilder()
                .setMessage(Payload.fromNative(frames, operation.getTypesList()));
    }

    private Response.Builder sendBurst(Operations.SendBurst operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        Limit limit = limit(socket, ZMQ.Poller.POLLOUT, operation.getTimeoutMs());
        return Response.newBuilder().setBurst(Burst.send(socket, operation, limit));
    }

    private Response.Builder receiveBurst(Operations.ReceiveBurst operation) throws Failure {
        ZMQ.Socket socket = at(operation.getSocket());
        Limit limit = limit(socket, ZMQ.Poller.POLLIN, operation.getTimeoutMs());
        return Response.newBuilder().setBurst(Burst.receive(socket, operation, limit));
    }

    private Response.Builder monitor(int handle) throws Failure {
        ZMQ.Socket socket = at(handle);
        if (monitors.containsKey(handle)) {
            throw Failure.invalid("socket %d has a monitor already".formatted(handle));
        }
        monitors.put(handle, Monitor.of(socket));
        return done();
    }

    private Response.Builder receiveEvent(Operations.ReceiveEvent operation) throws Failure {
        int handle = operation.getSocket();
        at(handle);
        Monitor monitor = monitors.get(handle);
        if (monitor == null) {
            String text = "socket %d has no monitor: ask for one before it connects";
            throw Failure.invalid(text.formatted(handle));
        }
        return Response.newBuilder().setEvent(monitor.take(operation.getTimeoutMs()));
    }

    /** Carries out one step after the other, until one fails. */
    private Response.Builder program(Program program) {
        ProgramResult.Builder results = ProgramResult.newBuilder();
        for (Request step : program.getStepsList()) {
            Response result =
                    step.hasProgram()
                            ? Failure.unsupported("a Program within a Program").response(0)
                            : answer(step);
            results.addResults(result);
            if (result.hasError()) {
                break;
            }
        }
        return Response.newBuilder().setProgram(results);
    }

    private Limit limit(ZMQ.Socket socket, int event, int timeoutMs) {
        return new Limit(poller, socket, event, timeoutMs);
    }

    private static Response.Builder done() {
        return Response.newBuilder();
    }

    /** The socket of a handle; for the operations that name one. */
    private ZMQ.Socket at(int handle) throws Failure {
        ZMQ.Socket socket = sockets.get(handle);
        if (socket == null) {
            throw Failure.invalid("no socket %d on this lane: open it first".formatted(handle));
        }
        return socket;
    }
}
