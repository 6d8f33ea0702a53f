package interop.agent;

import interop.control.v1.HelloOuterClass;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What this agent can do, asked of its libraries; and what the build left beside its classes. */
final class Hello {
    private static final int CONTRACT = 2;

    private Hello() {}

    static HelloOuterClass.Hello of(Library library) {
        return HelloOuterClass.Hello.newBuilder()
                .setContract(CONTRACT)
                .setPeer(Library.PEER)
                .setLanguage("Java " + Runtime.version())
                .addAllLibraries(Library.versions())
                .setProtoDigest(built("proto-digest"))
                .setLanes(Agent.LANES_AT_MOST)
                .addAllSocketTypes(library.socketTypes())
                .addAllTransports(Library.TRANSPORTS)
                .addAllMechanisms(Library.mechanisms())
                .addAllOptions(library.settable())
                .addAllMessageTypes(Payload.messageTypes())
                .addAllAbilities(List.of("control_socket", "inproc_lanes"))
                .addAllOperations(Lane.OPERATIONS)
                .addAllRefused(built("refused").lines().map(Hello::refusal).toList())
                .build();
    }

    /** A proto that the build left out: its name, and behind a tab what was said of it. */
    private static HelloOuterClass.Refusal refusal(String line) {
        String[] parts = line.split("\t", 2);
        return HelloOuterClass.Refusal.newBuilder().setFile(parts[0]).setReason(parts[1]).build();
    }

    /** The text of a file that build.sh put beside the classes. */
    static String built(String name) {
        try (InputStream file = Hello.class.getResourceAsStream(name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException error) {
            throw new IllegalStateException(
                    name + ": the agent's jar cannot be read; build it anew", error);
        }
    }
}
