package interop.agent;

import interop.control.v1.Control.Request;
import interop.control.v1.Control.Response;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The agent: single socket operations on command, over the control channel of
 * docs/peer-contract.md.
 */
final class Agent {
    static final int LANES_AT_MOST = 32;
    private static final int GRACE_AT_END_MS = 500;

    private Agent() {}

    public static void main(String[] arguments) {
        try {
            Channel channel = Channel.open();
            Library library = new Library();
            channel.write(Response.newBuilder().setHello(Hello.of(library)).build());
            Map<Integer, LaneThread> lanes = serve(channel, library);
            endWithin(GRACE_AT_END_MS);
            lanes.values().forEach(LaneThread::end);
            library.end(); // wakes the lanes that wait, and returns when all sockets are closed
            exit(0);
        } catch (IOException beyondRepair) {
            System.err.println(Library.PEER + " agent: " + beyondRepair.getMessage());
            exit(1);
        }
    }

    /**
     * Hands each Request to the thread of its lane until the channel ends; IOException: it is
     * beyond repair.
     */
    private static Map<Integer, LaneThread> serve(Channel channel, Library library)
            throws IOException {
        Map<Integer, LaneThread> lanes = new TreeMap<>();
        for (Request request = channel.read(); request != null; request = channel.read()) {
            // The number is unsigned: one of 2^31 and more is negative here.
            if (Integer.compareUnsigned(request.getLane(), LANES_AT_MOST) >= 0) {
                String text =
                        "lane %d: the last is %d".formatted(request.getLane(), LANES_AT_MOST - 1);
                channel.write(Failure.invalid(text).response(request.getId()));
                continue;
            }
            lanes.computeIfAbsent(request.getLane(), number -> LaneThread.started(channel, library))
                    .post(request);
        }
        return lanes;
    }

    private static void endWithin(long milliseconds) {
        Thread guard =
                new Thread(
                        () -> {
                            try {
                                Thread.sleep(milliseconds);
                            } catch (InterruptedException nobodyDoes) {
                                Thread.currentThread().interrupt();
                            }
                            exit(0);
                        });
        guard.setDaemon(true);
        guard.start();
    }

    /**
     * Ends the process whatever its threads do; exit() would wait for a lock that one of them may
     * hold.
     */
    private static void exit(int code) {
        Runtime.getRuntime().halt(code);
    }

    /**
     * The thread of one lane, with the Requests that wait for it: without limit, so that no lane
     * holds up the channel.
     */
    private static final class LaneThread extends Thread {
        private final LinkedBlockingQueue<List<Request>> waiting = new LinkedBlockingQueue<>();
        private final Channel channel;
        private final Library library;

        private LaneThread(Channel channel, Library library) {
            this.channel = channel;
            this.library = library;
        }

        static LaneThread started(Channel channel, Library library) {
            LaneThread thread = new LaneThread(channel, library);
            thread.setDaemon(true);
            thread.start();
            return thread;
        }

        void post(Request request) {
            waiting.add(List.of(request));
        }

        void end() {
            waiting.add(List.of());
        }

        @Override
        public void run() {
            Lane lane = new Lane(library);
            try {
                for (List<Request> next = waiting.take(); !next.isEmpty(); next = waiting.take()) {
                    Request request = next.get(0);
                    channel.write(lane.answer(request));
                }
            } catch (InterruptedException nobodyDoes) {
                Thread.currentThread().interrupt();
            }
            lane.closeSockets();
        }
    }
}
