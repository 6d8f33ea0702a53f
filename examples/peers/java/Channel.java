package interop.agent;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;

import interop.control.v1.Control.Request;
import interop.control.v1.Control.Response;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** Messages, each behind its length, in both directions. */
final class Channel {
    private static final int LONGEST_MESSAGE = 128 << 20;
    private static final int READ_AHEAD = 64 << 10;

    /**
     * The real stdout, which agent.sh has moved there: Java can neither duplicate a descriptor nor
     * open one by number.
     */
    private static final String STDOUT = "/dev/fd/3";

    private final ReadableByteChannel in;
    private final WritableByteChannel out;
    private final ByteBuffer ahead = ByteBuffer.allocateDirect(READ_AHEAD).flip();

    private Channel(ReadableByteChannel in, WritableByteChannel out) {
        this.in = in;
        this.out = out;
    }

    static Channel open() throws IOException {
        String path = System.getenv("INTEROP_CONTROL");
        if (path == null || path.isEmpty()) {
            try {
                // Both stay open until the process ends.
                return new Channel(
                        new FileInputStream(FileDescriptor.in).getChannel(),
                        new FileOutputStream(STDOUT).getChannel());
            } catch (IOException error) {
                String text =
                        "%s; start the agent with agent.sh, and with a pipe or a file as its"
                                + " stdout";
                throw new IOException(text.formatted(error.getMessage()), error);
            }
        }
        try {
            // Not its streams: where one thread waits to read, another that writes would wait for
            // it.
            SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
            socket.connect(UnixDomainSocketAddress.of(path));
            return new Channel(socket, socket);
        } catch (IOException error) {
            String text = "INTEROP_CONTROL=%s: %s; unset it to speak on stdin and stdout";
            throw new IOException(text.formatted(path, error.getMessage()), error);
        }
    }

    /**
     * The next Request; null at the end of the channel, in the midst of a message too. IOException:
     * it is out of step.
     */
    Request read() throws IOException {
        byte[] length = take(Integer.BYTES);
        if (length == null) {
            return null;
        }
        int size = ByteBuffer.wrap(length).getInt();
        if (Integer.compareUnsigned(size, LONGEST_MESSAGE) > 0) {
            String text =
                    "a message of %s bytes, where %d is the limit: the channel is out of step";
            throw new IOException(text.formatted(Integer.toUnsignedString(size), LONGEST_MESSAGE));
        }
        byte[] message = take(size);
        if (message == null) {
            return null;
        }
        try {
            return Request.parseFrom(message);
        } catch (InvalidProtocolBufferException error) {
            throw new IOException(
                    "%d bytes that are no Request: %s".formatted(size, error.getMessage()), error);
        }
    }

    /** So many bytes; null where the channel ends before. */
    private byte[] take(int size) {
        byte[] bytes = new byte[size];
        int have = 0;
        while (have < size) {
            if (!ahead.hasRemaining() && !fill()) {
                return null;
            }
            int part = Math.min(size - have, ahead.remaining());
            ahead.get(bytes, have, part);
            have += part;
        }
        return bytes;
    }

    private boolean fill() {
        ahead.clear();
        try {
            return in.read(ahead) > 0;
        } catch (IOException error) { // a channel that breaks has ended like any other
            return false;
        } finally {
            ahead.flip();
        }
    }

    /** Writes whole messages, whichever lane they are from. */
    void write(Response response) {
        int size = response.getSerializedSize();
        if (size > LONGEST_MESSAGE) {
            String text = "an answer of %d bytes is too long for the channel".formatted(size);
            write(Failure.named("EMSGSIZE", text).response(response.getId()));
            return;
        }
        ByteBuffer message = ByteBuffer.allocate(Integer.BYTES + size).putInt(size);
        try {
            CodedOutputStream body = CodedOutputStream.newInstance(message);
            response.writeTo(body);
            body.flush();
            message.rewind();
            synchronized (out) {
                while (message.hasRemaining()) {
                    out.write(message);
                }
            }
        } catch (IOException error) { // no reason to exit: the end of the reading side says when
            System.err.printf(
                    "%s agent: Response %d is lost: %s%n",
                    Library.PEER, response.getId(), error.getMessage());
        }
    }
}
