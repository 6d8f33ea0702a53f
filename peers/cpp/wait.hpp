// Waiting for a socket: within a time limit, and never longer than the control channel lasts.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <thread>
#include <zmq.hpp>

namespace agent {

/// Thrown out of whatever a lane is doing when the control channel has ended.
struct Stopped {};

/// Tells all lanes that the control channel has ended, also those that wait for a socket.
class Stop {
  public:
    Stop();
    Stop(const Stop &) = delete;
    Stop &operator=(const Stop &) = delete;
    ~Stop();

    void raise();
    void check() const {
        if (raised_) {
            throw Stopped{};
        }
    }
    /// Readable from raise() on.
    [[nodiscard]] int descriptor() const { return reading_end_; }

  private:
    std::atomic<bool> raised_ = false;
    int reading_end_ = -1;
    int writing_end_ = -1;
};

/// The time limit of one operation.
class Deadline {
  public:
    explicit Deadline(std::uint32_t timeout_ms)
        : waits_(timeout_ms > 0), end_(Clock::now() + Milliseconds(timeout_ms)) {}

    /// False for a limit of 0, which means: only what can be done at once.
    [[nodiscard]] bool waits() const { return waits_; }
    [[nodiscard]] bool passed() const { return Clock::now() >= end_; }
    /// Rounded up, so that the last millisecond is slept through and not spun through.
    [[nodiscard]] std::chrono::milliseconds remaining() const {
        return std::chrono::ceil<Milliseconds>(end_ - Clock::now());
    }

  private:
    using Clock = std::chrono::steady_clock;
    using Milliseconds = std::chrono::milliseconds;

    bool waits_;
    Clock::time_point end_;
};

/// Waits until poll sees one of the events; false when the time is over.
bool wait_for(zmq::socket_ref socket, short events, const Deadline &deadline, const Stop &stop);

/// Calls a send or receive that does not wait until the library does not say EAGAIN any more; false when the
/// time is over.
template <class Attempt>
bool retry(zmq::socket_ref socket, short events, const Deadline &deadline, const Stop &stop,
           Attempt attempt) {
    for (bool polled = false;; polled = true) {
        stop.check();
        try {
            if (attempt()) {
                return true;
            }
        } catch (const zmq::error_t &error) {
            if (error.num() != EINTR) {
                throw;
            }
            continue;
        }
        if (polled) {
            // ROUTER and XPUB are ready as soon as one of their queues is, which need not be the one that is
            // meant.
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        if (!deadline.waits() || !wait_for(socket, events, deadline, stop)) {
            return false;
        }
    }
}

} // namespace agent
