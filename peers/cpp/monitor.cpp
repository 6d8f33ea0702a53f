#include "monitor.hpp"

#include "errors.hpp"
#include "transfer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace agent {

namespace {

#define NAMED(event)                                                                                         \
    std::pair {                                                                                              \
        ZMQ_EVENT_##event, #event                                                                            \
    }
constexpr std::array event_names{
    NAMED(CONNECTED),
    NAMED(CONNECT_DELAYED),
    NAMED(CONNECT_RETRIED),
    NAMED(LISTENING),
    NAMED(BIND_FAILED),
    NAMED(ACCEPTED),
    NAMED(ACCEPT_FAILED),
    NAMED(CLOSED),
    NAMED(CLOSE_FAILED),
    NAMED(DISCONNECTED),
    NAMED(MONITOR_STOPPED),
    NAMED(HANDSHAKE_FAILED_NO_DETAIL),
    NAMED(HANDSHAKE_SUCCEEDED),
    NAMED(HANDSHAKE_FAILED_PROTOCOL),
    NAMED(HANDSHAKE_FAILED_AUTH),
};
#undef NAMED

/// An event is two frames: 16 bits of event and 32 bits of value in the machine's order, then the endpoint.
bool decode(const Frames &frames, control::Event &event) {
    std::uint16_t number = 0;
    std::uint32_t value = 0;
    if (frames.size() != 2 || frames[0].size() != sizeof number + sizeof value) {
        return false;
    }
    std::memcpy(&number, frames[0].data(), sizeof number);
    std::memcpy(&value, frames[0].data<char>() + sizeof number, sizeof value);
    const auto *const known = std::find_if(event_names.begin(), event_names.end(),
                                           [&](const auto &entry) { return entry.first == number; });
    if (known == event_names.end()) {
        return false;
    }
    event.set_name(known->second);
    event.set_value(value);
    event.set_endpoint(frames[1].to_string());
    return true;
}

std::string unused_endpoint() {
    static std::atomic<unsigned> count = 0;
    return "inproc://interop-agent-monitor-" + std::to_string(++count);
}

} // namespace

// zmq::monitor_t does not let its socket be set up before it connects. That must be: libzmq's I/O thread
// waits for room where the events of a socket that nobody takes have reached the high-water mark, and all
// sockets with it.
Monitor::Monitor(zmq::context_t &context, zmq::socket_ref watched)
    : watched_(watched), events_(context, zmq::socket_type::pair) {
    const auto endpoint = unused_endpoint();
    events_.set(zmq::sockopt::linger, 0);
    events_.set(zmq::sockopt::rcvhwm, 0);
    if (zmq_socket_monitor(watched_.handle(), endpoint.c_str(), ZMQ_EVENT_ALL) != 0) {
        throw zmq::error_t();
    }
    events_.connect(endpoint);
}

Monitor::~Monitor() {
    // Before events_ is closed: an event that has no taker would hold up the socket's close.
    zmq_socket_monitor(watched_.handle(), nullptr, 0);
}

control::Event Monitor::take(const Deadline &deadline, const Stop &stop) {
    control::Event event;
    Frames frames;
    do {
        if (!receive_message(events_, frames, deadline, stop)) {
            throw time_is_over("no event in time");
        }
    } while (!decode(frames, event));
    return event;
}

} // namespace agent
