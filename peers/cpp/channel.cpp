#include "channel.hpp"

#include "errors.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr std::size_t longest_message = 128UL * 1024 * 1024;

using Length = std::array<unsigned char, 4>;

std::size_t decode_length(const Length &bytes) {
    std::size_t length = 0;
    for (const auto byte : bytes) {
        length = length << 8U | byte;
    }
    return length;
}

void append_length(std::string &text, std::size_t length) {
    for (const auto shift : {24U, 16U, 8U, 0U}) {
        text.push_back(static_cast<char>(length >> shift & 0xffU));
    }
}

int take_stdout() {
    const int output = dup(STDOUT_FILENO);
    if (output < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        throw ChannelBroken("cannot duplicate stdout: " + std::string(std::strerror(errno)));
    }
    return output;
}

int connect_to(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw ChannelBroken("INTEROP_CONTROL is too long for a Unix socket: " + path);
    }
    path.copy(address.sun_path, path.size());
    const int control = socket(AF_UNIX, SOCK_STREAM, 0);
    if (control < 0 || connect(control, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        throw ChannelBroken("cannot connect to " + path + ": " + std::strerror(errno));
    }
    return control;
}

} // namespace

Channel Channel::open() {
    const int output = take_stdout();
    const char *path = std::getenv("INTEROP_CONTROL");
    if (path == nullptr || *path == '\0') {
        return {STDIN_FILENO, output};
    }
    const int control = connect_to(path);
    return {control, control};
}

std::optional<control::Request> Channel::read() {
    Length head{};
    if (!read_exactly(head.data(), head.size())) {
        return std::nullopt;
    }
    const auto length = decode_length(head);
    if (length > longest_message) {
        throw ChannelBroken("a message of " + std::to_string(length) + " bytes on the control channel");
    }
    std::string bytes(length, '\0');
    if (!read_exactly(bytes.data(), bytes.size())) {
        return std::nullopt;
    }
    control::Request request;
    if (!request.ParseFromString(bytes)) {
        throw ChannelBroken("what came on the control channel is no Request");
    }
    return request;
}

void Channel::write(const control::Response &response) {
    if (response.ByteSizeLong() > longest_message) {
        control::Response refusal;
        refusal.set_id(response.id());
        *refusal.mutable_error() =
            native_error(EMSGSIZE, "the answer is longer than the control channel takes");
        write(refusal);
        return;
    }
    std::string bytes;
    append_length(bytes, response.ByteSizeLong());
    response.AppendToString(&bytes);

    const std::scoped_lock lock(writing_);
    for (std::size_t written = 0; written < bytes.size();) {
        const auto count = ::write(output_, bytes.data() + written, bytes.size() - written);
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            return; // nobody reads any more: the end of the channel is about to be read, too
        }
    }
}

bool Channel::read_exactly(void *bytes, std::size_t size) const {
    auto *position = static_cast<char *>(bytes);
    while (size > 0) {
        const auto count = ::read(input_, position, size);
        if (count > 0) {
            position += count;
            size -= static_cast<std::size_t>(count);
        } else if (count == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace agent
