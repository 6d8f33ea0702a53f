package main

import (
	"fmt"
	"runtime"

	zmq "github.com/pebbe/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

const (
	peerName      = "go"
	socketsAtMost = 4096
)

type (
	socket     = zmq.Socket
	socketType = zmq.Type
)

// library is what all lanes share.
type library struct{ context *zmq.Context }

func openLibrary() (*library, error) {
	context, err := zmq.NewContext()
	if err == nil {
		// Left to itself, the library repeats an interrupted poll with the whole of its time, not with what remains.
		context.SetRetryAfterEINTR(false)
		err = context.SetMaxSockets(socketsAtMost)
	}
	if err != nil {
		return nil, fmt.Errorf("no ZeroMQ context: %w; install the libzmq that this agent was built with", err)
	}
	return &library{context}, nil
}

// end wakes the lanes that wait, and returns when all have closed their sockets and nothing of them is left in /tmp.
func (l *library) end() { l.context.Term() }

// newLane is called on the goroutine that the lane will be carried out on.
func (l *library) newLane() *lane {
	// Never two threads on one socket would be enough for libzmq, and up to a quarter faster; but a peer in Go should find
	// what depends on the thread itself, as the others do.
	runtime.LockOSThread()
	return &lane{context: l.context, sockets: map[uint32]*socket{}, monitors: map[*socket]*socket{}}
}

var kinds = map[string]socketType{}

func init() {
	for kind := zmq.PAIR; kind <= zmq.STREAM; kind++ {
		kinds[kind.String()] = kind
	}
}

func (l *library) socketTypes() (found []string) {
	for kind := zmq.PAIR; kind <= zmq.STREAM; kind++ {
		if socket, err := l.context.NewSocket(kind); err == nil {
			socket.Close()
			found = append(found, kind.String())
		}
	}
	return found
}

func (l *library) settable() (found []string) {
	for _, option := range options {
		socket, err := l.context.NewSocket(option.probe)
		if err != nil {
			continue
		}
		if option.set(socket, option.harmless) == nil {
			found = append(found, option.name)
		}
		socket.Close()
	}
	return found
}

// versions has libzmq by its own word.
func versions() []*control.Library {
	major, minor, patch := zmq.Version()
	return []*control.Library{{Name: "libzmq", Version: fmt.Sprintf("%d.%d.%d", major, minor, patch)}}
}

func transports() []string {
	found := []string{"tcp", "inproc"} // zmq_has() knows only what a build of libzmq can be without
	if zmq.HasIpc() {
		found = append(found, "ipc")
	}
	if zmq.HasPgm() {
		found = append(found, "pgm", "epgm") // the same protocol and code, over UDP
	}
	return found
}

func mechanisms() []string {
	found := []string{"NULL", "PLAIN"}
	if zmq.HasCurve() {
		found = append(found, "CURVE")
	}
	return found
}
