// What this agent can do, asked of its libraries.
#pragma once

#include "interop/control/v1/hello.pb.h"

#include <zmq.hpp>

namespace agent {

interop::control::v1::Hello hello(zmq::context_t &context);

} // namespace agent
