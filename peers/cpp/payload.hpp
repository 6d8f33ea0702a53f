// Typed frames: protobuf messages of the types that were compiled into the agent, found by their full names.
#pragma once

#include <string>
#include <vector>

namespace agent {

/// Decodes bytes into a native message and encodes that message. UNSUPPORTED for a type that is not known,
/// PAYLOAD for bytes that are none of it.
std::string transcode(const std::string &type, const std::string &bytes);

/// The full names of all types that a typed frame can have.
std::vector<std::string> message_types();

} // namespace agent
