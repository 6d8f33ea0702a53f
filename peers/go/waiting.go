package main

import (
	"time"

	zmq "github.com/pebbe/zmq4"
)

// within repeats a call that does not wait, until it says something else than EAGAIN or the time has passed.
func within(limit time.Time, socket *socket, event zmq.State, call func() error) error {
	for saidReady := false; ; {
		err := call()
		if zmq.AsErrno(err) != eAgain {
			return err
		}
		remaining := time.Until(limit)
		if remaining <= 0 {
			return err
		}
		if saidReady {
			// A ROUTER with MANDATORY or an XPUB with NODROP is ready for some peer while the one that matters is full:
			// polling would return at once, again and again.
			time.Sleep(min(remaining, time.Millisecond))
			saidReady = false
			continue
		}
		poller := zmq.NewPoller()
		poller.Add(socket, event)
		// The library cuts down to whole milliseconds; without the one more, the last of them would be spent spinning.
		ready, err := poller.Poll(remaining + time.Millisecond)
		if err != nil && zmq.AsErrno(err) != eInterrupted {
			return err
		}
		saidReady = len(ready) > 0
	}
}

func uninterrupted(call func() error) error {
	for {
		if err := call(); zmq.AsErrno(err) != eInterrupted {
			return err
		}
	}
}

// sendNow may say EAGAIN after some frames, when the peer leaves in their midst: those are dropped with its pipe, and
// the next try starts from the first again.
func sendNow(socket *socket, frames [][]byte) error {
	for i := 0; i < len(frames); {
		flags := zmq.DONTWAIT
		if i < len(frames)-1 {
			flags |= zmq.SNDMORE
		}
		if _, err := socket.SendBytes(frames[i], flags); err == nil {
			i++
		} else if zmq.AsErrno(err) != eInterrupted {
			return err
		}
	}
	return nil
}

func receiveNow(socket *socket) ([][]byte, error) { return receiveInto(socket, nil) }

// receiveInto appends the frames of one message.
func receiveInto(socket *socket, frames [][]byte) ([][]byte, error) {
	for {
		frame, err := socket.RecvBytes(zmq.DONTWAIT)
		if zmq.AsErrno(err) == eInterrupted {
			continue
		} else if err != nil {
			return frames, err
		}
		frames = append(frames, frame)
		if more, err := socket.GetRcvmore(); err != nil || !more {
			return frames, err
		}
	}
}

func milliseconds(count uint32) time.Duration {
	return time.Duration(count) * time.Millisecond
}
