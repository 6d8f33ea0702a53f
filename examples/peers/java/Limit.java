package interop.agent;

import org.zeromq.ZMQ;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The time limit of one operation on one socket. */
final class Limit {
    /** A call that does not wait. */
    interface Attempt {
        /** Whether it was carried out; false says EAGAIN. */
        boolean succeeds() throws Failure;
    }

    /** A call that does not wait, for a value. */
    interface Take<T> {
        /** The value; null says EAGAIN. */
        T take() throws Failure;
    }

    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ZMQ.Poller poller;
    private final ZMQ.Socket socket;
    private final int event;
    private final long timeoutNs; // 0: at once
    private final long start = System.nanoTime();
    private boolean saidReady;

    /**
     * event: POLLIN or POLLOUT, for which the socket waits; timeoutMs: as in a Request, without a
     * sign.
     */
    Limit(ZMQ.Poller poller, ZMQ.Socket socket, int event, int timeoutMs) {
        this.poller = poller;
        this.socket = socket;
        this.event = event;
        this.timeoutNs = TimeUnit.MILLISECONDS.toNanos(Integer.toUnsignedLong(timeoutMs));
    }

    /** Repeats an attempt until it succeeds; a Failure of EAGAIN when the time has passed. */
    void repeat(Attempt attempt) throws Failure {
        while (!attempt.succeeds()) {
            if (!sleep()) {
                throw passedFailure();
            }
        }
    }

    /** Repeats a call until there is a value; a Failure of EAGAIN when the time has passed. */
    <T> T get(Take<T> call) throws Failure {
        T value = call.take();
        while (value == null) {
            if (!sleep()) {
                throw passedFailure();
            }
            value = call.take();
        }
        return value;
    }

    /**
     * Whether the time has passed, for what goes on without EAGAIN. A limit of 0 never does: the
     * socket ends it.
     */
    boolean passed() {
        return timeoutNs > 0 && remaining() <= 0;
    }

    /** After EAGAIN: sleeps until it is worth another try. False when no time is left. */
    boolean sleep() {
        long remaining = remaining();
        if (remaining <= 0) {
            return false;
        }
        if (saidReady) {
            // A ROUTER or XPUB is ready for some peer while the one that is meant is full: to poll
            // would return at
            // once, again and again.
            LockSupport.parkNanos(Math.min(remaining, PAUSE_NS));
            saidReady = false;
            return true;
        }
        poller.register(socket, event);
        try {
            // Rounded up, else the last millisecond would be spent spinning.
            saidReady = poller.poll(TimeUnit.NANOSECONDS.toMillis(remaining) + 1) > 0;
        } finally {
            poller.unregister(socket);
        }
        return true;
    }

    /** Since the limit began. */
    long elapsedNs() {
        return System.nanoTime() - start;
    }

    private long remaining() {
        return timeoutNs - elapsedNs();
    }

    private Failure passedFailure() {
        return Failure.named(
                "EAGAIN",
                "not possible within %d ms".formatted(TimeUnit.NANOSECONDS.toMillis(timeoutNs)));
    }
}
