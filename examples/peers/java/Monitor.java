package interop.agent;

import interop.control.v1.Operations.Event;

import org.zeromq.ZEvent;
import org.zeromq.ZMQ;
import org.zeromq.ZMonitor;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What JeroMQ notes of one socket's connections. Its threads call a hook for each event, so that no
 * socket is needed to take them, and none is in the way of closing.
 */
final class Monitor {
    private final LinkedBlockingQueue<Event> waiting = new LinkedBlockingQueue<>();

    private Monitor() {}

    /** Notes the events of a socket from now on, until it is closed. */
    static Monitor of(ZMQ.Socket socket) throws Failure {
        Monitor monitor = new Monitor();
        ZEvent.ZEventConsummer hook =
                new ZEvent.ZEventConsummer() {
                    @Override
                    public void consume(zmq.ZMQ.Event event) {
                        monitor.note(event);
                    }

                    @Override
                    public void consume(ZEvent event) {
                        throw new AssertionError(
                                "the other method takes all events, with libzmq's numbers");
                    }
                };
        if (!socket.setEventHook(hook, ZMQ.EVENT_ALL)) {
            throw Failure.numbered(socket.errno(), "JeroMQ does not report events of this socket");
        }
        return monitor;
    }

    private void note(zmq.ZMQ.Event event) {
        ZMonitor.Event kind = ZMonitor.Event.findByCode(event.event);
        // JeroMQ's own, which libzmq does not have: the version of ZMTP that both sides agreed on.
        if (kind == ZMonitor.Event.HANDSHAKE_PROTOCOL) {
            return;
        }
        // 0 where libzmq has a descriptor: JeroMQ has a channel, and Java does not tell the
        // channel's descriptor.
        long value = event.arg instanceof Integer number ? Integer.toUnsignedLong(number) : 0;
        Event.Builder noted = Event.newBuilder().setName(kind.name()).setValue(value);
        waiting.add(noted.setEndpoint(String.valueOf(event.addr)).build());
    }

    /** The oldest event; a Failure of EAGAIN when there is none within the time. */
    Event take(int timeoutMs) throws Failure {
        try {
            Event event = waiting.poll(Integer.toUnsignedLong(timeoutMs), TimeUnit.MILLISECONDS);
            if (event == null) {
                String text = "no event within %s ms";
                throw Failure.named("EAGAIN", text.formatted(Integer.toUnsignedString(timeoutMs)));
            }
            return event;
        } catch (InterruptedException nobodyDoes) {
            Thread.currentThread().interrupt();
            throw Failure.named("EINTR", "interrupted");
        }
    }
}
