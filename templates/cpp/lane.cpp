#include "lane.hpp"

#include "errors.hpp"

#include <cerrno>
#include <new>

namespace agent {

// What stands here is carried out, and Hello says so; peer.toml claims the same. All else is UNSUPPORTED:
// write the function that a comment tells of, and put its line among them.
// Without memory for it at the start nothing could be carried out.
// NOLINTNEXTLINE(bugprone-throwing-static-initialization)
const std::map<control::Request::OperationCase, Lane::Operation> Lane::known_operations{
    // kOpen          a zmq::socket_t of socket_types.hpp, LINGER 0, then each option in order
    // kClose         takes the socket out of the table, which closes it
    {control::Request::kCloseAll, &Lane::close_all},
    // kSetOption     set_option in options.hpp
    // kGetOption     get_option in options.hpp
    // kBind          bind, then LAST_ENDPOINT
    // kConnect       connect, then LAST_ENDPOINT
    // kUnbind        unbind
    // kDisconnect    disconnect
    // kSend          transcode in payload.hpp for what is typed, then send_message in transfer.hpp
    // kReceive       receive_message, then transcode
    // kSendBurst     send_burst
    // kReceiveBurst  receive_burst
    // kMonitor       a Monitor beside the socket
    // kReceiveEvent  the oldest of its events
    {control::Request::kProgram, &Lane::program},
};

std::vector<std::string> Lane::operations() {
    std::vector<std::string> names;
    names.reserve(known_operations.size());
    for (const auto &entry : known_operations) {
        names.push_back(control::Request::descriptor()->FindFieldByNumber(entry.first)->name());
    }
    return names;
}

control::Response Lane::carry_out(const control::Request &request) {
    control::Response response;
    try {
        const auto operation = known_operations.find(request.operation_case());
        if (operation == known_operations.end()) {
            throw unsupported("no operation that this agent carries out");
        }
        (this->*operation->second)(request, response);
    } catch (const Failure &failure) {
        *response.mutable_error() = error_of(failure);
    } catch (const zmq::error_t &error) {
        *response.mutable_error() = error_of(error);
    } catch (const std::bad_alloc &) {
        *response.mutable_error() = native_error(ENOMEM, "no memory for it");
    }
    response.set_id(request.id());
    return response;
}

void Lane::close_all(const control::Request & /*request*/, control::Response &response) {
    response.set_closed(drop_all());
}

void Lane::program(const control::Request &request, control::Response &response) {
    auto &results = *response.mutable_program()->mutable_results();
    for (const auto &step : request.program().steps()) {
        auto &result = *results.Add();
        if (step.has_program()) {
            *result.mutable_error() = error_of(unsupported("a Program within a Program"));
        } else {
            result = carry_out(step);
        }
        if (result.has_error()) {
            return;
        }
    }
}

/// The socket of a handle; for operations that name one.
Lane::Socket &Lane::at(std::uint32_t handle) {
    const auto found = sockets_.find(handle);
    if (found == sockets_.end()) {
        throw invalid("no socket has this handle");
    }
    return found->second;
}

std::uint32_t Lane::drop_all() noexcept {
    for (auto &entry : sockets_) {
        // Without cppzmq, which would throw: closing all must not fail, in a destructor least of all.
        constexpr int linger = 0;
        zmq_setsockopt(entry.second.socket.handle(), ZMQ_LINGER, &linger, sizeof linger);
    }
    const auto count = static_cast<std::uint32_t>(sockets_.size());
    sockets_.clear();
    return count;
}

} // namespace agent
