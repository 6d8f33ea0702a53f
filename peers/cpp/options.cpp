#include "options.hpp"

#include "errors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>

namespace agent {

namespace {

/// How libzmq carries the value of an option.
enum class Kind : std::uint8_t {
    number,
    wide_number, // int64_t
    bytes,
    text, // read with a NUL behind it
    key,  // read as 32 bytes where there is room for exactly as many
};

struct SocketOption {
    std::string_view name;
    int number;
    Kind kind;
    zmq::socket_type owner = zmq::socket_type::dealer; // a type of socket that the option belongs to
};

constexpr std::size_t key_size = 32;
constexpr std::size_t longest_text = 32UL * 1024;

using zmq::socket_type;

#define OPTION(name) #name, ZMQ_##name
constexpr std::array socket_options{
    SocketOption{OPTION(LINGER), Kind::number},
    SocketOption{OPTION(SNDHWM), Kind::number},
    SocketOption{OPTION(RCVHWM), Kind::number},
    SocketOption{OPTION(SNDBUF), Kind::number},
    SocketOption{OPTION(RCVBUF), Kind::number},
    SocketOption{OPTION(SNDTIMEO), Kind::number},
    SocketOption{OPTION(RCVTIMEO), Kind::number},
    SocketOption{OPTION(IMMEDIATE), Kind::number},
    SocketOption{OPTION(IPV6), Kind::number},
    SocketOption{OPTION(MAXMSGSIZE), Kind::wide_number},
    SocketOption{OPTION(BACKLOG), Kind::number},
    SocketOption{OPTION(RECONNECT_IVL), Kind::number},
    SocketOption{OPTION(RECONNECT_IVL_MAX), Kind::number},
    SocketOption{OPTION(HANDSHAKE_IVL), Kind::number},
    SocketOption{OPTION(HEARTBEAT_IVL), Kind::number},
    SocketOption{OPTION(HEARTBEAT_TIMEOUT), Kind::number},
    SocketOption{OPTION(HEARTBEAT_TTL), Kind::number},
    SocketOption{OPTION(CONFLATE), Kind::number},
    SocketOption{OPTION(RATE), Kind::number},
    SocketOption{OPTION(RECOVERY_IVL), Kind::number},
    SocketOption{OPTION(MULTICAST_HOPS), Kind::number},
    SocketOption{OPTION(ROUTER_MANDATORY), Kind::number, socket_type::router},
    SocketOption{OPTION(ROUTER_HANDOVER), Kind::number, socket_type::router},
    SocketOption{OPTION(PROBE_ROUTER), Kind::number, socket_type::router},
    SocketOption{OPTION(REQ_CORRELATE), Kind::number, socket_type::req},
    SocketOption{OPTION(REQ_RELAXED), Kind::number, socket_type::req},
    SocketOption{OPTION(XPUB_VERBOSE), Kind::number, socket_type::xpub},
    SocketOption{OPTION(XPUB_NODROP), Kind::number, socket_type::xpub},
    SocketOption{OPTION(XPUB_MANUAL), Kind::number, socket_type::xpub},
    SocketOption{OPTION(XPUB_VERBOSER), Kind::number, socket_type::xpub},
    SocketOption{OPTION(INVERT_MATCHING), Kind::number, socket_type::pub},
    SocketOption{OPTION(STREAM_NOTIFY), Kind::number, socket_type::stream},
    SocketOption{OPTION(CONNECT_TIMEOUT), Kind::number},
    SocketOption{OPTION(TCP_MAXRT), Kind::number},
    SocketOption{OPTION(TCP_KEEPALIVE), Kind::number},
    SocketOption{OPTION(TCP_KEEPALIVE_IDLE), Kind::number},
    SocketOption{OPTION(TCP_KEEPALIVE_CNT), Kind::number},
    SocketOption{OPTION(TCP_KEEPALIVE_INTVL), Kind::number},
    SocketOption{OPTION(PLAIN_SERVER), Kind::number},
    SocketOption{OPTION(CURVE_SERVER), Kind::number},
    SocketOption{OPTION(ROUTING_ID), Kind::bytes},
    SocketOption{OPTION(SUBSCRIBE), Kind::bytes, socket_type::sub},
    SocketOption{OPTION(UNSUBSCRIBE), Kind::bytes, socket_type::sub},
    SocketOption{OPTION(PLAIN_USERNAME), Kind::text},
    SocketOption{OPTION(PLAIN_PASSWORD), Kind::text},
    SocketOption{OPTION(CURVE_SERVERKEY), Kind::key},
    SocketOption{OPTION(CURVE_PUBLICKEY), Kind::key},
    SocketOption{OPTION(CURVE_SECRETKEY), Kind::key},
    SocketOption{OPTION(ZAP_DOMAIN), Kind::text},
    SocketOption{OPTION(XPUB_WELCOME_MSG), Kind::bytes, socket_type::xpub},
    SocketOption{OPTION(CONNECT_ROUTING_ID), Kind::bytes, socket_type::router},
    SocketOption{OPTION(LAST_ENDPOINT), Kind::text},
};
#undef OPTION

const SocketOption &known_option(const std::string &name) {
    const auto *const found = std::find_if(socket_options.begin(), socket_options.end(),
                                           [&](const SocketOption &option) { return option.name == name; });
    if (found == socket_options.end()) {
        throw unsupported("no option " + name);
    }
    return *found;
}

bool is_number(Kind kind) {
    return kind == Kind::number || kind == Kind::wide_number;
}

void set_raw(zmq::socket_ref socket, int option, const void *value, std::size_t size) {
    if (zmq_setsockopt(socket.handle(), option, value, size) != 0) {
        throw zmq::error_t();
    }
}

std::size_t get_raw(zmq::socket_ref socket, int option, void *value, std::size_t size) {
    if (zmq_getsockopt(socket.handle(), option, value, &size) != 0) {
        throw zmq::error_t();
    }
    return size;
}

template <class Number>
void set_number(zmq::socket_ref socket, int option, std::int64_t wide) {
    if (wide < std::numeric_limits<Number>::min() || wide > std::numeric_limits<Number>::max()) {
        errno = EINVAL; // what the library says of any other value that it does not take
        throw zmq::error_t();
    }
    const auto value = static_cast<Number>(wide);
    set_raw(socket, option, &value, sizeof value);
}

template <class Number>
std::int64_t get_number(zmq::socket_ref socket, int option) {
    Number value = 0;
    get_raw(socket, option, &value, sizeof value);
    return value;
}

std::string get_data(zmq::socket_ref socket, const SocketOption &option) {
    std::string data(option.kind == Kind::key ? key_size : longest_text, '\0');
    data.resize(get_raw(socket, option.number, data.data(), data.size()));
    if (option.kind == Kind::text && !data.empty() && data.back() == '\0') {
        data.pop_back();
    }
    return data;
}

/// A value that every option of its kind takes.
control::Option trial(const SocketOption &option) {
    control::Option trial;
    trial.set_name(std::string(option.name));
    if (is_number(option.kind)) {
        trial.mutable_value()->set_number(1);
    } else {
        trial.mutable_value()->set_data(std::string(option.kind == Kind::key ? key_size : 1, 'x'));
    }
    return trial;
}

} // namespace

void check_option(const control::Option &option) {
    const auto expected = is_number(known_option(option.name()).kind) ? control::OptionValue::kNumber
                                                                      : control::OptionValue::kData;
    if (option.value().kind_case() != expected) {
        throw invalid("a value of the wrong kind for " + option.name());
    }
}

void set_option(zmq::socket_ref socket, const control::Option &option) {
    const auto &known = known_option(option.name());
    const auto &value = option.value();
    switch (known.kind) {
    case Kind::number:
        set_number<int>(socket, known.number, value.number());
        break;
    case Kind::wide_number:
        set_number<std::int64_t>(socket, known.number, value.number());
        break;
    default:
        set_raw(socket, known.number, value.data().data(), value.data().size());
    }
}

control::OptionValue get_option(zmq::socket_ref socket, const std::string &name) {
    const auto &known = known_option(name);
    control::OptionValue value;
    switch (known.kind) {
    case Kind::number:
        value.set_number(get_number<int>(socket, known.number));
        break;
    case Kind::wide_number:
        value.set_number(get_number<std::int64_t>(socket, known.number));
        break;
    default:
        value.set_data(get_data(socket, known));
    }
    return value;
}

std::vector<std::string> settable_options(zmq::context_t &context) {
    std::vector<std::string> settable;
    for (const auto &option : socket_options) {
        zmq::socket_t socket(context, option.owner);
        try {
            set_option(socket, trial(option));
            settable.emplace_back(option.name);
        } catch (const zmq::error_t &) {
            continue; // LAST_ENDPOINT, and what this build of the library was made without
        }
    }
    return settable;
}

} // namespace agent
