package main

import (
	"context"
	"maps"
	"slices"

	zmq "github.com/go-zeromq/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

const peerName = "go-pure"

type socketType = zmq.SocketType

// library is what all lanes share. The library's context is Go's: its end is the end of every socket made with it.
type library struct {
	context context.Context
	end     context.CancelFunc // wakes the lanes that wait
}

func openLibrary() (*library, error) {
	context, end := context.WithCancel(context.Background())
	return &library{context, end}, nil
}

// newLane makes a lane that is a goroutine and no thread: the library knows none.
func (l *library) newLane() *lane { return &lane{context: l.context, sockets: map[uint32]*socket{}} }

// The library has a function for each type that it has, and no STREAM.
var makers = map[string]func(context.Context, ...zmq.Option) zmq.Socket{
	string(zmq.Pair): zmq.NewPair, string(zmq.Pub): zmq.NewPub, string(zmq.Sub): zmq.NewSub,
	string(zmq.Req): zmq.NewReq, string(zmq.Rep): zmq.NewRep, string(zmq.Dealer): zmq.NewDealer,
	string(zmq.Router): zmq.NewRouter, string(zmq.Pull): zmq.NewPull, string(zmq.Push): zmq.NewPush,
	string(zmq.XPub): zmq.NewXPub, string(zmq.XSub): zmq.NewXSub,
}

func (l *library) socketTypes() []string { return slices.Sorted(maps.Keys(makers)) }

func (l *library) settable() (found []string) {
	for _, option := range options {
		probe := &socket{context: l.context, create: makers[string(option.probe)]}
		if option.set(probe, option.harmless) == nil && probe.make() == nil {
			found = append(found, option.name)
		}
		closed(probe.close())
	}
	return found
}

// versions is empty: the library is a module, and its version that of the module.
func versions() []*control.Library { return nil }

func transports() []string { return zmq.Transports() }

func mechanisms() []string {
	return []string{string(zmq.NullSecurity), string(zmq.PlainSecurity)} // CURVE is a name without code
}
