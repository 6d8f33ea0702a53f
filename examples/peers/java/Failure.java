package interop.agent;

import interop.control.v1.Control.ErrorCode;
import interop.control.v1.Control.Response;

import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

import zmq.util.Errno;

/** Why an operation was not carried out, in the contract's words. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final String errno; // its symbol; "" for what is found by the agent itself

    private Failure(ErrorCode code, String errno, String text) {
        super(text);
        this.code = code;
        this.errno = errno;
    }

    static Failure unsupported(String text) {
        return new Failure(ErrorCode.ERROR_CODE_UNSUPPORTED, "", text);
    }

    static Failure invalid(String text) {
        return new Failure(ErrorCode.ERROR_CODE_INVALID, "", text);
    }

    static Failure undecodable(String text) {
        return new Failure(ErrorCode.ERROR_CODE_PAYLOAD, "", text);
    }

    /** What the socket library says: EAGAIN is a time limit, every other symbol a refusal. */
    static Failure named(String errno, String text) {
        boolean again = errno.equals("EAGAIN");
        return new Failure(
                again ? ErrorCode.ERROR_CODE_AGAIN : ErrorCode.ERROR_CODE_NATIVE, errno, text);
    }

    /**
     * Called before the library is: its errno belongs to the thread, not to the call, and what
     * works does not clear it. Else a refusal of long before makes a setter say false that has set
     * its option.
     */
    static void forget() {
        new Errno().set(0);
    }

    /** By the library's own number, as its calls leave it behind or its exceptions have it. */
    static Failure numbered(int errno, String text) {
        return named(symbol(errno), text);
    }

    /** Whatever was thrown while an operation was carried out: none of it may end the agent. */
    static Failure of(Throwable thrown) {
        if (thrown instanceof Failure) {
            return (Failure) thrown;
        } else if (thrown instanceof ZMQException) {
            return numbered(((ZMQException) thrown).getErrorCode(), thrown.toString());
        } else if (thrown instanceof OutOfMemoryError) {
            return named("ENOMEM", thrown.toString());
        } else if (thrown instanceof IllegalArgumentException) {
            return named("EINVAL", thrown.toString()); // how JeroMQ refuses a value, here and there
        }
        thrown.printStackTrace(); // a defect, of the library or the agent: its author wants to
        // see where
        return named("EIO", thrown.toString());
    }

    private static String symbol(int errno) {
        for (ZMQ.Error error : ZMQ.Error.values()) {
            if (error.getCode() == errno) {
                return error == ZMQ.Error.EACCESS ? "EACCES" : error.name();
            }
        }
        return "E" + errno;
    }

    Response response(long id) {
        Response.Builder response = Response.newBuilder().setId(id);
        response.getErrorBuilder()
                .setCode(code)
                .setErrnoName(errno)
                .setText(String.valueOf(getMessage()));
        return response.build();
    }
}
