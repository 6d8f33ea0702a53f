#include "socket_types.hpp"

#include "errors.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace agent {

namespace {

using zmq::socket_type;
constexpr std::array<std::pair<std::string_view, socket_type>, 12> socket_types{{
    {"PAIR", socket_type::pair},
    {"PUB", socket_type::pub},
    {"SUB", socket_type::sub},
    {"REQ", socket_type::req},
    {"REP", socket_type::rep},
    {"DEALER", socket_type::dealer},
    {"ROUTER", socket_type::router},
    {"PULL", socket_type::pull},
    {"PUSH", socket_type::push},
    {"XPUB", socket_type::xpub},
    {"XSUB", socket_type::xsub},
    {"STREAM", socket_type::stream},
}};

} // namespace

socket_type socket_type_of(const std::string &name) {
    for (const auto &[known, type] : socket_types) {
        if (known == name) {
            return type;
        }
    }
    throw unsupported("no socket type " + name);
}

std::vector<std::string> available_socket_types(zmq::context_t &context) {
    std::vector<std::string> available;
    for (const auto &[name, type] : socket_types) {
        try {
            const zmq::socket_t socket(context, type);
            available.emplace_back(name);
        } catch (const zmq::error_t &) {
            continue; // this build of the library has none
        }
    }
    return available;
}

} // namespace agent
