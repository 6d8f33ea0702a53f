package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	control "interop/agent/gen/pb-interop-control-v1"
)

const numberBytes = 8

func sendBurst(socket *socket, operation *control.SendBurst) (*control.Response, error) {
	if operation.Size < numberBytes {
		return nil, invalid("size %d: a message's number alone takes %d bytes", operation.Size, numberBytes)
	}
	return burst(operation.Count, operation.TimeoutMs, func(result *control.BurstResult, limit time.Time) error {
		body := make([]byte, operation.Size) // anew, since the library keeps what it was given
		binary.BigEndian.PutUint64(body, operation.First+result.Count)
		frames := append(slices.Clone(operation.Head), body)
		return counted(result, frames, socket.send(limit, frames))
	})
}

func receiveBurst(socket *socket, operation *control.ReceiveBurst) (*control.Response, error) {
	return burst(operation.Count, operation.TimeoutMs, func(result *control.BurstResult, limit time.Time) error {
		frames, err := socket.receive(limit)
		if err == nil && operation.Numbers {
			number := uint64(math.MaxUint64)
			if last := len(frames) - 1; last >= 0 && len(frames[last]) >= numberBytes {
				number = binary.BigEndian.Uint64(frames[last])
			}
			result.Numbers = append(result.Numbers, number)
		}
		return counted(result, frames, err)
	})
}

func counted(result *control.BurstResult, frames [][]byte, err error) error {
	if err == nil {
		result.Count++
		for _, frame := range frames {
			result.Bytes += uint64(len(frame))
		}
	}
	return err
}

// burst repeats a call that counts into its result until there are `count`, or the time limit of the whole has passed.
func burst(
	count uint64, timeoutMs uint32, call func(*control.BurstResult, time.Time) error,
) (*control.Response, error) {
	result := &control.BurstResult{}
	start := time.Now()
	limit := limitOf(timeoutMs)
	// With 0 the socket alone ends the burst, as soon as a call would have to wait.
	for result.Count < count && (timeoutMs == 0 || time.Now().Before(limit)) {
		if timeoutMs == 0 {
			limit = limitOf(0)
		}
		if err := call(result, limit); errors.Is(err, syscall.EAGAIN) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("after %d messages: %w", result.Count, err)
		}
	}
	result.ElapsedNs = uint64(time.Since(start))
	return &control.Response{Result: &control.Response_Burst{Burst: result}}, nil
}
