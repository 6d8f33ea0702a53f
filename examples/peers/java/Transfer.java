package interop.agent;

import org.zeromq.ZMQ;

import java.util.ArrayList;
import java.util.List;

/** One message, to or from a socket, without waiting. */
final class Transfer {
    private Transfer() {}

    /**
     * Whether the socket took the message. It may refuse after some frames, when the peer leaves in
     * their midst: those are dropped with the pipe, and the next try starts from the first again.
     * The library keeps the arrays.
     */
    static boolean sendNow(ZMQ.Socket socket, List<byte[]> frames) {
        int last = frames.size() - 1;
        for (int i = 0; i <= last; i++) {
            if (!socket.send(frames.get(i), i < last ? ZMQ.DONTWAIT | ZMQ.SNDMORE : ZMQ.DONTWAIT)) {
                return false;
            }
        }
        return true;
    }

    /** The frames of one message; null where none is waiting. */
    static List<byte[]> receiveNow(ZMQ.Socket socket) {
        List<byte[]> frames = new ArrayList<>();
        do {
            byte[] frame = socket.recv(ZMQ.DONTWAIT);
            if (frame == null) {
                return null;
            }
            frames.add(frame);
        } while (socket.hasReceiveMore());
        return frames;
    }
}
