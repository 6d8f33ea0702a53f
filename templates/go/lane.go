package main

import (
	zmq "github.com/pebbe/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

// lane has the sockets of one thread, and carries out operations on them.
type lane struct {
	context  *zmq.Context
	sockets  map[uint32]*socket
	monitors map[*socket]*socket // where the events of a socket are taken from
}

// operations are those that carryOut carries out, by their field name in Request: Hello says them, peer.toml claims them.
var operations = []string{"close_all", "program"}

// carryOut has all operations; each comment tells what one is made of. For those on an open socket, `on` in operation.go
// finds the socket.
func (l *lane) carryOut(request *control.Request) (*control.Response, error) {
	switch operation := request.Operation.(type) {
	case *control.Request_Open: // NewSocket, SetLinger(0), then each option in order
		return nil, notYet("open")
	case *control.Request_Close: // Close
		return nil, notYet("close")
	case *control.Request_CloseAll:
		return &control.Response{Result: &control.Response_Closed{Closed: l.closeSockets()}}, nil
	case *control.Request_SetOption: // setOption in operation.go
		return nil, notYet("set_option")
	case *control.Request_GetOption: // getOption in operation.go
		return nil, notYet("get_option")
	case *control.Request_Bind: // Bind, then GetLastEndpoint
		return nil, notYet("bind")
	case *control.Request_Connect: // Connect, then GetLastEndpoint
		return nil, notYet("connect")
	case *control.Request_Unbind: // Unbind
		return nil, notYet("unbind")
	case *control.Request_Disconnect: // Disconnect
		return nil, notYet("disconnect")
	case *control.Request_Send: // toNative in payload.go, then SendBytes with SNDMORE, within timeout_ms
		return nil, notYet("send")
	case *control.Request_Receive: // RecvBytes until GetRcvmore says no, within timeout_ms, then fromNative in payload.go
		return nil, notYet("receive")
	case *control.Request_SendBurst: // Send in a loop, counted
		return nil, notYet("send_burst")
	case *control.Request_ReceiveBurst: // Receive in a loop, counted
		return nil, notYet("receive_burst")
	case *control.Request_Monitor: // Monitor, all events
		return nil, notYet("monitor")
	case *control.Request_ReceiveEvent: // the oldest of them
		return nil, notYet("receive_event")
	case *control.Request_Program:
		return l.program(operation.Program), nil
	default:
		return nil, unsupported("Request %d has no operation that this agent knows", request.Id)
	}
}

func notYet(operation string) error {
	return unsupported("this agent does not carry out %s yet", operation)
}

func (l *lane) closeSockets() uint32 {
	closed := uint32(len(l.sockets))
	for _, socket := range l.sockets {
		socket.SetLinger(0)
		socket.Close()
	}
	clear(l.sockets)
	return closed
}
