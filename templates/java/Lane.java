package interop.agent;

import interop.control.v1.Control.Program;
import interop.control.v1.Control.ProgramResult;
import interop.control.v1.Control.Request;
import interop.control.v1.Control.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zeromq.ZMQ;

/** The sockets of one thread, and the operations on them. */
final class Lane {
    /** What carryOut carries out, by the field name in Request: Hello says them, peer.toml claims them. */
    static final List<String> OPERATIONS = List.of("close_all", "program");

    private final Library library;
    private final Map<Integer, ZMQ.Socket> sockets = new HashMap<>();

    Lane(Library library) {
        this.library = library;
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

    /** All operations; each comment tells what one is made of. For those on an open socket, `at` finds the socket. */
    private Response.Builder carryOut(Request request) throws Failure {
        return switch (request.getOperationCase()) {
            case OPEN -> throw notYet("open"); // library.open, setLinger(0), then Options.set for each in order
            case CLOSE -> throw notYet("close"); // close
            case CLOSE_ALL -> Response.newBuilder().setClosed(closeSockets());
            case SET_OPTION -> throw notYet("set_option"); // Options.set
            case GET_OPTION -> throw notYet("get_option"); // Options.get
            case BIND -> throw notYet("bind"); // bind, then getLastEndpoint
            case CONNECT -> throw notYet("connect"); // connect, then getLastEndpoint
            case UNBIND -> throw notYet("unbind"); // unbind
            case DISCONNECT -> throw notYet("disconnect"); // disconnect
            case SEND -> throw notYet("send"); // Payload.toNative, then send with SNDMORE, within timeout_ms
            case RECEIVE -> throw notYet("receive"); // recv while hasReceiveMore, within timeout_ms, then Payload.fromNative
            case SEND_BURST -> throw notYet("send_burst"); // send in a loop, counted
            case RECEIVE_BURST -> throw notYet("receive_burst"); // receive in a loop, counted
            case MONITOR -> throw notYet("monitor"); // monitor, all events
            case RECEIVE_EVENT -> throw notYet("receive_event"); // the oldest of them
            case PROGRAM -> program(request.getProgram());
            case OPERATION_NOT_SET -> throw Failure.unsupported("no operation that this agent knows");
        };
    }

    private Response.Builder program(Program program) {
        ProgramResult.Builder results = ProgramResult.newBuilder();
        for (Request step : program.getStepsList()) {
            Response result = step.hasProgram()
                    ? Failure.unsupported("a Program within a Program").response(0)
                    : answer(step);
            results.addResults(result);
            if (result.hasError()) {
                break;
            }
        }
        return Response.newBuilder().setProgram(results);
    }

    private static Failure notYet(String operation) {
        return Failure.unsupported("this agent does not carry out %s yet".formatted(operation));
    }

    /** The socket of a handle; for the operations that name one. */
    private ZMQ.Socket at(int handle) throws Failure {
        ZMQ.Socket socket = sockets.get(handle);
        if (socket == null) {
            throw Failure.invalid("no socket %d on this lane: open it first".formatted(handle));
        }
        return socket;
    }

    int closeSockets() {
        int closed = sockets.size();
        for (ZMQ.Socket socket : sockets.values()) {
            socket.setLinger(0);
            socket.close();
        }
        sockets.clear();
        return closed;
    }
}
