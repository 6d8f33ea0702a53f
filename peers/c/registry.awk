# Writes gen/registry.c from the generated headers: protobuf-c itself cannot find a message type by its name.
FNR == 1 { print "#include \"" FILENAME "\"" }
/^extern const ProtobufCMessageDescriptor / { sub(";", "", $4); list = list "    &" $4 ",\n" }
END {
    print "const ProtobufCMessageDescriptor *const message_types[] = {\n" list "    NULL,\n};"
    print "const char proto_digest[] = \"" ENVIRON["INTEROP_PROTO_DIGEST"] "\";"
}
