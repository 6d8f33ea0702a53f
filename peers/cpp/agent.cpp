// The agent: carries out single socket operations on command (docs/peer-contract.md), and knows nothing of
// why.

#include "channel.hpp"
#include "errors.hpp"
#include "hello.hpp"
#include "lane_threads.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <google/protobuf/stubs/common.h>
#include <iostream>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <zmq.hpp>

namespace agent {

namespace {

/// Sockets that are watched by a monitor cost two more.
constexpr int socket_limit = 3 * 4096;

/// The contract gives a second from the end of the channel to the agent's end.
constexpr auto time_to_end = std::chrono::milliseconds(800);

void say_hello(Channel &channel, zmq::context_t &context) {
    control::Response response;
    *response.mutable_hello() = hello(context);
    channel.write(response);
}

void answer(Channel &channel, LaneThreads &lanes, control::Request request) {
    if (request.lane() < lane_limit) {
        lanes.give(std::move(request));
        return;
    }
    control::Response response;
    response.set_id(request.id());
    *response.mutable_error() = error_of(invalid("no such lane"));
    channel.write(response);
}

/// Ends the agent even if a lane or the library does not: a socket that lingers, a message of 100 MB that is
/// decoded.
void end_in_time(int status) {
    std::thread([status] {
        std::this_thread::sleep_for(time_to_end);
        std::_Exit(status);
    }).detach();
}

int serve(Channel &channel) {
    zmq::context_t context;
    context.set(zmq::ctxopt::max_sockets, socket_limit);
    say_hello(channel, context);
    LaneThreads lanes(context, channel);
    int status = EXIT_SUCCESS;
    try {
        while (auto request = channel.read()) {
            answer(channel, lanes, *std::move(request));
        }
    } catch (const ChannelBroken &broken) {
        std::cerr << "agent: " << broken.what() << '\n';
        status = EXIT_FAILURE;
    }
    end_in_time(status);
    return status;
}

} // namespace

} // namespace agent

int main() {
    try {
        auto channel = agent::Channel::open(); // before any library can print
        GOOGLE_PROTOBUF_VERIFY_VERSION;
        std::signal(SIGPIPE, SIG_IGN);
        umask(0); // whoever connects over ipc may be another user
        return agent::serve(channel);
    } catch (const std::exception &error) {
        std::cerr << "agent: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
