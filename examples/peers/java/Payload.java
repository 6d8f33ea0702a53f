package interop.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;

import interop.control.v1.Operations;
import interop.control.v1.Operations.Frame;
import interop.control.v1.Operations.Typed;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Typed frames: protobuf-java decodes them into messages of the generated classes, and encodes
 * those again.
 */
final class Payload {
    private static final ExtensionRegistry EXTENSIONS = ExtensionRegistry.newInstance();

    /**
     * By full name: a message without content of each type that was generated, but for those of the
     * control channel.
     */
    private static final Map<String, Message> TYPES = generated();

    private Payload() {}

    static Set<String> messageTypes() {
        return TYPES.keySet();
    }

    /** The frames that go on the wire; when one of them cannot be made, none is sent. */
    static List<byte[]> toNative(List<Frame> frames) throws Failure {
        if (frames.isEmpty()) {
            throw Failure.invalid("a message without frames: give it one at least");
        }
        List<byte[]> made = new ArrayList<>(frames.size());
        for (Frame frame : frames) {
            made.add(
                    switch (frame.getBodyCase()) {
                        case RAW -> frame.getRaw().toByteArray();
                        case TYPED ->
                                recode(frame.getTyped().getType(), frame.getTyped().getValue())
                                        .toByteArray();
                        case BODY_NOT_SET ->
                                throw Failure.invalid(
                                        "frame %d has no body: make it raw or typed"
                                                .formatted(made.size()));
                    });
        }
        return made;
    }

    /** The answer of Receive: frame i is typed where types[i] is not empty. */
    static Operations.Message fromNative(List<byte[]> frames, List<String> types) throws Failure {
        Operations.Message.Builder message = Operations.Message.newBuilder();
        for (int i = 0; i < frames.size(); i++) {
            String type = i < types.size() ? types.get(i) : "";
            ByteString bytes = ByteString.copyFrom(frames.get(i));
            if (type.isEmpty()) {
                message.addFramesBuilder().setRaw(bytes);
            } else {
                message.addFramesBuilder()
                        .setTyped(Typed.newBuilder().setType(type).setValue(recode(type, bytes)));
            }
        }
        return message.build();
    }

    /**
     * Decodes bytes into a message of the generated class and encodes that, which is the whole
     * point of a typed frame.
     */
    private static ByteString recode(String name, ByteString bytes) throws Failure {
        Message type = TYPES.get(name);
        if (type == null) {
            String text =
                    "no message type \"%s\": it is in none of the protos that this agent was built"
                            + " from";
            throw Failure.unsupported(text.formatted(name));
        }
        try {
            return type.getParserForType().parseFrom(bytes, EXTENSIONS).toByteString();
        } catch (InvalidProtocolBufferException error) {
            throw Failure.undecodable(
                    "%d bytes are no %s: %s".formatted(bytes.size(), name, error.getMessage()));
        }
    }

    /**
     * What the compiler of protos calls a class follows from options, names of files and clashes
     * between them. So the classes are asked: those of messages, and those that register the
     * extensions of a file.
     */
    private static Map<String, Message> generated() {
        Map<String, Message> types = new TreeMap<>();
        for (String name : Hello.built("classes").lines().toList()) {
            try {
                Class<?> found = Class.forName(name, false, Payload.class.getClassLoader());
                if (Message.class.isAssignableFrom(found)
                        && !Modifier.isAbstract(found.getModifiers())) {
                    Message empty = (Message) call(found, "getDefaultInstance").invoke(null);
                    types.put(empty.getDescriptorForType().getFullName(), empty);
                } else if (name.indexOf('$') < 0
                        && call(found, "registerAllExtensions", ExtensionRegistry.class) != null) {
                    call(found, "registerAllExtensions", ExtensionRegistry.class)
                            .invoke(null, EXTENSIONS);
                }
            } catch (ReflectiveOperationException error) {
                throw new IllegalStateException(
                        name + ": this class is not as protoc generates them", error);
            }
        }
        types.keySet().removeIf(name -> name.startsWith("interop.control."));
        return types;
    }

    /** null where the class has no such method. */
    private static Method call(Class<?> owner, String name, Class<?>... arguments) {
        try {
            return owner.getMethod(name, arguments);
        } catch (NoSuchMethodException error) {
            return null;
        }
    }
}
