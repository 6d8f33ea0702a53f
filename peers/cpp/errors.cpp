#include "errors.hpp"

#include <array>
#include <cerrno>
#include <utility>

namespace agent {

namespace {

// The system's own names of numbers (strerrorname_np) are glibc's alone, and do not know those of libzmq.
#define NAMED(symbol)                                                                                        \
    std::pair {                                                                                              \
        symbol, #symbol                                                                                      \
    }
constexpr std::array errno_names{
    // clang-format off
    NAMED(EFSM), NAMED(ENOCOMPATPROTO), NAMED(ETERM), NAMED(EMTHREAD),
    NAMED(EAGAIN), NAMED(EINTR), NAMED(EINVAL), NAMED(EFAULT), NAMED(ENOMEM), NAMED(EMFILE), NAMED(ENFILE),
    NAMED(EACCES), NAMED(EPERM), NAMED(EROFS), NAMED(ENOENT), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EEXIST),
    NAMED(ENAMETOOLONG), NAMED(ELOOP), NAMED(ENOSPC), NAMED(EIO), NAMED(EBUSY), NAMED(EPIPE), NAMED(ENODEV),
    NAMED(ENXIO), NAMED(EBADF), NAMED(ENOTSUP), NAMED(EPROTONOSUPPORT), NAMED(EAFNOSUPPORT), NAMED(EPROTO),
    NAMED(EADDRINUSE), NAMED(EADDRNOTAVAIL), NAMED(ECONNREFUSED), NAMED(ECONNRESET), NAMED(ECONNABORTED),
    NAMED(ENOTCONN), NAMED(ENOTSOCK), NAMED(EMSGSIZE), NAMED(ENOBUFS), NAMED(ENETDOWN), NAMED(ENETUNREACH),
    NAMED(ENETRESET), NAMED(EHOSTUNREACH), NAMED(ETIMEDOUT), NAMED(EINPROGRESS), NAMED(ENOPROTOOPT),
    // clang-format on
};
#undef NAMED

std::string errno_name(int number) {
    for (const auto &[known, name] : errno_names) {
        if (known == number) {
            return name;
        }
    }
    return "E" + std::to_string(number);
}

} // namespace

Failure unsupported(const std::string &text) {
    return {control::ERROR_CODE_UNSUPPORTED, text};
}

Failure invalid(const std::string &text) {
    return {control::ERROR_CODE_INVALID, text};
}

Failure time_is_over(const std::string &text) {
    return {control::ERROR_CODE_AGAIN, text};
}

Failure undecodable(const std::string &text) {
    return {control::ERROR_CODE_PAYLOAD, text};
}

control::Error error_of(const Failure &failure) {
    control::Error error;
    error.set_code(failure.code());
    if (failure.code() == control::ERROR_CODE_AGAIN) {
        error.set_errno_name("EAGAIN");
    }
    error.set_text(failure.what());
    return error;
}

control::Error error_of(const zmq::error_t &error) {
    return native_error(error.num(), error.what());
}

control::Error native_error(int number, const std::string &text) {
    control::Error error;
    error.set_code(control::ERROR_CODE_NATIVE);
    error.set_errno_name(errno_name(number));
    error.set_text(text);
    return error;
}

} // namespace agent
