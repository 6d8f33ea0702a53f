// Socket types by libzmq's name without ZMQ_.
#pragma once

#include <string>
#include <vector>
#include <zmq.hpp>

namespace agent {

/// UNSUPPORTED for a name that is none.
zmq::socket_type socket_type_of(const std::string &name);

/// The types of which the library opens a socket.
std::vector<std::string> available_socket_types(zmq::context_t &context);

} // namespace agent
