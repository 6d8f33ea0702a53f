package main

import (
	"fmt"
	"math"
	"strings"
	"syscall"

	control "interop/agent/gen/pb-interop-control-v1"
)

// option is one row of the table in options.go.
type option struct {
	name     string
	probe    socketType           // a socket type that the option belongs to
	harmless *control.OptionValue // a value that every library takes which has the option
	set      setter[*control.OptionValue]
	get      getter[*control.OptionValue]
}

type (
	setter[Value any] func(*socket, Value) error
	getter[Value any] func(*socket) (Value, error)
)

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

// number is an option that is a number in Go as well.
func number[Value int | int64](name string, probe socketType, set setter[Value], get getter[Value]) option {
	var largest, smallest int64 = math.MaxInt32, math.MinInt32 // int in Go, but int in C is what becomes of it
	if _, wide := any(Value(0)).(int64); wide {
		largest, smallest = math.MaxInt64, math.MinInt64
	}
	return scalar(name, probe, smallest, largest, set, get,
		func(number int64) Value { return Value(number) },
		func(value Value) int64 { return int64(value) })
}

// scalar refuses what Go's type would silently change; EINVAL is how libzmq refuses.
func scalar[Value any](
	name string, probe socketType, smallest, largest int64, set setter[Value], get getter[Value],
	toGo func(int64) Value, fromGo func(Value) int64,
) option {
	made := option{name: name, probe: probe, harmless: numberValue(1)}
	made.set = func(socket *socket, value *control.OptionValue) error {
		given, right := value.GetKind().(*control.OptionValue_Number)
		if !right {
			return invalid("it takes a number")
		}
		if given.Number < smallest || given.Number > largest {
			return fmt.Errorf("%d is not in %d to %d: %w", given.Number, smallest, largest, syscall.EINVAL)
		}
		return set(socket, toGo(given.Number))
	}
	made.get = reader(get, func(value Value) *control.OptionValue { return numberValue(fromGo(value)) })
	return made
}

// data is an option that is bytes; 32 of them are right for all, the CURVE keys included.
func data(name string, probe socketType, set setter[string], get getter[string]) option {
	made := option{name: name, probe: probe, harmless: dataValue(strings.Repeat("x", 32))}
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
			return nil, fmt.Errorf("the Go library cannot read it: %w", syscall.EINVAL)
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
