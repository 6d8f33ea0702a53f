package main

import (
	"math"
	"time"

	zmq "github.com/go-zeromq/zmq4"
)

// The library has these and no others. It has a high-water mark for PUB alone, and yet lets every type set it.
var options = []option{
	number("SNDHWM", zmq.Pub, setNumber(zmq.OptionHWM), getNumber(zmq.OptionHWM)),
	number("SNDTIMEO", zmq.Push, setTime(zmq.WithTimeout), nil),
	number("RECONNECT_IVL", zmq.Push, setReconnection, nil),
	number("PLAIN_SERVER", zmq.Pull, setPlainServer, nil),

	data("ROUTING_ID", zmq.Dealer, setID, nil),
	data("SUBSCRIBE", zmq.Sub, setText(zmq.OptionSubscribe), nil),
	data("UNSUBSCRIBE", zmq.Sub, setText(zmq.OptionUnsubscribe), nil),
	data("PLAIN_USERNAME", zmq.Push, setPlain(func(s *socket) *string { return &s.user }), nil),
	data("PLAIN_PASSWORD", zmq.Push, setPlain(func(s *socket) *string { return &s.password }), nil),
	data("LAST_ENDPOINT", zmq.Pull, nil, func(s *socket) (string, error) { return s.endpoint, nil }),
}

func setNumber(name string) setter[int] {
	return func(s *socket, number int) error { return s.set(setting{name, number}) }
}

func getNumber(name string) getter[int] {
	return func(s *socket) (int, error) {
		if err := s.make(); err != nil {
			return 0, err
		}
		value, err := s.native.GetOption(name)
		number, _ := value.(int)
		return number, err
	}
}

func setText(name string) setter[string] {
	return func(s *socket, text string) error { return s.set(setting{name, text}) }
}

// setTime takes milliseconds as libzmq does, where -1 has no limit.
func setTime(with func(time.Duration) zmq.Option) setter[int] {
	return func(s *socket, number int) error {
		limit := time.Duration(number) * time.Millisecond
		if number == -1 {
			limit = math.MaxInt64
		}
		return s.beforehand(func() { s.options = append(s.options, with(limit)) })
	}
}

// setReconnection takes -1 as libzmq does: no second connection to an endpoint.
func setReconnection(s *socket, number int) error {
	if number == -1 {
		return s.beforehand(func() { s.connectsOnce = true })
	}
	return setTime(zmq.WithDialerRetry)(s, number)
}

func setID(s *socket, id string) error {
	return s.beforehand(func() { s.options = append(s.options, zmq.WithID(zmq.SocketIdentity(id))) })
}

func setPlainServer(s *socket, number int) error {
	return s.beforehand(func() { s.plain = number != 0 })
}

func setPlain(field func(*socket) *string) setter[string] {
	return func(s *socket, text string) error {
		return s.beforehand(func() { *field(s), s.plain = text, true })
	}
}
