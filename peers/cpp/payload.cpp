#include "payload.hpp"

#include "build_facts.hpp"
#include "errors.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <map>
#include <memory>

namespace agent {

namespace {

namespace pb = google::protobuf;
using Types = std::map<std::string, const pb::Message *>;

void add_with_nested(Types &types, const pb::Descriptor &type) {
    if (type.options().map_entry()) {
        return; // what the compiler makes of a map field is no type of anybody's
    }
    types.emplace(type.full_name(), pb::MessageFactory::generated_factory()->GetPrototype(&type));
    for (int i = 0; i < type.nested_type_count(); ++i) {
        add_with_nested(types, *type.nested_type(i));
    }
}

/// All that the build took, but for the control channel's own messages.
Types compiled_types() {
    const std::string control = "interop/control/";
    Types types;
    for (const auto &proto : built_protos) {
        const auto *file = pb::DescriptorPool::generated_pool()->FindFileByName(proto);
        if (file == nullptr || proto.compare(0, control.size(), control) == 0) {
            continue;
        }
        for (int i = 0; i < file->message_type_count(); ++i) {
            add_with_nested(types, *file->message_type(i));
        }
    }
    return types;
}

const Types &types() {
    static const Types types = compiled_types();
    return types;
}

} // namespace

std::string transcode(const std::string &type, const std::string &bytes) {
    const auto found = types().find(type);
    if (found == types().end()) {
        throw unsupported("no message type " + type);
    }
    const std::unique_ptr<pb::Message> message(found->second->New());
    std::string encoded;
    if (!message->ParseFromString(bytes) || !message->SerializeToString(&encoded)) {
        throw undecodable(std::to_string(bytes.size()) + " bytes that are no " + type);
    }
    return encoded;
}

std::vector<std::string> message_types() {
    std::vector<std::string> names;
    for (const auto &entry : types()) {
        names.push_back(entry.first);
    }
    return names;
}

} // namespace agent
