// The control channel: messages of interop.control.v1, each behind its length in four bytes, big endian.
#pragma once

#include "interop/control/v1/control.pb.h"

#include <cstddef>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace agent {

namespace control = interop::control::v1;

/// The channel is beyond repair, and the agent with it.
class ChannelBroken : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Channel {
  public:
    /// On stdin and stdout, or on the Unix socket that INTEROP_CONTROL names. What any library prints on
    /// stdout goes to stderr from then on.
    static Channel open();

    /// The next Request; nothing at the end of the channel, also where that comes in the middle of a message.
    std::optional<control::Request> read();

    /// Writes a Response whole, whichever lanes write at the same time.
    void write(const control::Response &response);

  private:
    Channel(int input, int output) : input_(input), output_(output) {}

    bool read_exactly(void *bytes, std::size_t size) const;

    // Both stay open until the process ends: a lane may be answering until then.
    int input_;
    int output_;
    std::mutex writing_;
};

} // namespace agent
