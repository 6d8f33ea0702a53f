package interop.agent;

import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has JeroMQ look at its connections again, ten times a second. When a connection over tcp is made,
 * JeroMQ now and then forgets to wait for what comes on it, and remembers as soon as anything else
 * changes in the same I/O thread. In an application with a single connection that is never
 * (docs/findings/jeromq.md, "A new connection may be forgotten"), and Connect would be no more than
 * a guess. So an endpoint of its own is bound and unbound.
 */
final class Nudge {
    private static final int PAUSE_MS = 100;

    private final ZMQ.Context context;
    private final AtomicBoolean started = new AtomicBoolean();

    Nudge(ZMQ.Context context) {
        this.context = context;
    }

    /** Called by whoever connects, as often as they like. It ends with the context. */
    void start() {
        if (started.compareAndSet(false, true)) {
            Thread thread = new Thread(this::nudge);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void nudge() {
        ZMQ.Socket socket = context.socket(SocketType.PULL);
        try {
            while (true) {
                Thread.sleep(PAUSE_MS);
                Failure.forget();
                socket.bind("tcp://127.0.0.1:*");
                socket.unbind(socket.getLastEndpoint());
            }
        } catch (ZMQException terminated) {
            socket.close();
        } catch (InterruptedException nobodyDoes) {
            Thread.currentThread().interrupt();
        }
    }
}
