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
	"sync"
	"syscall"

	"google.golang.org/protobuf/proto"

	control "interop/agent/gen/pb-interop-control-v1"
)

const (
	longestMessage = 128 << 20
	readAhead      = 64 << 10
)

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
