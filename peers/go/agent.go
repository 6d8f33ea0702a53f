// The agent of the Go peer: single socket operations on command, over the control channel of docs/peer-contract.md.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	zmq "github.com/pebbe/zmq4"
	"google.golang.org/protobuf/proto"

	control "interop/peers/go/gen/pb-interop-control-v1"
)

const (
	longestMessage = 128 << 20
	readAhead      = 64 << 10
	lanesAtMost    = 256
	socketsAtMost  = 4096
	graceAtEnd     = 500 * time.Millisecond
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("go agent: ")
	channel, err := openChannel()
	if err != nil {
		log.Fatal(err)
	}
	syscall.Umask(0)
	signal.Ignore(syscall.SIGPIPE) // a reader that has gone is an error of the write, and no reason to die
	context, err := newContext()
	if err != nil {
		log.Fatalf("no ZeroMQ context: %v; install the libzmq that this agent was built with", err)
	}
	channel.write(&control.Response{Result: &control.Response_Hello{Hello: hello(context)}})
	threads, err := serve(channel, context)
	if err != nil {
		log.Fatal(err)
	}
	for _, thread := range threads {
		close(thread.wake)
	}
	// Term wakes the lanes that wait, and returns when all have closed their sockets and nothing of them is left in /tmp.
	time.AfterFunc(graceAtEnd, func() { os.Exit(0) })
	context.Term()
	os.Exit(0)
}

func newContext() (*zmq.Context, error) {
	context, err := zmq.NewContext()
	if err != nil {
		return nil, err
	}
	// Left to itself, the library repeats an interrupted poll with the whole of its time, not with what remains.
	context.SetRetryAfterEINTR(false)
	return context, context.SetMaxSockets(socketsAtMost)
}

// serve hands each Request to the thread of its lane until the channel ends; an error means that it is beyond repair.
func serve(channel *channel, context *zmq.Context) (map[uint32]*thread, error) {
	threads := map[uint32]*thread{}
	for {
		request := new(control.Request)
		if err := channel.read(request); errors.Is(err, errEnd) {
			return threads, nil
		} else if err != nil {
			return nil, err
		}
		if request.Lane >= lanesAtMost {
			channel.write(refusal(request, invalid("lane %d: the last is %d", request.Lane, lanesAtMost-1)))
			continue
		}
		if threads[request.Lane] == nil {
			threads[request.Lane] = &thread{wake: make(chan struct{}, 1)}
			go threads[request.Lane].run(channel, newLane(context))
		}
		threads[request.Lane].post(request)
	}
}

// thread has the Requests that wait for one lane.
type thread struct {
	lock    sync.Mutex
	waiting []*control.Request // without limit, so that a busy lane never holds up the reading of the channel
	wake    chan struct{}
}

func (t *thread) post(request *control.Request) {
	t.lock.Lock()
	t.waiting = append(t.waiting, request)
	t.lock.Unlock()
	select {
	case t.wake <- struct{}{}:
	default: // it has been woken and has not looked yet
	}
}

func (t *thread) run(channel *channel, lane *lane) {
	// Never two threads on one socket would be enough for libzmq, and up to a quarter faster; but a peer in Go should find
	// what depends on the thread itself, as the others do.
	runtime.LockOSThread()
	for range t.wake {
		t.lock.Lock()
		requests := t.waiting
		t.waiting = nil
		t.lock.Unlock()
		for _, request := range requests {
			response, err := lane.carryOut(request)
			if err != nil {
				response = refusal(request, err)
			}
			response.Id = request.Id
			channel.write(response)
		}
	}
	lane.closeSockets()
}

// channel carries messages, each behind its length, in both directions.
type channel struct {
	in   *bufio.Reader
	body []byte // of the message that was read last; decoding copies, so one buffer serves all
	lock sync.Mutex
	out  io.Writer
}

var errEnd = errors.New("end of the control channel")

// openChannel moves the real stdout away even where a Unix socket is the channel: libraries may print at any time.
func openChannel() (*channel, error) {
	stdout, err := syscall.Dup(syscall.Stdout)
	if err != nil {
		return nil, fmt.Errorf("cannot duplicate stdout: %w; start the agent with stdin, stdout and stderr open", err)
	}
	// Close and dup, since no one of dup2 and dup3 is there on every system: dup takes the lowest number that is free.
	syscall.Close(syscall.Stdout)
	if taken, err := syscall.Dup(syscall.Stderr); err != nil || taken != syscall.Stdout {
		return nil, errors.New("cannot point stdout at stderr; start the agent with stdin, stdout and stderr open")
	}
	if path := os.Getenv("INTEROP_CONTROL"); path != "" {
		socket, err := net.Dial("unix", path)
		if err != nil {
			return nil, fmt.Errorf("INTEROP_CONTROL: %w; unset it to speak on stdin and stdout", err)
		}
		return &channel{in: bufio.NewReaderSize(socket, readAhead), out: socket}, nil
	}
	return &channel{in: bufio.NewReaderSize(os.Stdin, readAhead), out: os.NewFile(uintptr(stdout), "stdout")}, nil
}

func (c *channel) read(request *control.Request) error {
	var length uint32
	if err := binary.Read(c.in, binary.BigEndian, &length); err != nil {
		return errEnd
	}
	if length > longestMessage {
		return fmt.Errorf("a message of %d bytes, where %d is the limit: the channel is out of step", length, longestMessage)
	}
	if uint32(cap(c.body)) < length {
		c.body = make([]byte, length)
	}
	if _, err := io.ReadFull(c.in, c.body[:length]); err != nil {
		return errEnd
	}
	if err := proto.Unmarshal(c.body[:length], request); err != nil {
		return fmt.Errorf("%d bytes that are no Request: %w", length, err)
	}
	return nil
}

func (c *channel) write(response *control.Response) {
	size := proto.Size(response)
	if size > longestMessage {
		c.write(refusal(response, fmt.Errorf("an answer of %d bytes is too long for the channel: %w", size, zmq.EMSGSIZE)))
		return
	}
	message := binary.BigEndian.AppendUint32(make([]byte, 0, binary.Size(uint32(0))+size), uint32(size))
	message, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(message, response)
	if err == nil {
		c.lock.Lock()
		defer c.lock.Unlock()
		_, err = c.out.Write(message)
	}
	if err != nil { // no reason to exit: the end of the reading side says when
		log.Printf("Response %d is lost: %v", response.Id, err)
	}
}
