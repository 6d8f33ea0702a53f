package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"interop/agent/gen" // registers every message type that typed frames can name
	control "interop/agent/gen/pb-interop-control-v1"
)

var protoDigest string // the build puts it in

func hello(library *library) *control.Hello {
	return &control.Hello{
		Contract:     2,
		Peer:         peerName,
		Language:     "Go " + strings.TrimPrefix(runtime.Version(), "go"),
		Libraries:    append(versions(), modules()...),
		ProtoDigest:  protoDigest,
		Lanes:        lanesAtMost,
		SocketTypes:  library.socketTypes(),
		Transports:   transports(),
		Mechanisms:   mechanisms(),
		Options:      library.settable(),
		MessageTypes: messageTypes(),
		Abilities:    []string{"control_socket", "inproc_lanes"},
		Operations:   operations,
		Refused:      refused(),
	}
}

// modules are the Go libraries as they stand in the program.
func modules() (found []*control.Library) {
	if program, readable := debug.ReadBuildInfo(); readable {
		for _, module := range program.Deps {
			version := strings.TrimPrefix(module.Version, "v")
			if module.Replace != nil {
				version += " (another one in its place)" // a checkout's: go.mod still names what it stands for
			}
			found = append(found, &control.Library{Name: module.Path, Version: version})
		}
	}
	return found
}

// refused has the protos that the build left out: a line each, with what was said of it behind a tab.
func refused() (found []*control.Refusal) {
	for _, line := range strings.FieldsFunc(gen.Refused, func(char rune) bool { return char == '\n' }) {
		file, reason, _ := strings.Cut(line, "\t")
		found = append(found, &control.Refusal{File: file, Reason: strings.ToValidUTF8(reason, "\uFFFD")})
	}
	return found
}
