package interop.agent;

import com.google.protobuf.RuntimeVersion;

import interop.control.v1.HelloOuterClass;

import org.zeromq.SocketType;
import org.zeromq.ZMQ;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** What all lanes share: one context. And what the library says of itself. */
final class Library {
    static final String PEER = "java";

    /**
     * Nothing in JeroMQ tells which it has. Its ipc is no ipc: it makes a TCP port of the path's
     * hash, so that it reaches itself alone. Its pgm, epgm, norm, tipc and udp are names without
     * code.
     */
    static final List<String> TRANSPORTS = List.of("tcp", "inproc");

    private static final int SOCKETS_AT_MOST = 4096;
    private static final int LOST = 70; // EX_SOFTWARE of sysexits.h

    private final ZMQ.Context context = ZMQ.context(1);
    private final Nudge nudge = new Nudge(context);

    Library() {
        context.setMaxSockets(SOCKETS_AT_MOST);
        context.setUncaughtExceptionHandler(Library::lost);
    }

    /**
     * Without one of JeroMQ's own threads nothing works any more, and nothing says so: such an agent
     * ends, as one does whose library is in C.
     */
    private static void lost(Thread thread, Throwable thrown) {
        System.err.printf("%s agent: JeroMQ's %s has ended: ", PEER, thread.getName());
        thrown.printStackTrace();
        Runtime.getRuntime().halt(LOST);
    }

    /** Wakes the lanes that wait, with ETERM, and returns when all have closed their sockets. */
    void end() {
        context.term();
    }

    /** A socket of a type by libzmq's name. */
    ZMQ.Socket open(String type) throws Failure {
        SocketType known =
                types().filter(one -> one.name().equals(type))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        Failure.unsupported(
                                                "no socket type \"%s\" in this library"
                                                        .formatted(type)));
        return context.socket(known);
    }

    /** Waits for the sockets of one lane; it is closed with the context. */
    ZMQ.Poller poller() {
        return context.poller(1);
    }

    /** Called when a socket of this context has been connected. */
    void connected() {
        nudge.start();
    }

    private static Stream<SocketType> types() {
        return Arrays.stream(SocketType.values())
                .filter(type -> type.type() <= SocketType.STREAM.type());
    }

    List<String> socketTypes() {
        List<String> found = new ArrayList<>();
        types().forEach(
                        type -> {
                            context.socket(type).close();
                            found.add(type.name());
                        });
        return found;
    }

    /** The options that can be set, found by setting each once. */
    List<String> settable() {
        List<String> found = new ArrayList<>();
        for (Option option : Options.ALL) {
            try (ZMQ.Socket socket = context.socket(option.probe())) {
                Failure.forget();
                option.setter().set(socket, option.harmless());
                found.add(option.name());
            } catch (Failure | RuntimeException refused) {
                continue;
            }
        }
        return found;
    }

    static List<String> mechanisms() {
        return Arrays.stream(ZMQ.Socket.Mechanism.values()).map(Enum::name).toList();
    }

    static List<HelloOuterClass.Library> versions() {
        String protobuf =
                "%d.%d.%d"
                        .formatted(
                                RuntimeVersion.MAJOR, RuntimeVersion.MINOR, RuntimeVersion.PATCH);
        return List.of(
                version("jeromq", ofJar("org.zeromq", "jeromq")),
                version("protobuf-java", protobuf + RuntimeVersion.SUFFIX));
    }

    private static HelloOuterClass.Library version(String name, String version) {
        return HelloOuterClass.Library.newBuilder().setName(name).setVersion(version).build();
    }

    /**
     * JeroMQ reports the version of libzmq that it is like, and not its own: that is in its jar.
     */
    private static String ofJar(String group, String artifact) {
        Properties properties = new Properties();
        String path = "/META-INF/maven/%s/%s/pom.properties".formatted(group, artifact);
        try (InputStream file = Library.class.getResourceAsStream(path)) {
            properties.load(file);
        } catch (IOException error) {
            throw new IllegalStateException(path + " cannot be read; build the agent anew", error);
        }
        return properties.getProperty("version");
    }
}
