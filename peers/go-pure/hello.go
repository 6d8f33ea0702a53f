package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	zmq "github.com/go-zeromq/zmq4"

	"interop/peers/go-pure/gen" // registers every message type that typed frames can name
	control "interop/peers/go-pure/gen/pb-interop-control-v1"
)

var protoDigest string // the build puts it in

// The library has a function for each type that it has, and no STREAM.
var socketTypes = map[string]func(context.Context, ...zmq.Option) zmq.Socket{
	string(zmq.Pair): zmq.NewPair, string(zmq.Pub): zmq.NewPub, string(zmq.Sub): zmq.NewSub,
	string(zmq.Req): zmq.NewReq, string(zmq.Rep): zmq.NewRep, string(zmq.Dealer): zmq.NewDealer,
	string(zmq.Router): zmq.NewRouter, string(zmq.Pull): zmq.NewPull, string(zmq.Push): zmq.NewPush,
	string(zmq.XPub): zmq.NewXPub, string(zmq.XSub): zmq.NewXSub,
}

func hello(context context.Context) *control.Hello {
	said := &control.Hello{
		Contract:     1,
		Peer:         "go-pure",
		Language:     "Go " + strings.TrimPrefix(runtime.Version(), "go"),
		Libraries:    libraries(),
		ProtoDigest:  protoDigest,
		Lanes:        lanesAtMost,
		Transports:   zmq.Transports(),
		Mechanisms:   []string{string(zmq.NullSecurity), string(zmq.PlainSecurity)}, // CURVE is a name without code
		MessageTypes: messageTypes(),
		Abilities:    []string{"control_socket", "inproc_lanes"},
		Operations:   operations,
		Refused:      refused(),
	}
	for name := range socketTypes {
		said.SocketTypes = append(said.SocketTypes, name)
	}
	slices.Sort(said.SocketTypes)
	for _, option := range options {
		probe := &socket{context: context, create: socketTypes[string(option.probe)]}
		if option.set(probe, option.harmless) == nil && probe.make() == nil {
			said.Options = append(said.Options, option.name)
		}
		closed(probe.close())
	}
	return said
}

// libraries are the modules as they stand in the program.
func libraries() (found []*control.Library) {
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
