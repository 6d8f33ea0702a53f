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

// answer is the Response to a Request, whatever becomes of it.
func (l *lane) answer(request *control.Request) *control.Response {
	response, err := l.carryOut(request)
	if err != nil {
		response = refusal(request, err)
	}
	response.Id = request.Id
	return response
}

// program carries out one step after the other, until one fails.
func (l *lane) program(operation *control.Program) *control.Response {
	result := &control.ProgramResult{}
	for _, step := range operation.Steps {
		var response *control.Response
		if step.GetProgram() != nil {
			response = refusal(step, unsupported("a Program within a Program"))
		} else {
			response = l.answer(step)
		}
		result.Results = append(result.Results, response)
		if response.GetError() != nil {
			break
		}
	}
	return &control.Response{Result: &control.Response_Program{Program: result}}
}

func done() *control.Response { return &control.Response{} }

func setOption(socket *socket, operation *control.SetOption) (*control.Response, error) {
	return done(), set(socket, operation.Option)
}

func getOption(socket *socket, operation *control.GetOption) (*control.Response, error) {
	value, err := get(socket, operation.Name)
	return &control.Response{Result: &control.Response_Value{Value: value}}, err
}
