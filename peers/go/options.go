package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	zmq "github.com/pebbe/zmq4"

	control "interop/peers/go/gen/pb-interop-control-v1"
)

// option is one row of the table: the library has no general call, but a method of its own for each option.
type option struct {
	name     string
	probe    zmq.Type             // a socket type that the option belongs to
	harmless *control.OptionValue // a value that every libzmq takes which has the option
	set      func(*zmq.Socket, *control.OptionValue) error
	get      func(*zmq.Socket) (*control.OptionValue, error)
}

// Where the library has no method (nil) the answer is EINVAL, as libzmq's is for what can only be written or read.
var options = []option{
	duration("LINGER", zmq.PUSH, (*zmq.Socket).SetLinger, (*zmq.Socket).GetLinger),
	number("SNDHWM", zmq.PUSH, (*zmq.Socket).SetSndhwm, (*zmq.Socket).GetSndhwm),
	number("RCVHWM", zmq.PULL, (*zmq.Socket).SetRcvhwm, (*zmq.Socket).GetRcvhwm),
	number("SNDBUF", zmq.PUSH, (*zmq.Socket).SetSndbuf, (*zmq.Socket).GetSndbuf),
	number("RCVBUF", zmq.PULL, (*zmq.Socket).SetRcvbuf, (*zmq.Socket).GetRcvbuf),
	duration("SNDTIMEO", zmq.PUSH, (*zmq.Socket).SetSndtimeo, (*zmq.Socket).GetSndtimeo),
	duration("RCVTIMEO", zmq.PULL, (*zmq.Socket).SetRcvtimeo, (*zmq.Socket).GetRcvtimeo),
	truth("IMMEDIATE", zmq.PUSH, (*zmq.Socket).SetImmediate, (*zmq.Socket).GetImmediate),
	truth("IPV6", zmq.PUSH, (*zmq.Socket).SetIpv6, (*zmq.Socket).GetIpv6),
	number("MAXMSGSIZE", zmq.PULL, (*zmq.Socket).SetMaxmsgsize, (*zmq.Socket).GetMaxmsgsize),
	number("BACKLOG", zmq.PULL, (*zmq.Socket).SetBacklog, (*zmq.Socket).GetBacklog),
	duration("RECONNECT_IVL", zmq.PUSH, (*zmq.Socket).SetReconnectIvl, (*zmq.Socket).GetReconnectIvl),
	duration("RECONNECT_IVL_MAX", zmq.PUSH, (*zmq.Socket).SetReconnectIvlMax, (*zmq.Socket).GetReconnectIvlMax),
	duration("HANDSHAKE_IVL", zmq.PUSH, (*zmq.Socket).SetHandshakeIvl, (*zmq.Socket).GetHandshakeIvl),
	duration("HEARTBEAT_IVL", zmq.PUSH, (*zmq.Socket).SetHeartbeatIvl, nil),
	duration("HEARTBEAT_TIMEOUT", zmq.PUSH, (*zmq.Socket).SetHeartbeatTimeout, nil),
	duration("HEARTBEAT_TTL", zmq.PUSH, (*zmq.Socket).SetHeartbeatTtl, nil),
	truth("CONFLATE", zmq.PULL, (*zmq.Socket).SetConflate, nil),
	number("RATE", zmq.PUB, (*zmq.Socket).SetRate, (*zmq.Socket).GetRate),
	duration("RECOVERY_IVL", zmq.PUB, (*zmq.Socket).SetRecoveryIvl, (*zmq.Socket).GetRecoveryIvl),
	number("MULTICAST_HOPS", zmq.PUB, (*zmq.Socket).SetMulticastHops, (*zmq.Socket).GetMulticastHops),
	number("ROUTER_MANDATORY", zmq.ROUTER, (*zmq.Socket).SetRouterMandatory, nil),
	truth("ROUTER_HANDOVER", zmq.ROUTER, (*zmq.Socket).SetRouterHandover, nil),
	number("PROBE_ROUTER", zmq.DEALER, (*zmq.Socket).SetProbeRouter, nil),
	number("REQ_CORRELATE", zmq.REQ, (*zmq.Socket).SetReqCorrelate, nil),
	number("REQ_RELAXED", zmq.REQ, (*zmq.Socket).SetReqRelaxed, nil),
	number("XPUB_VERBOSE", zmq.XPUB, (*zmq.Socket).SetXpubVerbose, nil),
	truth("XPUB_NODROP", zmq.XPUB, (*zmq.Socket).SetXpubNodrop, nil),
	number("PLAIN_SERVER", zmq.PULL, (*zmq.Socket).SetPlainServer, (*zmq.Socket).GetPlainServer),
	number("CURVE_SERVER", zmq.PULL, (*zmq.Socket).SetCurveServer, nil),

	data("ROUTING_ID", zmq.DEALER, (*zmq.Socket).SetIdentity, (*zmq.Socket).GetIdentity),
	data("SUBSCRIBE", zmq.SUB, (*zmq.Socket).SetSubscribe, nil),
	data("UNSUBSCRIBE", zmq.SUB, (*zmq.Socket).SetUnsubscribe, nil),
	data("PLAIN_USERNAME", zmq.PUSH, (*zmq.Socket).SetPlainUsername, (*zmq.Socket).GetPlainUsername),
	data("PLAIN_PASSWORD", zmq.PUSH, (*zmq.Socket).SetPlainPassword, (*zmq.Socket).GetPlainPassword),
	data("CURVE_SERVERKEY", zmq.PUSH, (*zmq.Socket).SetCurveServerkey, (*zmq.Socket).GetCurveServerkeyRaw),
	data("CURVE_PUBLICKEY", zmq.PUSH, (*zmq.Socket).SetCurvePublickey, (*zmq.Socket).GetCurvePublickeyRaw),
	data("CURVE_SECRETKEY", zmq.PUSH, (*zmq.Socket).SetCurveSecretkey, (*zmq.Socket).GetCurveSecretkeyRaw),
	data("ZAP_DOMAIN", zmq.PULL, (*zmq.Socket).SetZapDomain, (*zmq.Socket).GetZapDomain),
	data("LAST_ENDPOINT", zmq.PULL, nil, (*zmq.Socket).GetLastEndpoint),
}

