// The collector takes readings on a PULL socket and logs each.
package main

import (
	"fmt"
	"os"

	zmq "github.com/pebbe/zmq4"
	"google.golang.org/protobuf/proto"

	"collector/pb"
)

func main() {
	if err := collect(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "collector:", err)
		os.Exit(1)
	}
}

func collect(endpoint string) error {
	pull, err := zmq.NewSocket(zmq.PULL)
	if err != nil {
		return err
	}
	if err := pull.Bind(endpoint); err != nil {
		return err
	}
	fmt.Println("listening at", endpoint)
	for {
		data, err := pull.RecvBytes(0)
		if err != nil {
			return err
		}
		var reading pb.DataMessage
		if err := proto.Unmarshal(data, &reading); err != nil {
			return err
		}
		fmt.Printf("took %q of %d\n", reading.GetContent(), reading.GetTimestamp())
	}
}
