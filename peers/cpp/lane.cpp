#include "lane.hpp"

#include "errors.hpp"
#include "options.hpp"
#include "payload.hpp"
#include "socket_types.hpp"
#include "transfer.hpp"

#include <cerrno>
#include <new>
#include <utility>

namespace agent {

namespace {

constexpr std::uint32_t smallest_burst_frame = 8; // its number

zmq::message_t native_frame(const control::Frame &frame) {
    switch (frame.body_case()) {
    case control::Frame::kRaw:
        return zmq::message_t(frame.raw());
    case control::Frame::kTyped:
        return zmq::message_t(transcode(frame.typed().type(), frame.typed().value()));
    default:
        throw invalid("a frame without a body");
    }
}

control::Frame described_frame(const zmq::message_t &native, const std::string &type) {
    control::Frame frame;
    if (type.empty()) {
        frame.set_raw(native.data(), native.size());
    } else {
        frame.mutable_typed()->set_type(type);
        frame.mutable_typed()->set_value(transcode(type, native.to_string()));
    }
    return frame;
}

} // namespace

// Without memory for it at the start nothing could be carried out.
// NOLINTNEXTLINE(bugprone-throwing-static-initialization)
const std::map<control::Request::OperationCase, Lane::Operation> Lane::known_operations{
    {control::Request::kOpen, &Lane::open},
    {control::Request::kClose, &Lane::close},
    {control::Request::kCloseAll, &Lane::close_all},
    {control::Request::kSetOption, &Lane::set_option},
    {control::Request::kGetOption, &Lane::get_option},
    {control::Request::kBind, &Lane::bind},
    {control::Request::kConnect, &Lane::connect},
    {control::Request::kUnbind, &Lane::unbind},
    {control::Request::kDisconnect, &Lane::disconnect},
    {control::Request::kSend, &Lane::send},
    {control::Request::kReceive, &Lane::receive},
    {control::Request::kSendBurst, &Lane::send_burst},
    {control::Request::kReceiveBurst, &Lane::receive_burst},
    {control::Request::kMonitor, &Lane::monitor},
    {control::Request::kReceiveEvent, &Lane::receive_event},
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
            throw unsupported("no operation that this agent knows");
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

void Lane::open(const control::Request &request, control::Response & /*done*/) {
    const auto &open = request.open();
    if (sockets_.count(open.socket()) != 0) {
        throw invalid("the handle is taken");
    }
    const auto type = socket_type_of(open.type());
    for (const auto &option : open.options()) {
        check_option(option);
    }
    zmq::socket_t socket(context_, type);
    socket.set(zmq::sockopt::linger, 0);
    for (const auto &option : open.options()) {
        agent::set_option(socket, option);
    }
    sockets_[open.socket()].socket = std::move(socket);
}

void Lane::close(const control::Request &request, control::Response & /*done*/) {
    at(request.close().socket());
    sockets_.erase(request.close().socket());
}

void Lane::close_all(const control::Request & /*request*/, control::Response &response) {
    response.set_closed(drop_all());
}

void Lane::set_option(const control::Request &request, control::Response & /*done*/) {
    auto &socket = at(request.set_option().socket()).socket;
    check_option(request.set_option().option());
    agent::set_option(socket, request.set_option().option());
}

void Lane::get_option(const control::Request &request, control::Response &response) {
    auto &socket = at(request.get_option().socket()).socket;
    *response.mutable_value() = agent::get_option(socket, request.get_option().name());
}

void Lane::bind(const control::Request &request, control::Response &response) {
    auto &socket = at(request.bind().socket()).socket;
    socket.bind(request.bind().endpoint());
    response.set_endpoint(socket.get(zmq::sockopt::last_endpoint));
}

void Lane::connect(const control::Request &request, control::Response &response) {
    auto &socket = at(request.connect().socket()).socket;
    socket.connect(request.connect().endpoint());
    response.set_endpoint(socket.get(zmq::sockopt::last_endpoint));
}

void Lane::unbind(const control::Request &request, control::Response & /*done*/) {
    at(request.unbind().socket()).socket.unbind(request.unbind().endpoint());
}

void Lane::disconnect(const control::Request &request, control::Response & /*done*/) {
    at(request.disconnect().socket()).socket.disconnect(request.disconnect().endpoint());
}

void Lane::send(const control::Request &request, control::Response & /*done*/) {
    auto &socket = at(request.send().socket()).socket;
    if (request.send().frames().empty()) {
        throw invalid("no frames");
    }
    Frames frames;
    frames.reserve(static_cast<std::size_t>(request.send().frames_size()));
    for (const auto &frame : request.send().frames()) {
        frames.push_back(native_frame(frame));
    }
    if (!send_message(socket, frames, Deadline(request.send().timeout_ms()), stop_)) {
        throw time_is_over("not sent in time");
    }
}

void Lane::receive(const control::Request &request, control::Response &response) {
    const auto &receive = request.receive();
    Frames frames;
    if (!receive_message(at(receive.socket()).socket, frames, Deadline(receive.timeout_ms()), stop_)) {
        throw time_is_over("nothing received in time");
    }
    auto &message = *response.mutable_message();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto index = static_cast<int>(i);
        const auto &type = index < receive.types_size() ? receive.types(index) : std::string();
        *message.add_frames() = described_frame(frames[i], type);
    }
}

void Lane::send_burst(const control::Request &request, control::Response &response) {
    auto &socket = at(request.send_burst().socket()).socket;
    if (request.send_burst().size() < smallest_burst_frame) {
        throw invalid("a burst whose frames have no room for their numbers");
    }
    *response.mutable_burst() = agent::send_burst(socket, request.send_burst(), stop_);
}

void Lane::receive_burst(const control::Request &request, control::Response &response) {
    auto &socket = at(request.receive_burst().socket()).socket;
    *response.mutable_burst() = agent::receive_burst(socket, request.receive_burst(), stop_);
}

void Lane::monitor(const control::Request &request, control::Response & /*done*/) {
    auto &[socket, monitor] = at(request.monitor().socket());
    if (monitor) {
        throw invalid("the socket has a monitor already");
    }
    monitor.emplace(context_, socket);
}

void Lane::receive_event(const control::Request &request, control::Response &response) {
    auto &monitor = at(request.receive_event().socket()).monitor;
    if (!monitor) {
        throw invalid("the socket has no monitor");
    }
    *response.mutable_event() = monitor->take(Deadline(request.receive_event().timeout_ms()), stop_);
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
