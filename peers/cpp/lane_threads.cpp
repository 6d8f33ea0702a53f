#include "lane_threads.hpp"

#include "lane.hpp"

#include <utility>

namespace agent {

LaneThread::LaneThread(zmq::context_t &context, Channel &channel, const Stop &stop)
    : thread_([&] { run(context, channel, stop); }) {}

LaneThread::~LaneThread() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void LaneThread::give(control::Request request) {
    {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(std::move(request));
    }
    changed_.notify_one();
}

void LaneThread::run(zmq::context_t &context, Channel &channel, const Stop &stop) {
    Lane lane(context, stop);
    try {
        while (const auto request = next()) {
            channel.write(lane.carry_out(*request));
        }
    } catch (const Stopped &) {
        return; // the lane closes its sockets
    }
}

std::optional<control::Request> LaneThread::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !requests_.empty(); });
    if (ending_) {
        return std::nullopt;
    }
    auto request = std::move(requests_.front());
    requests_.pop_front();
    return request;
}

void LaneThreads::give(control::Request request) {
    const auto lane = request.lane();
    lanes_.try_emplace(lane, context_, channel_, stop_).first->second.give(std::move(request));
}

} // namespace agent
