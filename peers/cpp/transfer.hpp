// Whole messages, and bursts of them, through a socket.
#pragma once

#include "interop/control/v1/operations.pb.h"
#include "wait.hpp"

#include <vector>
#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

using Frames = std::vector<zmq::message_t>;

/// Sends all frames as one message, which empties them; false when the time is over and nothing was sent.
bool send_message(zmq::socket_ref socket, Frames &frames, const Deadline &deadline, const Stop &stop);

/// Takes one message, all its frames, in place of what `frames` held; false when the time is over and there
/// was none.
bool receive_message(zmq::socket_ref socket, Frames &frames, const Deadline &deadline, const Stop &stop);

control::BurstResult send_burst(zmq::socket_ref socket, const control::SendBurst &burst, const Stop &stop);
control::BurstResult receive_burst(zmq::socket_ref socket, const control::ReceiveBurst &burst,
                                   const Stop &stop);

} // namespace agent
