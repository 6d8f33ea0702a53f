package interop.agent;

import com.google.protobuf.ByteString;

import interop.control.v1.Operations.BurstResult;
import interop.control.v1.Operations.ReceiveBurst;
import interop.control.v1.Operations.SendBurst;

import org.zeromq.ZMQ;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The loops of SendBurst and ReceiveBurst. */
final class Burst {
    private static final int BETWEEN_LOOKS = 16; // messages between two looks at the clock
    private static final long NO_NUMBER = -1; // 2^64 - 1 without a sign

    /** One message; false says EAGAIN. */
    private interface Step {
        boolean succeeds() throws Failure;
    }

    private Burst() {}

    static BurstResult send(ZMQ.Socket socket, SendBurst burst, Limit limit) throws Failure {
        int size = burst.getSize(); // without a sign: of 2^31 and more it is negative
        if (size >= 0 && size < Long.BYTES) {
            String text = "size %d: a message's number alone takes %d bytes";
            throw Failure.invalid(text.formatted(size, Long.BYTES));
        } else if (size < 0) {
            String text = "size %s: an array of Java has at most 2^31 - 1 bytes";
            throw Failure.named("ENOMEM", text.formatted(Integer.toUnsignedString(size)));
        }
        List<byte[]> head = burst.getHeadList().stream().map(ByteString::toByteArray).toList();
        long each = size + head.stream().mapToLong(frame -> frame.length).sum();
        BurstResult.Builder result = BurstResult.newBuilder();
        return loop(
                burst.getCount(),
                limit,
                result,
                () -> {
                    // Anew each time, since the library keeps what it was given.
                    byte[] body = new byte[size];
                    ByteBuffer.wrap(body).putLong(burst.getFirst() + result.getCount());
                    List<byte[]> frames = new ArrayList<>(head);
                    frames.add(body);
                    if (!Transfer.sendNow(socket, frames)) {
                        return false;
                    }
                    result.setBytes(result.getBytes() + each);
                    return true;
                });
    }

    static BurstResult receive(ZMQ.Socket socket, ReceiveBurst burst, Limit limit) throws Failure {
        BurstResult.Builder result = BurstResult.newBuilder();
        return loop(
                burst.getCount(),
                limit,
                result,
                () -> {
                    List<byte[]> frames = Transfer.receiveNow(socket);
                    if (frames == null) {
                        return false;
                    }
                    byte[] last = frames.get(frames.size() - 1);
                    if (burst.getNumbers()) {
                        result.addNumbers(
                                last.length < Long.BYTES
                                        ? NO_NUMBER
                                        : ByteBuffer.wrap(last).getLong());
                    }
                    long size = frames.stream().mapToLong(frame -> frame.length).sum();
                    result.setBytes(result.getBytes() + size);
                    return true;
                });
    }

    /**
     * Repeats a step until there are `count` messages, or the time limit of the whole has passed.
     */
    private static BurstResult loop(long count, Limit limit, BurstResult.Builder result, Step step)
            throws Failure {
        while (Long.compareUnsigned(result.getCount(), count) < 0) {
            if (result.getCount() % BETWEEN_LOOKS == 0 && limit.passed()) {
                break;
            }
            if (step.succeeds()) {
                result.setCount(result.getCount() + 1);
            } else if (!limit.sleep()) {
                break;
            }
        }
        return result.setElapsedNs(limit.elapsedNs()).build();
    }
}
