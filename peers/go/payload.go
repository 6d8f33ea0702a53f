package main

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	control "interop/agent/gen/pb-interop-control-v1"
)

// toNative makes the frames that go on the wire; when one of them cannot be made, none is sent.
func toNative(frames []*control.Frame) ([][]byte, error) {
	if len(frames) == 0 {
		return nil, invalid("a message without frames: give it one at least")
	}
	native := make([][]byte, len(frames))
	for i, frame := range frames {
		switch body := frame.Body.(type) {
		case *control.Frame_Raw:
			native[i] = body.Raw
		case *control.Frame_Typed:
			value, err := recode(body.Typed.Type, body.Typed.Value)
			if err != nil {
				return nil, err
			}
			native[i] = value
		default:
			return nil, invalid("frame %d has no body: make it raw or typed", i)
		}
	}
	return native, nil
}

// fromNative makes the answer of Receive: frame i is typed where types[i] is not empty.
func fromNative(native [][]byte, types []string) (*control.Message, error) {
	frames := make([]*control.Frame, len(native))
	for i, bytes := range native {
		if i >= len(types) || types[i] == "" {
			frames[i] = &control.Frame{Body: &control.Frame_Raw{Raw: bytes}}
			continue
		}
		value, err := recode(types[i], bytes)
		if err != nil {
			return nil, err
		}
		frames[i] = &control.Frame{Body: &control.Frame_Typed{Typed: &control.Typed{Type: types[i], Value: value}}}
	}
	return &control.Message{Frames: frames}, nil
}

// recode decodes bytes into a native message and encodes that, which is the whole point of a typed frame.
func recode(name string, bytes []byte) ([]byte, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil || !underTest(kind) {
		return nil, unsupported("no message type %q: it is in none of the protos that this agent was built from", name)
	}
	message := kind.New().Interface()
	if err := proto.Unmarshal(bytes, message); err != nil {
		return nil, undecodable("%d bytes are no %s: %v", len(bytes), name, err)
	}
	value, err := proto.Marshal(message)
	if err != nil {
		return nil, undecodable("%s cannot be encoded again: %v", name, err)
	}
	return value, nil
}

// underTest tells the messages of users from those of the control channel.
func underTest(kind protoreflect.MessageType) bool {
	return !strings.HasPrefix(string(kind.Descriptor().FullName()), "interop.control.")
}

func messageTypes() (names []string) {
	protoregistry.GlobalTypes.RangeMessages(func(kind protoreflect.MessageType) bool {
		if underTest(kind) {
			names = append(names, string(kind.Descriptor().FullName()))
		}
		return true
	})
	slices.Sort(names)
	return names
}
