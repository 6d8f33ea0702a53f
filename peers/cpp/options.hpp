// Socket options by libzmq's name without ZMQ_.
#pragma once

#include "interop/control/v1/operations.pb.h"

#include <string>
#include <vector>
#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

/// UNSUPPORTED for an option that is not known, INVALID for a value that is not of its kind. Asks no socket.
void check_option(const control::Option &option);

/// Sets an option that was checked.
void set_option(zmq::socket_ref socket, const control::Option &option);

control::OptionValue get_option(zmq::socket_ref socket, const std::string &name);

/// The options that the library lets be set, found by setting each once.
std::vector<std::string> settable_options(zmq::context_t &context);

} // namespace agent
