package main

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	zmq "github.com/pebbe/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

// monitorsMade numbers the endpoints of monitors: all lanes share one context, and so its inproc names.
var monitorsMade atomic.Uint64

func (l *lane) monitor(socket *socket, _ *control.Monitor) (*control.Response, error) {
	if l.monitors[socket] != nil {
		return nil, invalid("it has a monitor already")
	}
	pair, err := l.context.NewSocket(zmq.PAIR)
	if err != nil {
		return nil, err
	}
	l.monitors[socket] = pair
	endpoint := fmt.Sprintf("inproc://monitor-%d", monitorsMade.Add(1))
	for _, step := range []func() error{
		func() error { return pair.SetLinger(0) },
		// No limit: libzmq's own threads write the events, and would stand still where one is reached.
		func() error { return pair.SetRcvhwm(0) },
		func() error { return socket.Monitor(endpoint, zmq.EVENT_ALL) },
		func() error { return pair.Connect(endpoint) },
	} {
		if err := step(); err != nil {
			l.endMonitor(socket)
			return nil, err
		}
	}
	return done(), nil
}

func (l *lane) receiveEvent(socket *socket, operation *control.ReceiveEvent) (*control.Response, error) {
	pair := l.monitors[socket]
	if pair == nil {
		return nil, invalid("it has no monitor: ask for one before it connects")
	}
	var frames [][]byte
	limit := time.Now().Add(milliseconds(operation.TimeoutMs))
	err := within(limit, pair, zmq.POLLIN, func() (err error) { frames, err = receiveNow(pair); return err })
	if err != nil {
		return nil, err
	}
	return &control.Response{Result: &control.Response_Event{Event: event(frames[0], frames[1])}}, nil
}

// event reads the two frames of zmq_socket_monitor(3): 16 bits that say what happened and 32 of value, as the machine
// writes numbers; then the endpoint. The library's own way to read them has the value with a sign.
func event(numbers, endpoint []byte) *control.Event {
	kind := zmq.Event(binary.NativeEndian.Uint16(numbers))
	return &control.Event{
		Name:     strings.TrimPrefix(kind.String(), "EVENT_"),
		Value:    uint64(binary.NativeEndian.Uint32(numbers[2:])),
		Endpoint: strings.ToValidUTF8(string(endpoint), "\uFFFD"),
	}
}

// endMonitor ends the writing of events before the reading: one that has no reader left would hold up libzmq's thread.
func (l *lane) endMonitor(socket *socket) {
	if pair := l.monitors[socket]; pair != nil {
		socket.Monitor("", 0)
		pair.Close()
		delete(l.monitors, socket)
	}
}
