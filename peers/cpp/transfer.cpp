#include "transfer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <numeric>

namespace agent {

namespace {

constexpr std::size_t number_size = 8;

zmq::message_t numbered_frame(std::uint64_t number, std::size_t size) {
    zmq::message_t frame(size);
    auto *bytes = frame.data<unsigned char>();
    std::fill_n(bytes, size, static_cast<unsigned char>(0));
    for (auto position = number_size; position-- > 0; number >>= 8U) {
        bytes[position] = static_cast<unsigned char>(number & 0xffU);
    }
    return frame;
}

std::uint64_t number_of(const zmq::message_t &frame) {
    if (frame.size() < number_size) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    const auto *bytes = frame.data<unsigned char>();
    return std::accumulate(bytes, bytes + number_size, std::uint64_t{0},
                           [](std::uint64_t number, unsigned char byte) { return number << 8U | byte; });
}

std::uint64_t total_size(const Frames &frames) {
    return std::accumulate(frames.begin(), frames.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const zmq::message_t &frame) { return sum + frame.size(); });
}

/// Calls `step` until it says false, `count` times were enough, or the time is over.
template <class Step>
void repeat(std::uint64_t count, const Deadline &deadline, control::BurstResult &result, Step step) {
    const auto start = std::chrono::steady_clock::now();
    while (result.count() < count && step()) {
        result.set_count(result.count() + 1);
        if (deadline.waits() && deadline.passed()) {
            break;
        }
    }
    const auto elapsed = std::chrono::steady_clock::now() - start;
    result.set_elapsed_ns(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count()));
}

} // namespace

bool send_message(zmq::socket_ref socket, Frames &frames, const Deadline &deadline, const Stop &stop) {
    for (auto &frame : frames) {
        const auto more = &frame == &frames.back() ? zmq::send_flags::none : zmq::send_flags::sndmore;
        const auto attempt = [&] { return socket.send(frame, more | zmq::send_flags::dontwait).has_value(); };
        // A socket that took the first frame has room for the others: limits count messages.
        if (!retry(socket, ZMQ_POLLOUT, deadline, stop, attempt)) {
            return false;
        }
    }
    return true;
}

bool receive_message(zmq::socket_ref socket, Frames &frames, const Deadline &deadline, const Stop &stop) {
    frames.clear();
    do {
        auto &frame = frames.emplace_back();
        const auto attempt = [&] { return socket.recv(frame, zmq::recv_flags::dontwait).has_value(); };
        // Behind the first frame the others are there already: a message comes whole.
        if (!retry(socket, ZMQ_POLLIN, deadline, stop, attempt)) {
            return false;
        }
    } while (frames.back().more());
    return true;
}

control::BurstResult send_burst(zmq::socket_ref socket, const control::SendBurst &burst, const Stop &stop) {
    const Deadline deadline(burst.timeout_ms());
    control::BurstResult result;
    Frames frames;
    repeat(burst.count(), deadline, result, [&] {
        frames.clear();
        for (const auto &head : burst.head()) {
            frames.emplace_back(head);
        }
        frames.push_back(numbered_frame(burst.first() + result.count(), burst.size()));
        const auto size = total_size(frames);
        if (!send_message(socket, frames, deadline, stop)) {
            return false;
        }
        result.set_bytes(result.bytes() + size);
        return true;
    });
    return result;
}

control::BurstResult receive_burst(zmq::socket_ref socket, const control::ReceiveBurst &burst,
                                   const Stop &stop) {
    const Deadline deadline(burst.timeout_ms());
    control::BurstResult result;
    Frames frames;
    repeat(burst.count(), deadline, result, [&] {
        if (!receive_message(socket, frames, deadline, stop)) {
            return false;
        }
        result.set_bytes(result.bytes() + total_size(frames));
        if (burst.numbers()) {
            result.add_numbers(number_of(frames.back()));
        }
        return true;
    });
    return result;
}

} // namespace agent
