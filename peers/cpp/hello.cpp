#include "hello.hpp"

#include "build_facts.hpp"
#include "lane.hpp"
#include "lane_threads.hpp"
#include "options.hpp"
#include "payload.hpp"
#include "socket_types.hpp"

#include <google/protobuf/stubs/common.h>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

namespace {

std::string dotted(int major, int minor, int patch) {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string libzmq_version() {
    const auto [major, minor, patch] = zmq::version();
    return dotted(major, minor, patch);
}

bool can_bind(zmq::context_t &context, const std::string &endpoint) {
    try {
        zmq::socket_t(context, zmq::socket_type::pair).bind(endpoint);
        return true;
    } catch (const zmq::error_t &) {
        return false;
    }
}

/// zmq_has() knows those alone that a library can be built without.
std::vector<std::string> transports(zmq::context_t &context) {
    std::vector<std::string> names;
    if (can_bind(context, "tcp://127.0.0.1:*")) {
        names.emplace_back("tcp");
    }
    if (zmq_has("ipc") != 0) {
        names.emplace_back("ipc");
    }
    if (can_bind(context, "inproc://interop-agent-hello")) {
        names.emplace_back("inproc");
    }
    if (zmq_has("pgm") != 0) {
        names.insert(names.end(), {"pgm", "epgm"});
    }
    return names;
}

std::vector<std::string> mechanisms(zmq::context_t &context) {
    std::vector<std::string> names;
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    if (socket.get(zmq::sockopt::mechanism) == ZMQ_NULL) {
        names.emplace_back("NULL");
    }
    socket.set(zmq::sockopt::plain_server, true);
    if (socket.get(zmq::sockopt::mechanism) == ZMQ_PLAIN) {
        names.emplace_back("PLAIN");
    }
    if (zmq_has("curve") != 0) {
        names.emplace_back("CURVE");
    }
    return names;
}

template <class Field>
void fill(Field &field, const std::vector<std::string> &values) {
    field.Assign(values.begin(), values.end());
}

} // namespace

control::Hello hello(zmq::context_t &context) {
    control::Hello hello;
    hello.set_contract(2);
    hello.set_peer("cpp");
    hello.set_language("C++ " + std::to_string(__cplusplus));

    const auto add_library = [&](std::string_view name, const std::string &version) {
        auto &library = *hello.add_libraries();
        library.set_name(std::string(name));
        library.set_version(version);
    };
    add_library("libzmq", libzmq_version());
    // Headers and no more: what was compiled in is what runs.
    add_library("cppzmq", dotted(CPPZMQ_VERSION_MAJOR, CPPZMQ_VERSION_MINOR, CPPZMQ_VERSION_PATCH));
    // libprotobuf tells nobody its version, but ends a program that was compiled against one that does not
    // fit: main asks for that.
    add_library("protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION));

    hello.set_proto_digest(std::string(proto_digest));
    hello.set_lanes(lane_limit);
    fill(*hello.mutable_socket_types(), available_socket_types(context));
    fill(*hello.mutable_transports(), transports(context));
    fill(*hello.mutable_mechanisms(), mechanisms(context));
    fill(*hello.mutable_options(), settable_options(context));
    fill(*hello.mutable_message_types(), message_types());
    fill(*hello.mutable_abilities(), {"control_socket", "inproc_lanes"});
    fill(*hello.mutable_operations(), Lane::operations());
    for (const auto &refused : refused_protos) {
        auto &refusal = *hello.add_refused();
        refusal.set_file(refused.file);
        refusal.set_reason(refused.reason);
    }
    return hello;
}

} // namespace agent
