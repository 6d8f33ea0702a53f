package interop.agent;

import com.google.protobuf.ByteString;

import interop.control.v1.Operations.OptionValue;

import org.zeromq.SocketType;
import org.zeromq.ZMQ;

import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * One row of the table in Options. probe: a socket type that it belongs to; harmless: a value that
 * every library takes which has the option.
 */
record Option(String name, SocketType probe, OptionValue harmless, Setter setter, Getter getter) {
    interface Setter {
        void set(ZMQ.Socket socket, OptionValue value) throws Failure;
    }

    interface Getter {
        OptionValue get(ZMQ.Socket socket) throws Failure;
    }

    // JeroMQ's own: false where it does not take the value.

    interface SetsInt {
        boolean set(ZMQ.Socket socket, int value);
    }

    interface SetsLong {
        boolean set(ZMQ.Socket socket, long value);
    }

    interface SetsTruth {
        boolean set(ZMQ.Socket socket, boolean value);
    }

    interface SetsBytes {
        boolean set(ZMQ.Socket socket, byte[] value);
    }

    private static final int DATA_LENGTH = 32; // right for all, the CURVE keys included

    static Option number(
            String name, SocketType probe, SetsInt set, ToLongFunction<ZMQ.Socket> get) {
        return scalar(
                name,
                probe,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                (socket, value) -> set.set(socket, (int) value),
                get);
    }

    static Option wide(
            String name, SocketType probe, SetsLong set, ToLongFunction<ZMQ.Socket> get) {
        return scalar(name, probe, Long.MIN_VALUE, Long.MAX_VALUE, set, get);
    }

    static Option truth(String name, SocketType probe, SetsTruth set, Predicate<ZMQ.Socket> get) {
        ToLongFunction<ZMQ.Socket> read = get == null ? null : socket -> get.test(socket) ? 1 : 0;
        return scalar(name, probe, 0, 1, (socket, value) -> set.set(socket, value == 1), read);
    }

    /** Refuses what Java's type would silently change; EINVAL is how libzmq refuses. */
    private static Option scalar(
            String name,
            SocketType probe,
            long least,
            long most,
            SetsLong set,
            ToLongFunction<ZMQ.Socket> get) {
        Setter setter =
                (socket, value) -> {
                    if (value.getKindCase() != OptionValue.KindCase.NUMBER) {
                        throw Failure.invalid("set %s: it takes a number".formatted(name));
                    }
                    long number = value.getNumber();
                    if (number < least || number > most) {
                        String text =
                                "set %s: %d is not in %d to %d"
                                        .formatted(name, number, least, most);
                        throw Failure.named("EINVAL", text);
                    }
                    taken(name, socket, set.set(socket, number));
                };
        Getter getter =
                get == null ? unreadable(name) : socket -> numberValue(get.applyAsLong(socket));
        return new Option(name, probe, numberValue(1), setter, getter);
    }

    static Option data(
            String name, SocketType probe, SetsBytes set, Function<ZMQ.Socket, byte[]> get) {
        Setter setter =
                (socket, value) -> {
                    if (value.getKindCase() != OptionValue.KindCase.DATA) {
                        throw Failure.invalid("set %s: it takes data".formatted(name));
                    }
                    if (set == null) {
                        throw Failure.named(
                                "EINVAL", "set %s: it can only be read".formatted(name));
                    }
                    taken(name, socket, set.set(socket, value.getData().toByteArray()));
                };
        Getter getter = get == null ? unreadable(name) : socket -> dataValue(get.apply(socket));
        return new Option(
                name, probe, dataValue("x".repeat(DATA_LENGTH).getBytes()), setter, getter);
    }

    private static void taken(String name, ZMQ.Socket socket, boolean taken) throws Failure {
        if (!taken) {
            String text = "set %s: JeroMQ does not take it".formatted(name);
            throw socket.errno() > 0
                    ? Failure.numbered(socket.errno(), text)
                    : Failure.named("EINVAL", text);
        }
    }

    private static Getter unreadable(String name) {
        return socket -> {
            throw Failure.named("EINVAL", "get %s: JeroMQ does not tell it".formatted(name));
        };
    }

    private static OptionValue numberValue(long number) {
        return OptionValue.newBuilder().setNumber(number).build();
    }

    private static OptionValue dataValue(byte[] data) {
        return OptionValue.newBuilder()
                .setData(data == null ? ByteString.EMPTY : ByteString.copyFrom(data))
                .build();
    }
}
