package interop.agent;

import com.google.protobuf.ByteString;

import interop.control.v1.Control.Request;
import interop.control.v1.Control.Response;
import interop.control.v1.Operations.Frame;
import interop.control.v1.Operations.Option;
import interop.control.v1.Operations.OptionValue;

import org.zeromq.ZMQ;

import java.io.IOException;
import java.util.List;

/**
 * The first moments of an agent, which the build plays once for the archive of classes: an agent
 * that starts from it loads and verifies no class anew that was needed here. What fails here, fails
 * again in a cell, which says so.
 */
final class Rehearsal {
    private static final int TIMEOUT_MS = 5_000;

    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException {
        Channel channel = Channel.open();
        Library library = new Library();
        channel.write(Response.newBuilder().setHello(Hello.of(library)).build());
        Lane lane = new Lane(library);
        exchange(lane, "inproc://rehearsal", List.of(), List.of());
        exchange(lane, "tcp://127.0.0.1:*", List.of(), List.of());
        ZMQ.Curve.KeyPair keys = ZMQ.Curve.generateKeyPair();
        Option secret = data("CURVE_SECRETKEY", keys.secretKey);
        List<Option> server = List.of(number("CURVE_SERVER", 1), secret);
        List<Option> client =
                List.of(
                        data("CURVE_SERVERKEY", keys.publicKey),
                        data("CURVE_PUBLICKEY", keys.publicKey),
                        secret);
        exchange(lane, "tcp://127.0.0.1:*", server, client);
        Runtime.getRuntime().halt(0);
    }

    /** One message from a DEALER to a ROUTER, both on this lane. */
    private static void exchange(
            Lane lane, String endpoint, List<Option> router, List<Option> dealer) {
        Request.Builder request = Request.newBuilder();
        request.getOpenBuilder().setSocket(1).setType("ROUTER").addAllOptions(router);
        lane.answer(request.build());
        request.getOpenBuilder().clear().setSocket(2).setType("DEALER").addAllOptions(dealer);
        lane.answer(request.build());
        request.getMonitorBuilder().setSocket(2);
        lane.answer(request.build());
        request.getBindBuilder().setSocket(1).setEndpoint(endpoint);
        String bound = lane.answer(request.build()).getEndpoint();
        request.getConnectBuilder().setSocket(2).setEndpoint(bound);
        lane.answer(request.build());
        Frame frame = Frame.newBuilder().setRaw(ByteString.copyFromUtf8("rehearsal")).build();
        request.getSendBuilder().setSocket(2).setTimeoutMs(TIMEOUT_MS).addFrames(frame);
        lane.answer(request.build());
        request.getReceiveBuilder().setSocket(1).setTimeoutMs(TIMEOUT_MS);
        lane.answer(request.build());
        lane.closeSockets();
    }

    private static Option number(String name, long value) {
        OptionValue given = OptionValue.newBuilder().setNumber(value).build();
        return Option.newBuilder().setName(name).setValue(given).build();
    }

    private static Option data(String name, String z85) {
        ByteString key = ByteString.copyFrom(ZMQ.Curve.z85Decode(z85));
        OptionValue given = OptionValue.newBuilder().setData(key).build();
        return Option.newBuilder().setName(name).setValue(given).build();
    }
}
