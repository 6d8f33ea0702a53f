// The agent of the Go peers: single socket operations on command, over the control channel of docs/peer-contract.md.
//
// It is written in terms of `library`, `lane` and `socket`, which each peer makes of its own socket library.
package main

import (
	"errors"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	control "interop/agent/gen/pb-interop-control-v1"
)

const (
	lanesAtMost = 256
	graceAtEnd  = 500 * time.Millisecond
)

func main() {
	log.SetFlags(0)
	log.SetPrefix(peerName + " agent: ")
	channel, err := openChannel()
	if err != nil {
		log.Fatal(err)
	}
	debug.SetTraceback("single") // a panic of the library's is the last thing said, not what each goroutine then did
	syscall.Umask(0)
	signal.Ignore(syscall.SIGPIPE) // a reader that has gone is an error of the write, and no reason to die
	library, err := openLibrary()
	if err != nil {
		log.Fatal(err)
	}
	channel.write(&control.Response{Result: &control.Response_Hello{Hello: hello(library)}})
	threads, err := serve(channel, library)
	if err != nil {
		log.Fatal(err)
	}
	time.AfterFunc(graceAtEnd, func() { os.Exit(0) })
	for _, thread := range threads {
		close(thread.wake)
	}
	library.end()
	for _, thread := range threads {
		<-thread.ended // and so nothing of its sockets is left in the file system
	}
	os.Exit(0)
}

// serve hands each Request to the thread of its lane until the channel ends; an error means that it is beyond repair.
func serve(channel *channel, library *library) (map[uint32]*thread, error) {
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
			go threads[request.Lane].run(channel, library)
		}
		threads[request.Lane].post(request)
	}
}

// thread has the Requests that wait for one lane.
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

func (t *thread) run(channel *channel, library *library) {
	defer close(t.ended)
	lane := library.newLane()
	for range t.wake {
		t.lock.Lock()
		requests := t.waiting
		t.waiting = nil
		t.lock.Unlock()
		for _, request := range requests {
			channel.write(lane.answer(request))
		}
	}
	lane.closeSockets()
}
