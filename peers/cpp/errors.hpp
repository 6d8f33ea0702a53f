// What goes wrong with a Request, as the contract's section "Errors" tells it apart.
#pragma once

#include "interop/control/v1/control.pb.h"

#include <stdexcept>
#include <string>
#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

/// An operation that was not carried out, for a reason that the agent itself found.
class Failure : public std::runtime_error {
  public:
    Failure(control::ErrorCode code, const std::string &text) : std::runtime_error(text), code_(code) {}

    [[nodiscard]] control::ErrorCode code() const { return code_; }

  private:
    control::ErrorCode code_;
};

Failure unsupported(const std::string &text);
Failure invalid(const std::string &text);
Failure time_is_over(const std::string &text);
Failure undecodable(const std::string &text);

control::Error error_of(const Failure &failure);
control::Error error_of(const zmq::error_t &error);

/// NATIVE with the name of an errno, of libzmq's own or the system's.
control::Error native_error(int number, const std::string &text);

} // namespace agent
