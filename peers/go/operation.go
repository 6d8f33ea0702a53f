package main

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	control "interop/agent/gen/pb-interop-control-v1"
)

type onSocket interface {
	proto.Message
	GetSocket() uint32
}

// action is how an operation is carried out on its socket.
type action[Operation any] func(*socket, Operation) (*control.Response, error)

// on finds the socket that an operation names, and says in every error what was tried on which.
func on[Operation onSocket](l *lane, operation Operation, carryOut action[Operation]) (*control.Response, error) {
	handle := operation.GetSocket()
	socket, there := l.sockets[handle]
	if !there {
		return nil, invalid("no socket %d on this lane: open it first", handle)
	}
	response, err := carryOut(socket, operation)
	if err != nil {
		err = fmt.Errorf("%s, socket %d: %w", operation.ProtoReflect().Descriptor().Name(), handle, err)
	}
	return response, err
}

func done() *control.Response { return &control.Response{} }

func setOption(socket *socket, operation *control.SetOption) (*control.Response, error) {
	return done(), set(socket, operation.Option)
}

func getOption(socket *socket, operation *control.GetOption) (*control.Response, error) {
	value, err := get(socket, operation.Name)
	return &control.Response{Result: &control.Response_Value{Value: value}}, err
}
