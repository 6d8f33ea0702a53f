package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	zmq "github.com/pebbe/zmq4"

	"interop/peers/go/gen" // registers every message type that typed frames can name
	control "interop/peers/go/gen/pb-interop-control-v1"
)

var protoDigest string // the build puts it in

var socketTypes = map[string]zmq.Type{}

func init() {
	for kind := zmq.PAIR; kind <= zmq.STREAM; kind++ {
		socketTypes[kind.String()] = kind
	}
}

func hello(context *zmq.Context) *control.Hello {
	opened := map[zmq.Type]*zmq.Socket{}
	said := &control.Hello{
		Contract:     1,
		Peer:         "go",
		Language:     "Go " + strings.TrimPrefix(runtime.Version(), "go"),
		Libraries:    libraries(),
		ProtoDigest:  protoDigest,
		Lanes:        lanesAtMost,
		Transports:   []string{"tcp", "inproc"}, // zmq_has() knows only what a build of libzmq can be without
		Mechanisms:   []string{"NULL", "PLAIN"},
		MessageTypes: messageTypes(),
		Abilities:    []string{"control_socket", "inproc_lanes"},
		Operations:   operations,
		Refused:      refused(),
	}
	for kind := zmq.PAIR; kind <= zmq.STREAM; kind++ {
		if socket, err := context.NewSocket(kind); err == nil {
			defer socket.Close()
			opened[kind] = socket
			said.SocketTypes = append(said.SocketTypes, kind.String())
		}
	}
	for _, option := range options {
		if socket := opened[option.probe]; socket != nil && option.set(socket, option.harmless) == nil {
			said.Options = append(said.Options, option.name)
		}
	}
	if zmq.HasIpc() {
		said.Transports = append(said.Transports, "ipc")
	}
	if zmq.HasPgm() {
		said.Transports = append(said.Transports, "pgm", "epgm") // the same protocol and code, over UDP
	}
	if zmq.HasCurve() {
		said.Mechanisms = append(said.Mechanisms, "CURVE")
	}
	return said
}

// libraries has libzmq by its own word, and the modules as they stand in the program.
func libraries() []*control.Library {
	major, minor, patch := zmq.Version()
	found := []*control.Library{{Name: "libzmq", Version: fmt.Sprintf("%d.%d.%d", major, minor, patch)}}
	if program, readable := debug.ReadBuildInfo(); readable {
		for _, module := range program.Deps {
			found = append(found, &control.Library{Name: module.Path, Version: strings.TrimPrefix(module.Version, "v")})
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
