// The agent of the go-pure peer: single socket operations on command, over the control channel of
// docs/peer-contract.md.
//
// The control channel, the threads, the typed frames and the build are those of the peer go, on purpose not shared with
// it: a peer is built from its own folder alone, and only a change in there makes the harness build it again.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"

	control "interop/peers/go-pure/gen/pb-interop-control-v1"
)

const (
	longestMessage = 128 << 20
	readAhead      = 64 << 10
	lanesAtMost    = 256
	graceAtEnd     = 500 * time.Millisecond
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("go-pure agent: ")
	channel, err := openChannel()
	if err != nil {
		log.Fatal(err)
	}
	debug.SetTraceback("single") // a panic of the library's is the last thing said, not what each goroutine then did
	syscall.Umask(0)
	signal.Ignore(syscall.SIGPIPE) // a reader that has gone is an error of the write, and no reason to die
	// The library's context is Go's: its end is the end of every socket made with it.
	context, end := context.WithCancel(context.Background())
	channel.write(&control.Response{Result: &control.Response_Hello{Hello: hello(context)}})
	threads, err := serve(channel, context)
	if err != nil {
		log.Fatal(err)
	}
	time.AfterFunc(graceAtEnd, func() { os.Exit(0) })
	end() // wakes the lanes that wait
	for _, thread := range threads {
		close(thread.wake)
	}
	for _, thread := range threads {
		<-thread.ended // and so nothing of its sockets is left in the file system
	}
	os.Exit(0)
}

// serve hands each Request to the thread of its lane until the channel ends; an error means that it is beyond repair.
func serve(channel *channel, context context.Context) (map[uint32]*thread, error) {
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
			threads[request.Lane] = &thread{wake: make(chan struct{}, 1), ended: make(chan struct{})}
			go threads[request.Lane].run(channel, &lane{context: context, sockets: map[uint32]*socket{}})
		}
		threads[request.Lane].post(request)
	}
}

// thread has the Requests that wait for one lane. It is a goroutine: the library knows no threads.
type thread struct {
	lock    sync.Mutex
	waiting []*control.Request // without limit, so that a busy lane never holds up the reading of the channel
	wake    chan struct{}
	ended   chan struct{}
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
	defer close(t.ended)
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
		err := fmt.Errorf("an answer of %d bytes is too long for the channel: %w", size, syscall.EMSGSIZE)
		c.write(refusal(response, err))
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
