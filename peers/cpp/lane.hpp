// The operations on sockets: one lane's table of handles, and what a Request does to it.
#pragma once

#include "interop/control/v1/control.pb.h"
#include "monitor.hpp"
#include "wait.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace agent {

namespace control = interop::control::v1;

/// Belongs to one thread, as its sockets do.
class Lane {
  public:
    Lane(zmq::context_t &context, const Stop &stop) : context_(context), stop_(stop) {}
    Lane(const Lane &) = delete;
    Lane &operator=(const Lane &) = delete;
    ~Lane() { drop_all(); }

    /// The Response to a Request, whatever it asks; throws Stopped alone.
    control::Response carry_out(const control::Request &request);

    /// The names of the operations that carry_out knows.
    static std::vector<std::string> operations();

  private:
    struct Socket {
        zmq::socket_t socket;
        std::optional<Monitor> monitor; // goes first
    };

    using Operation = void (Lane::*)(const control::Request &, control::Response &);
    static const std::map<control::Request::OperationCase, Operation> known_operations;

    void open(const control::Request &request, control::Response &response);
    void close(const control::Request &request, control::Response &response);
    void close_all(const control::Request &request, control::Response &response);
    void set_option(const control::Request &request, control::Response &response);
    void get_option(const control::Request &request, control::Response &response);
    void bind(const control::Request &request, control::Response &response);
    void connect(const control::Request &request, control::Response &response);
    void unbind(const control::Request &request, control::Response &response);
    void disconnect(const control::Request &request, control::Response &response);
    void send(const control::Request &request, control::Response &response);
    void receive(const control::Request &request, control::Response &response);
    void send_burst(const control::Request &request, control::Response &response);
    void receive_burst(const control::Request &request, control::Response &response);
    void monitor(const control::Request &request, control::Response &response);
    void receive_event(const control::Request &request, control::Response &response);
    void program(const control::Request &request, control::Response &response);

    Socket &at(std::uint32_t handle);
    std::uint32_t drop_all() noexcept;

    zmq::context_t &context_;
    const Stop &stop_;
    std::map<std::uint32_t, Socket> sockets_;
};

} // namespace agent
