package main

import (
	"fmt"
	"math"
	"syscall"
	"time"

	zmq "github.com/go-zeromq/zmq4"

	control "interop/peers/go-pure/gen/pb-interop-control-v1"
)

// option is one row of the table.
type option struct {
	name     string
	probe    zmq.SocketType       // a socket type that the option belongs to
	harmless *control.OptionValue // a value that is right
	set      setter[*control.OptionValue]
	get      getter[*control.OptionValue]
}

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

var optionsByName = func() map[string]option {
	byName := make(map[string]option, len(options))
	for _, option := range options {
		byName[option.name] = option
	}
	return byName
}()

func set(socket *socket, given *control.Option) error {
	option, known := optionsByName[given.GetName()]
	if !known {
		return unsupported("no option %q in this agent", given.GetName())
	}
	if err := option.set(socket, given.Value); err != nil {
		return fmt.Errorf("set %s: %w", option.name, err)
	}
	return nil
}

func get(socket *socket, name string) (*control.OptionValue, error) {
	option, known := optionsByName[name]
	if !known {
		return nil, unsupported("no option %q in this agent", name)
	}
	value, err := option.get(socket)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return value, nil
}

func setNumber(name string) setter[int64] {
	return func(s *socket, number int64) error { return s.set(setting{name, int(number)}) }
}

func getNumber(name string) getter[int64] {
	return func(s *socket) (int64, error) {
		if err := s.make(); err != nil {
			return 0, err
		}
		value, err := s.native.GetOption(name)
		number, _ := value.(int)
		return int64(number), err
	}
}

func setText(name string) setter[string] {
	return func(s *socket, text string) error { return s.set(setting{name, text}) }
}

// setTime takes milliseconds as libzmq does, where -1 has no limit.
func setTime(with func(time.Duration) zmq.Option) setter[int64] {
	return func(s *socket, number int64) error {
		limit := time.Duration(number) * time.Millisecond
		if number == -1 {
			limit = math.MaxInt64
		}
		return s.beforehand(func() { s.options = append(s.options, with(limit)) })
	}
}

// setReconnection takes -1 as libzmq does: no second connection to an endpoint.
func setReconnection(s *socket, number int64) error {
	if number == -1 {
		return s.beforehand(func() { s.connectsOnce = true })
	}
	return setTime(zmq.WithDialerRetry)(s, number)
}

func setID(s *socket, id string) error {
	return s.beforehand(func() { s.options = append(s.options, zmq.WithID(zmq.SocketIdentity(id))) })
}

func setPlainServer(s *socket, number int64) error {
	return s.beforehand(func() { s.plain = number != 0 })
}

func setPlain(field func(*socket) *string) setter[string] {
	return func(s *socket, text string) error {
		return s.beforehand(func() { *field(s), s.plain = text, true })
	}
}

type (
	setter[Value any] func(*socket, Value) error
	getter[Value any] func(*socket) (Value, error)
)

func number(name string, probe zmq.SocketType, set setter[int64], get getter[int64]) option {
	made := option{name: name, probe: probe, harmless: numberValue(1)}
	made.set = func(socket *socket, value *control.OptionValue) error {
		given, right := value.GetKind().(*control.OptionValue_Number)
		if !right {
			return invalid("it takes a number")
		}
		if given.Number < math.MinInt32 || given.Number > math.MaxInt32 {
			return fmt.Errorf("%d is not what C calls an int: %w", given.Number, syscall.EINVAL)
		}
		return set(socket, given.Number)
	}
	made.get = reader(get, numberValue)
	return made
}

func data(name string, probe zmq.SocketType, set setter[string], get getter[string]) option {
	made := option{name: name, probe: probe, harmless: dataValue("x")}
	made.set = func(socket *socket, value *control.OptionValue) error {
		given, right := value.GetKind().(*control.OptionValue_Data)
		if !right {
			return invalid("it takes data")
		}
		if set == nil {
			return fmt.Errorf("it can only be read: %w", syscall.EINVAL)
		}
		return set(socket, string(given.Data))
	}
	made.get = reader(get, dataValue)
	return made
}

// reader makes the library's value an OptionValue; EINVAL is how libzmq refuses what can only be written.
func reader[Value any](get getter[Value], wrap func(Value) *control.OptionValue) getter[*control.OptionValue] {
	return func(socket *socket) (*control.OptionValue, error) {
		if get == nil {
			return nil, fmt.Errorf("the library cannot read it: %w", syscall.EINVAL)
		}
		value, err := get(socket)
		return wrap(value), err
	}
}

func numberValue(number int64) *control.OptionValue {
	return &control.OptionValue{Kind: &control.OptionValue_Number{Number: number}}
}

func dataValue(data string) *control.OptionValue {
	return &control.OptionValue{Kind: &control.OptionValue_Data{Data: []byte(data)}}
}
