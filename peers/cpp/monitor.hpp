// What happens to the connections of a socket, noted by libzmq.
#pragma once

#include "interop/control/v1/operations.pb.h"
#include "wait.hpp"

#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

class Monitor {
  public:
    Monitor(zmq::context_t &context, zmq::socket_ref watched);
    Monitor(const Monitor &) = delete;
    Monitor &operator=(const Monitor &) = delete;
    ~Monitor();

    /// The oldest event; AGAIN when there is none in time.
    control::Event take(const Deadline &deadline, const Stop &stop);

  private:
    zmq::socket_ref watched_;
    zmq::socket_t events_;
};

} // namespace agent