var optionsByName = func() map[string]option {
	byName := make(map[string]option, len(options))
	for _, option := range options {
		byName[option.name] = option
	}
	return byName
}()

func set(socket *zmq.Socket, given *control.Option) error {
	option, known := optionsByName[given.GetName()]
	if !known {
		return unsupported("no option %q in this agent", given.GetName())
	}
	if err := option.set(socket, given.Value); err != nil {
		return fmt.Errorf("set %s: %w", option.name, err)
	}
	return nil
}

func get(socket *zmq.Socket, name string) (*control.OptionValue, error) {
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

type (
	setter[Value any] func(*zmq.Socket, Value) error
	getter[Value any] func(*zmq.Socket) (Value, error)
)

// number is an option that is a number in Go as well.
func number[Value int | int64](name string, probe zmq.Type, set setter[Value], get getter[Value]) option {
	var largest, smallest int64 = math.MaxInt32, math.MinInt32 // int in Go, but int in C is what becomes of it
	if _, wide := any(Value(0)).(int64); wide {
		largest, smallest = math.MaxInt64, math.MinInt64
	}
	return scalar(name, probe, smallest, largest, set, get,
		func(number int64) Value { return Value(number) },
		func(value Value) int64 { return int64(value) })
}

// duration is an option that the library gives and takes as a time: milliseconds in libzmq, where -1 has no limit.
func duration(name string, probe zmq.Type, set setter[time.Duration], get getter[time.Duration]) option {
	return scalar(name, probe, math.MinInt32, math.MaxInt32, set, get,
		func(number int64) time.Duration { return time.Duration(number) * time.Millisecond },
		func(value time.Duration) int64 {
			if value < 0 {
				return -1 // the library says "no limit" with -1 ns
			}
			return value.Milliseconds()
		})
}

// truth is an option that the library gives and takes as true or false.
func truth(name string, probe zmq.Type, set setter[bool], get getter[bool]) option {
	return scalar(name, probe, 0, 1, set, get,
		func(number int64) bool { return number == 1 },
		func(value bool) int64 {
			if value {
				return 1
			}
			return 0
		})
}

// scalar refuses what Go's type would silently change; EINVAL is how libzmq refuses.
func scalar[Value any](
	name string, probe zmq.Type, smallest, largest int64, set setter[Value], get getter[Value],
	toGo func(int64) Value, fromGo func(Value) int64,
) option {
	made := option{name: name, probe: probe, harmless: numberValue(1)}
	made.set = func(socket *zmq.Socket, value *control.OptionValue) error {
		given, right := value.GetKind().(*control.OptionValue_Number)
		if !right {
			return invalid("it takes a number")
		}
		if given.Number < smallest || given.Number > largest {
			return fmt.Errorf("%d is not in %d to %d: %w", given.Number, smallest, largest, eInvalid)
		}
		return set(socket, toGo(given.Number))
	}
	made.get = func(socket *zmq.Socket) (*control.OptionValue, error) {
		if get == nil {
			return nil, fmt.Errorf("the Go library cannot read it: %w", eInvalid)
		}
		value, err := get(socket)
		return numberValue(fromGo(value)), err
	}
	return made
}

// data is an option that is bytes; 32 of them are right for all, the CURVE keys included.
func data(name string, probe zmq.Type, set setter[string], get getter[string]) option {
	made := option{name: name, probe: probe, harmless: dataValue(strings.Repeat("x", 32))}
	made.set = func(socket *zmq.Socket, value *control.OptionValue) error {
		given, right := value.GetKind().(*control.OptionValue_Data)
		if !right {
			return invalid("it takes data")
		}
		if set == nil {
			return fmt.Errorf("it can only be read: %w", eInvalid)
		}
		return set(socket, string(given.Data))
	}
	made.get = func(socket *zmq.Socket) (*control.OptionValue, error) {
		if get == nil {
			return nil, fmt.Errorf("the Go library cannot read it: %w", eInvalid)
		}
		value, err := get(socket)
		return dataValue(value), err
	}
	return made
}

func numberValue(number int64) *control.OptionValue {
	return &control.OptionValue{Kind: &control.OptionValue_Number{Number: number}}
}

func dataValue(data string) *control.OptionValue {
	return &control.OptionValue{Kind: &control.OptionValue_Data{Data: []byte(data)}}
}
