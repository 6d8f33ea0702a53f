package main

import (
	"fmt"
	"time"

	zmq "github.com/pebbe/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

// lane has the sockets of one thread, and carries out operations on them.
type lane struct {
	context  *zmq.Context
	sockets  map[uint32]*socket
	monitors map[*socket]*socket // where the events of a socket are taken from
}

// operations are the cases of carryOut, by their field name in Request.
var operations = []string{
	"open", "close", "close_all", "set_option", "get_option", "bind", "connect", "unbind", "disconnect",
	"send", "receive", "send_burst", "receive_burst", "monitor", "receive_event", "program",
}

func (l *lane) carryOut(request *control.Request) (*control.Response, error) {
	switch operation := request.Operation.(type) {
	case *control.Request_Open:
		return l.open(operation.Open)
	case *control.Request_Close:
		return on(l, operation.Close, l.close)
	case *control.Request_CloseAll:
		return &control.Response{Result: &control.Response_Closed{Closed: l.closeSockets()}}, nil
	case *control.Request_SetOption:
		return on(l, operation.SetOption, setOption)
	case *control.Request_GetOption:
		return on(l, operation.GetOption, getOption)
	case *control.Request_Bind:
		return on(l, operation.Bind, attach[*control.Bind]((*socket).Bind))
	case *control.Request_Connect:
		return on(l, operation.Connect, attach[*control.Connect]((*socket).Connect))
	case *control.Request_Unbind:
		return on(l, operation.Unbind, detach[*control.Unbind]((*socket).Unbind))
	case *control.Request_Disconnect:
		return on(l, operation.Disconnect, detach[*control.Disconnect]((*socket).Disconnect))
	case *control.Request_Send:
		return on(l, operation.Send, send)
	case *control.Request_Receive:
		return on(l, operation.Receive, receive)
	case *control.Request_SendBurst:
		return on(l, operation.SendBurst, sendBurst)
	case *control.Request_ReceiveBurst:
		return on(l, operation.ReceiveBurst, receiveBurst)
	case *control.Request_Monitor:
		return on(l, operation.Monitor, l.monitor)
	case *control.Request_ReceiveEvent:
		return on(l, operation.ReceiveEvent, l.receiveEvent)
	case *control.Request_Program:
		return l.program(operation.Program), nil
	default:
		return nil, unsupported("Request %d has no operation that this agent knows", request.Id)
	}
}

func (l *lane) open(operation *control.Open) (*control.Response, error) {
	if _, taken := l.sockets[operation.Socket]; taken {
		return nil, invalid("socket %d is open: close it first or choose another number", operation.Socket)
	}
	kind, known := kinds[operation.Type]
	if !known {
		return nil, unsupported("no socket type %q in this library", operation.Type)
	}
	socket, err := l.context.NewSocket(kind)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", operation.Type, err)
	}
	err = socket.SetLinger(0)
	for _, option := range operation.Options {
		if err == nil {
			err = set(socket, option)
		}
	}
	if err != nil {
		socket.Close()
		return nil, fmt.Errorf("open %s: %w", operation.Type, err)
	}
	l.sockets[operation.Socket] = socket
	return done(), nil
}

func (l *lane) close(socket *socket, operation *control.Close) (*control.Response, error) {
	l.endMonitor(socket)
	delete(l.sockets, operation.Socket)
	return done(), socket.Close()
}

func (l *lane) closeSockets() uint32 {
	closed := uint32(len(l.sockets))
	for _, socket := range l.sockets {
		l.endMonitor(socket)
		socket.SetLinger(0)
		socket.Close()
	}
	clear(l.sockets)
	return closed
}

func attach[Operation interface{ GetEndpoint() string }](call func(*socket, string) error) action[Operation] {
	return func(socket *socket, operation Operation) (*control.Response, error) {
		if _, err := detach[Operation](call)(socket, operation); err != nil {
			return nil, err
		}
		endpoint, err := socket.GetLastEndpoint()
		return &control.Response{Result: &control.Response_Endpoint{Endpoint: endpoint}}, err
	}
}

func detach[Operation interface{ GetEndpoint() string }](call func(*socket, string) error) action[Operation] {
	return func(socket *socket, operation Operation) (*control.Response, error) {
		endpoint := operation.GetEndpoint()
		if err := uninterrupted(func() error { return call(socket, endpoint) }); err != nil {
			return nil, fmt.Errorf("%s: %w", endpoint, err)
		}
		return done(), nil
	}
}

func send(socket *socket, operation *control.Send) (*control.Response, error) {
	frames, err := toNative(operation.Frames)
	if err != nil {
		return nil, err
	}
	limit := time.Now().Add(milliseconds(operation.TimeoutMs))
	return done(), within(limit, socket, zmq.POLLOUT, func() error { return sendNow(socket, frames) })
}

func receive(socket *socket, operation *control.Receive) (*control.Response, error) {
	var frames [][]byte
	limit := time.Now().Add(milliseconds(operation.TimeoutMs))
	err := within(limit, socket, zmq.POLLIN, func() (err error) { frames, err = receiveNow(socket); return err })
	if err != nil {
		return nil, err
	}
	message, err := fromNative(frames, operation.Types)
	return &control.Response{Result: &control.Response_Message{Message: message}}, err
}
