module collector

go 1.23

require (
	github.com/pebbe/zmq4 v1.4.0
	google.golang.org/protobuf v1.36.12
)
