// The threads of the lanes, each with a queue of the Requests that it has yet to carry out.
#pragma once

#include "channel.hpp"
#include "interop/control/v1/control.pb.h"
#include "wait.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

constexpr std::uint32_t lane_limit = 256;

class LaneThread {
  public:
    LaneThread(zmq::context_t &context, Channel &channel, const Stop &stop);
    LaneThread(const LaneThread &) = delete;
    LaneThread &operator=(const LaneThread &) = delete;
    /// Waits for the thread, which leaves what it has not begun.
    ~LaneThread();

    void give(control::Request request);

  private:
    void run(zmq::context_t &context, Channel &channel, const Stop &stop);
    std::optional<control::Request> next();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<control::Request> requests_;
    bool ending_ = false;
    std::thread thread_;
};

/// All lanes; each begins with its first Request.
class LaneThreads {
  public:
    LaneThreads(zmq::context_t &context, Channel &channel) : context_(context), channel_(channel) {}
    LaneThreads(const LaneThreads &) = delete;
    LaneThreads &operator=(const LaneThreads &) = delete;
    /// Interrupts whatever they are doing and closes their sockets.
    ~LaneThreads() { stop_.raise(); }

    /// To the lane that the Request names, which is below the limit.
    void give(control::Request request);

  private:
    zmq::context_t &context_;
    Channel &channel_;
    Stop stop_;
    std::map<std::uint32_t, LaneThread> lanes_;
};

} // namespace agent
