package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	zmq "github.com/pebbe/zmq4"

	control "interop/agent/gen/pb-interop-control-v1"
)

const (
	numberBytes  = 8
	betweenLooks = 16 // messages between two looks at the clock
)

func sendBurst(socket *socket, operation *control.SendBurst) (*control.Response, error) {
	if operation.Size < numberBytes {
		return nil, invalid("size %d: a message's number alone takes %d bytes", operation.Size, numberBytes)
	}
	body := make([]byte, operation.Size)
	frames := append(slices.Clone(operation.Head), body)
	size := uint64(0)
	for _, frame := range frames {
		size += uint64(len(frame))
	}
	return burst(socket, zmq.POLLOUT, operation.Count, operation.TimeoutMs, func(result *control.BurstResult) error {
		binary.BigEndian.PutUint64(body, operation.First+result.Count)
		err := sendNow(socket, frames)
		if err == nil {
			result.Bytes += size
		}
		return err
	})
}

func receiveBurst(socket *socket, operation *control.ReceiveBurst) (*control.Response, error) {
	var frames [][]byte // of one message; the next takes its place
	return burst(socket, zmq.POLLIN, operation.Count, operation.TimeoutMs, func(result *control.BurstResult) (err error) {
		frames, err = receiveInto(socket, frames[:0])
		if err != nil {
			return err
		}
		for _, frame := range frames {
			result.Bytes += uint64(len(frame))
		}
		if operation.Numbers {
			number := uint64(math.MaxUint64)
			if last := frames[len(frames)-1]; len(last) >= numberBytes {
				number = binary.BigEndian.Uint64(last)
			}
			result.Numbers = append(result.Numbers, number)
		}
		return nil
	})
}

// burst repeats a call that adds to its result until there are `count`, or the time limit of the whole has passed.
func burst(
	socket *socket, event zmq.State, count uint64, timeoutMs uint32, call func(*control.BurstResult) error,
) (*control.Response, error) {
	result := &control.BurstResult{}
	start := time.Now()
	limit := start.Add(milliseconds(timeoutMs))
	once := func() error { return call(result) }
	for result.Count < count {
		// With 0 the socket alone ends the burst, as soon as a call would have to wait.
		if result.Count%betweenLooks == 0 && timeoutMs > 0 && !time.Now().Before(limit) {
			break
		}
		if err := within(limit, socket, event, once); zmq.AsErrno(err) == eAgain {
			break
		} else if err != nil {
			return nil, fmt.Errorf("after %d messages: %w", result.Count, err)
		}
		result.Count++
	}
	result.ElapsedNs = uint64(time.Since(start))
	return &control.Response{Result: &control.Response_Burst{Burst: result}}, nil
}
