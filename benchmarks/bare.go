// Bursts as bare pebbe/zmq4 has them: the same as bare.c, which says how one asks for them, in the library's quickest
// calls.
//
// With the argument "whole" the receiver takes whole messages, as an agent must: it asks after each frame whether more
// follow.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"time"

	zmq "github.com/pebbe/zmq4"
)

func main() {
	runtime.LockOSThread() // as a lane of the agent does
	role := append(os.Args, "frames")[1]
	if role == "sender" {
		sendBursts(bufio.NewScanner(os.Stdin))
		return
	}
	sender := exec.Command(os.Args[0], "sender") // a process of its own, as in the other languages
	sender.Stderr = os.Stderr
	orders, err := sender.StdinPipe()
	must(err)
	must(sender.Start())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var count, size int
		_, err := fmt.Sscan(in.Text(), &count, &size)
		must(err)
		pull, err := zmq.NewSocket(zmq.PULL)
		must(err)
		must(pull.Bind("tcp://127.0.0.1:*"))
		endpoint, err := pull.GetLastEndpoint()
		must(err)
		fmt.Fprintln(orders, endpoint, count, size)
		_, err = pull.RecvBytes(0)
		must(err)
		fmt.Fprintln(orders, "start")
		start := time.Now()
		receive(pull, count, role == "whole")
		fmt.Println(time.Since(start).Nanoseconds())
		must(pull.Close())
	}
	must(orders.Close())
	must(sender.Wait())
}

// sendBursts takes each order as a line, and a second one when it is time. One message shows that the connection stands.
func sendBursts(in *bufio.Scanner) {
	for in.Scan() {
		var endpoint string
		var count, size int
		_, err := fmt.Sscan(in.Text(), &endpoint, &count, &size)
		must(err)
		push, err := zmq.NewSocket(zmq.PUSH)
		must(err)
		must(push.Connect(endpoint))
		_, err = push.SendBytes(nil, 0)
		must(err)
		in.Scan()
		body := make([]byte, size)
		for range count {
			_, err := push.SendBytes(body, 0)
			must(err)
		}
		must(push.Close())
	}
	must(zmq.Term()) // waits for what is on its way
}

func receive(pull *zmq.Socket, count int, whole bool) {
	for range count {
		for more := true; more; {
			_, err := pull.RecvBytes(0)
			must(err)
			if more = whole; whole {
				more, err = pull.GetRcvmore()
				must(err)
			}
		}
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
