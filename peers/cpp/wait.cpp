#include "wait.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>
#include <unistd.h>

namespace agent {

Stop::Stop() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    reading_end_ = ends[0];
    writing_end_ = ends[1];
}

Stop::~Stop() {
    close(reading_end_);
    close(writing_end_);
}

void Stop::raise() {
    raised_ = true;
    close(writing_end_); // every poll of the other end returns
    writing_end_ = -1;
}

bool wait_for(zmq::socket_ref socket, short events, const Deadline &deadline, const Stop &stop) {
    constexpr auto longest_poll = std::chrono::milliseconds(std::numeric_limits<int>::max());
    std::array<zmq::pollitem_t, 2> items{{
        {socket.handle(), 0, events, 0},
        {nullptr, stop.descriptor(), ZMQ_POLLIN, 0},
    }};
    while (!deadline.passed()) {
        try {
            zmq::poll(items, std::min(deadline.remaining(), longest_poll));
        } catch (const zmq::error_t &error) {
            if (error.num() != EINTR) {
                throw;
            }
            continue;
        }
        stop.check();
        if (items[0].revents != 0) {
            return true;
        }
    }
    return false;
}

} // namespace agent
