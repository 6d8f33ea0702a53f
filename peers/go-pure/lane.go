package main

import (
	"context"
	"fmt"
	"time"

	control "interop/agent/gen/pb-interop-control-v1"
)

// lane has the sockets of one thread, and carries out operations on them.
type lane struct {
	context context.Context
	sockets map[uint32]*socket
}

// operations are the cases of carryOut, by their field name in Request. The library can neither unbind nor disconnect.
var operations = []string{
	"open", "close", "close_all", "set_option", "get_option", "bind", "connect",
	"send", "receive", "send_burst", "receive_burst", "program",
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
		return on(l, operation.Bind, attach[*control.Bind]((*socket).bind))
	case *control.Request_Connect:
		return on(l, operation.Connect, attach[*control.Connect]((*socket).connect))
	case *control.Request_Send:
		return on(l, operation.Send, send)
	case *control.Request_Receive:
		return on(l, operation.Receive, receive)
	case *control.Request_SendBurst:
		return on(l, operation.SendBurst, sendBurst)
	case *control.Request_ReceiveBurst:
		return on(l, operation.ReceiveBurst, receiveBurst)
	case *control.Request_Program:
		return l.program(operation.Program), nil
	default:
		return nil, unsupported("Request %d has no operation that this agent knows", request.Id)
	}
}

// open sets no LINGER, since the library has none: what Send has sent is with the system, but for PUB and XPUB.
func (l *lane) open(operation *control.Open) (*control.Response, error) {
	if _, taken := l.sockets[operation.Socket]; taken {
		return nil, invalid("socket %d is open: close it first or choose another number", operation.Socket)
	}
	create, known := makers[operation.Type]
	if !known {
		return nil, unsupported("no socket type %q in this library", operation.Type)
	}
	opened := &socket{context: l.context, create: create}
	for _, option := range operation.Options {
		if err := set(opened, option); err != nil {
			closed(opened.close())
			return nil, fmt.Errorf("open %s: %w", operation.Type, err)
		}
	}
	l.sockets[operation.Socket] = opened
	return done(), nil
}

func (l *lane) close(socket *socket, operation *control.Close) (*control.Response, error) {
	delete(l.sockets, operation.Socket)
	closed(socket.close())
	return done(), nil
}

func (l *lane) closeSockets() uint32 {
	closing := make([]*call, 0, len(l.sockets))
	for _, socket := range l.sockets {
		closing = append(closing, socket.close())
	}
	closed(closing...)
	clear(l.sockets)
	return uint32(len(closing))
}

func attach[Operation interface{ GetEndpoint() string }](call func(*socket, string) error) action[Operation] {
	return func(socket *socket, operation Operation) (*control.Response, error) {
		if err := call(socket, operation.GetEndpoint()); err != nil {
			return nil, fmt.Errorf("%s: %w", operation.GetEndpoint(), err)
		}
		return &control.Response{Result: &control.Response_Endpoint{Endpoint: socket.endpoint}}, nil
	}
}

func send(socket *socket, operation *control.Send) (*control.Response, error) {
	frames, err := toNative(operation.Frames)
	if err != nil {
		return nil, err
	}
	return done(), socket.send(limitOf(operation.TimeoutMs), frames)
}

func receive(socket *socket, operation *control.Receive) (*control.Response, error) {
	frames, err := socket.receive(limitOf(operation.TimeoutMs))
	if err != nil {
		return nil, err
	}
	message, err := fromNative(frames, operation.Types)
	return &control.Response{Result: &control.Response_Message{Message: message}}, err
}

func limitOf(timeoutMs uint32) time.Time {
	if timeoutMs == 0 {
		return time.Now().Add(atOnce)
	}
	return time.Now().Add(time.Duration(timeoutMs) * time.Millisecond)
}
