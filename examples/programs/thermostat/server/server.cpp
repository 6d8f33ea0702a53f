// The server answers each SetTarget on a REP socket and publishes the state of the room on a PUB socket.
#include <cstdlib>
#include <iostream>
#include <string>
#include <zmq.h>

#include "thermostat.pb.h"

namespace {

constexpr double kFrost = 5; // °C, up to which nothing is heated

void *Bound(void *context, int type, const char *endpoint) {
    void *socket = zmq_socket(context, type);
    if (zmq_bind(socket, endpoint) != 0) {
        std::cerr << endpoint << ": " << zmq_strerror(zmq_errno()) << '\n';
        std::exit(EXIT_FAILURE);
    }
    return socket;
}

void Send(void *socket, const std::string &frame, int flags = 0) {
    zmq_send(socket, frame.data(), frame.size(), flags);
}

std::string Receive(void *socket) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    zmq_msg_recv(&message, socket, 0);
    std::string data(static_cast<char *>(zmq_msg_data(&message)), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return data;
}

} // namespace

int main(int count, char **arguments) {
    if (count != 3) {
        std::cerr << "usage: server REQUESTS STATES\n";
        return EXIT_FAILURE;
    }
    void *context = zmq_ctx_new();
    void *requests = Bound(context, ZMQ_REP, arguments[1]);
    void *states = Bound(context, ZMQ_PUB, arguments[2]);
    for (;;) {
        thermostat::SetTarget request;
        if (!request.ParseFromString(Receive(requests))) {
            std::cerr << "a request that is no SetTarget\n";
            return EXIT_FAILURE;
        }
        auto mode = request.celsius() > kFrost ? thermostat::MODE_HEAT : thermostat::MODE_OFF;
        thermostat::State state;
        state.set_room(request.room());
        state.set_target(request.celsius());
        state.set_mode(mode);
        Send(states, request.room(), ZMQ_SNDMORE);
        Send(states, state.SerializeAsString());
        thermostat::Accepted accepted;
        accepted.set_room(request.room());
        accepted.set_mode(mode);
        Send(requests, accepted.SerializeAsString());
    }
}
