package main

import (
	"context"
	"fmt"
	"log"
	"strings"
	"syscall"
	"time"

	zmq "github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/plain"
)

const (
	// The library cannot be asked whether a call would have to wait. So one that "does not wait" is one that is back
	// after this long, far more than a call takes that finds what it needs, also on a busy machine.
	atOnce = 100 * time.Millisecond
	// For calls that have no time limit in the contract and take next to no time, unless the library is stuck.
	patience = time.Second
	// The same where only a library that is stuck takes any time at all: a busy machine may keep a call for a second.
	stuck = 5 * time.Second
)

// socket is one socket of the library, and what the contract asks beyond it.
//
// The library takes most options only when a socket is made, so it is made by the first call that needs it.
type socket struct {
	context      context.Context
	create       func(context.Context, ...zmq.Option) zmq.Socket
	options      []zmq.Option
	settings     []setting // made before the socket was
	connectsOnce bool      // RECONNECT_IVL -1
	plain        bool
	user         string
	password     string
	native       zmq.Socket // nil until it is made
	endpoint     string     // LAST_ENDPOINT, which the library has only for a Listen
	leaving      *call      // a Send that ran into its limit
	coming       *call      // a Recv that ran into its limit
}

// setting is an option that the library takes at any time.
type setting struct {
	name  string
	value any
}

// call is one call of the library in a goroutine of its own: none of them can be given a time limit.
type call struct {
	done   chan struct{}
	frames [][]byte
	err    error
}

func start(work func() ([][]byte, error)) *call {
	started := &call{done: make(chan struct{})}
	go func() {
		defer close(started.done)
		defer func() {
			if reason := recover(); reason != nil {
				started.err = fmt.Errorf("the library panicked: %v: %w", reason, syscall.EFAULT)
			}
		}()
		started.frames, started.err = work()
	}()
	return started
}

// endsBy tells whether a call is back when the limit has passed.
func (s *socket) endsBy(limit time.Time, waited *call) bool {
	timer := time.NewTimer(time.Until(limit))
	defer timer.Stop()
	select {
	case <-waited.done:
		return true
	case <-timer.C:
	case <-s.context.Done():
	}
	select { // both may have come together, and a message that is there must not wait for the next Receive
	case <-waited.done:
		return true
	default:
		return false
	}
}

var errAgain = fmt.Errorf("the time limit passed: %w", syscall.EAGAIN)

// send waits for a Send that an earlier limit cut off, since the library cannot take it back: that message, for which
// the answer was AGAIN, goes out all the same when there is somewhere to go.
func (s *socket) send(limit time.Time, frames [][]byte) error {
	if err := s.make(); err != nil {
		return err
	}
	if s.leaving != nil && !s.endsBy(limit, s.leaving) {
		return errAgain
	}
	message := zmq.NewMsgFrom(frames...)
	for {
		s.leaving = start(func() ([][]byte, error) {
			if len(frames) > 1 {
				return nil, s.native.SendMulti(message)
			}
			return nil, s.native.Send(message)
		})
		if !s.endsBy(limit, s.leaving) {
			return errAgain
		}
		err := s.leaving.err
		s.leaving = nil
		if err == nil || errnoName(err) != noPeer {
			return err
		}
		// RFC 28 lets a REQ without a peer wait or return an error. The library returns one; the contract waits.
		if !time.Now().Before(limit) || s.context.Err() != nil {
			return errAgain
		}
		time.Sleep(time.Millisecond)
	}
}

// receive takes up a Recv that an earlier limit cut off, and so no message is lost; but the library's queue holds one
// message more than without it, from then on until the next Receive.
func (s *socket) receive(limit time.Time) ([][]byte, error) {
	if err := s.make(); err != nil {
		return nil, err
	}
	if s.coming == nil {
		s.coming = start(func() ([][]byte, error) {
			message, err := s.native.Recv()
			return message.Frames, err
		})
	}
	if !s.endsBy(limit, s.coming) {
		return nil, errAgain
	}
	came := s.coming
	s.coming = nil
	return came.frames, came.err
}

func (s *socket) bind(endpoint string) error {
	if err := s.make(); err != nil {
		return err
	}
	if err := s.soon(func() error { return s.native.Listen(endpoint) }); err != nil {
		return err
	}
	transport, _, _ := strings.Cut(endpoint, "://")
	s.endpoint = transport + "://" + s.native.Addr().String()
	return nil
}

// connect does what zmq_connect does: it tries again for as long as it takes, without keeping the caller waiting, and
// again when the connection is lost. The library can do both, but does not by default.
//
// A socket that is bound first is left without: the library would connect it to its own endpoint.
func (s *socket) connect(endpoint string) error {
	if err := s.make(zmq.WithDialerMaxRetries(-1), zmq.WithAutomaticReconnect(!s.connectsOnce)); err != nil {
		return err
	}
	dialling := start(func() ([][]byte, error) { return nil, s.native.Dial(endpoint) })
	// The library says only after the handshake that an endpoint is none, and REQ cannot send before that.
	if s.endsBy(time.Now().Add(patience), dialling) {
		if dialling.err != nil {
			return dialling.err
		}
	} else {
		go func() {
			if <-dialling.done; dialling.err != nil && s.context.Err() == nil {
				log.Printf("%s: %v", endpoint, dialling.err)
			}
		}()
	}
	s.endpoint = endpoint
	return nil
}

// set hands an option to the socket, or keeps it for when there is one.
func (s *socket) set(wanted setting) error {
	if s.native == nil {
		s.settings = append(s.settings, wanted)
		return nil
	}
	return s.soon(func() error { return s.native.SetOption(wanted.name, wanted.value) })
}

// beforehand changes how the socket will be made.
func (s *socket) beforehand(change func()) error {
	if s.native != nil {
		return fmt.Errorf("the library takes it only before the first Bind or Connect: %w", syscall.EINVAL)
	}
	change()
	return nil
}

// make makes the library's socket where there is none yet.
func (s *socket) make(more ...zmq.Option) error {
	if s.native != nil {
		return nil
	}
	options := append(s.options, more...)
	if s.plain {
		options = append(options, zmq.WithSecurity(plain.Security(s.user, s.password)))
	}
	s.native = s.create(s.context, options...)
	for _, wanted := range s.settings {
		if err := s.set(wanted); err != nil {
			return fmt.Errorf("set %s: %w", wanted.name, err)
		}
	}
	return nil
}

// soon is a call that has no reason to wait, and yet may.
func (s *socket) soon(work func() error) error {
	called := start(func() ([][]byte, error) { return nil, work() })
	if !s.endsBy(time.Now().Add(stuck), called) {
		return fmt.Errorf("the library did not return within %v: %w", stuck, syscall.ETIMEDOUT)
	}
	return called.err
}

// close begins to close the socket; that ends, in time, every call that still waits.
func (s *socket) close() *call {
	return start(func() ([][]byte, error) {
		if s.native == nil {
			return nil, nil
		}
		return nil, s.native.Close()
	})
}

// closed waits for sockets to close. A library that is stuck keeps them, but not the lane. What Close returns says only
// that a connection had been closed before, by the other side.
func closed(closing ...*call) {
	limit := time.After(patience)
	for _, one := range closing {
		select {
		case <-one.done:
		case <-limit:
			log.Printf("close: the library did not return within %v; what it holds is lost", patience)
			return
		}
	}
}
