// What the agent knows of its own build; protos.sh writes the values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct RefusedProto {
    std::string file;
    std::string reason;
};

extern const std::string_view proto_digest;
extern const std::vector<std::string> built_protos;
extern const std::vector<RefusedProto> refused_protos;

} // namespace agent
