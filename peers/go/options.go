package main

import (
	"math"
	"time"

	zmq "github.com/pebbe/zmq4"
)

// Where the library has no method (nil) the answer is EINVAL, as libzmq's is for what can only be written or read.
var options = []option{
	duration("LINGER", zmq.PUSH, (*zmq.Socket).SetLinger, (*zmq.Socket).GetLinger),
	number("SNDHWM", zmq.PUSH, (*zmq.Socket).SetSndhwm, (*zmq.Socket).GetSndhwm),
	number("RCVHWM", zmq.PULL, (*zmq.Socket).SetRcvhwm, (*zmq.Socket).GetRcvhwm),
	number("SNDBUF", zmq.PUSH, (*zmq.Socket).SetSndbuf, (*zmq.Socket).GetSndbuf),
	number("RCVBUF", zmq.PULL, (*zmq.Socket).SetRcvbuf, (*zmq.Socket).GetRcvbuf),
	duration("SNDTIMEO", zmq.PUSH, (*zmq.Socket).SetSndtimeo, (*zmq.Socket).GetSndtimeo),
	duration("RCVTIMEO", zmq.PULL, (*zmq.Socket).SetRcvtimeo, (*zmq.Socket).GetRcvtimeo),
	truth("IMMEDIATE", zmq.PUSH, (*zmq.Socket).SetImmediate, (*zmq.Socket).GetImmediate),
	truth("IPV6", zmq.PUSH, (*zmq.Socket).SetIpv6, (*zmq.Socket).GetIpv6),
	number("MAXMSGSIZE", zmq.PULL, (*zmq.Socket).SetMaxmsgsize, (*zmq.Socket).GetMaxmsgsize),
	number("BACKLOG", zmq.PULL, (*zmq.Socket).SetBacklog, (*zmq.Socket).GetBacklog),
	duration("RECONNECT_IVL", zmq.PUSH, (*zmq.Socket).SetReconnectIvl, (*zmq.Socket).GetReconnectIvl),
	duration("RECONNECT_IVL_MAX", zmq.PUSH, (*zmq.Socket).SetReconnectIvlMax, (*zmq.Socket).GetReconnectIvlMax),
	duration("HANDSHAKE_IVL", zmq.PUSH, (*zmq.Socket).SetHandshakeIvl, (*zmq.Socket).GetHandshakeIvl),
	duration("HEARTBEAT_IVL", zmq.PUSH, (*zmq.Socket).SetHeartbeatIvl, nil),
	duration("HEARTBEAT_TIMEOUT", zmq.PUSH, (*zmq.Socket).SetHeartbeatTimeout, nil),
	duration("HEARTBEAT_TTL", zmq.PUSH, (*zmq.Socket).SetHeartbeatTtl, nil),
	truth("CONFLATE", zmq.PULL, (*zmq.Socket).SetConflate, nil),
	number("RATE", zmq.PUB, (*zmq.Socket).SetRate, (*zmq.Socket).GetRate),
	duration("RECOVERY_IVL", zmq.PUB, (*zmq.Socket).SetRecoveryIvl, (*zmq.Socket).GetRecoveryIvl),
	number("MULTICAST_HOPS", zmq.PUB, (*zmq.Socket).SetMulticastHops, (*zmq.Socket).GetMulticastHops),
	number("ROUTER_MANDATORY", zmq.ROUTER, (*zmq.Socket).SetRouterMandatory, nil),
	truth("ROUTER_HANDOVER", zmq.ROUTER, (*zmq.Socket).SetRouterHandover, nil),
	number("PROBE_ROUTER", zmq.DEALER, (*zmq.Socket).SetProbeRouter, nil),
	number("REQ_CORRELATE", zmq.REQ, (*zmq.Socket).SetReqCorrelate, nil),
	number("REQ_RELAXED", zmq.REQ, (*zmq.Socket).SetReqRelaxed, nil),
	number("XPUB_VERBOSE", zmq.XPUB, (*zmq.Socket).SetXpubVerbose, nil),
	truth("XPUB_NODROP", zmq.XPUB, (*zmq.Socket).SetXpubNodrop, nil),
	number("XPUB_MANUAL", zmq.XPUB, (*zmq.Socket).SetXpubManual, nil),
	number("XPUB_VERBOSER", zmq.XPUB, (*zmq.Socket).SetXpubVerboser, nil),
	number("INVERT_MATCHING", zmq.PUB, (*zmq.Socket).SetInvertMatching, (*zmq.Socket).GetInvertMatching),
	number("STREAM_NOTIFY", zmq.STREAM, (*zmq.Socket).SetStreamNotify, nil),
	duration("CONNECT_TIMEOUT", zmq.PUSH, (*zmq.Socket).SetConnectTimeout, (*zmq.Socket).GetConnectTimeout),
	duration("TCP_MAXRT", zmq.PUSH, (*zmq.Socket).SetTcpMaxrt, (*zmq.Socket).GetTcpMaxrt),
	number("TCP_KEEPALIVE", zmq.PUSH, (*zmq.Socket).SetTcpKeepalive, (*zmq.Socket).GetTcpKeepalive),
	number("TCP_KEEPALIVE_IDLE", zmq.PUSH, (*zmq.Socket).SetTcpKeepaliveIdle, (*zmq.Socket).GetTcpKeepaliveIdle),
	number("TCP_KEEPALIVE_CNT", zmq.PUSH, (*zmq.Socket).SetTcpKeepaliveCnt, (*zmq.Socket).GetTcpKeepaliveCnt),
	number("TCP_KEEPALIVE_INTVL", zmq.PUSH, (*zmq.Socket).SetTcpKeepaliveIntvl, (*zmq.Socket).GetTcpKeepaliveIntvl),
	number("PLAIN_SERVER", zmq.PULL, (*zmq.Socket).SetPlainServer, (*zmq.Socket).GetPlainServer),
	number("CURVE_SERVER", zmq.PULL, (*zmq.Socket).SetCurveServer, nil),

	data("ROUTING_ID", zmq.DEALER, (*zmq.Socket).SetIdentity, (*zmq.Socket).GetIdentity),
	data("SUBSCRIBE", zmq.SUB, (*zmq.Socket).SetSubscribe, nil),
	data("UNSUBSCRIBE", zmq.SUB, (*zmq.Socket).SetUnsubscribe, nil),
	data("PLAIN_USERNAME", zmq.PUSH, (*zmq.Socket).SetPlainUsername, (*zmq.Socket).GetPlainUsername),
	data("PLAIN_PASSWORD", zmq.PUSH, (*zmq.Socket).SetPlainPassword, (*zmq.Socket).GetPlainPassword),
	data("CURVE_SERVERKEY", zmq.PUSH, (*zmq.Socket).SetCurveServerkey, (*zmq.Socket).GetCurveServerkeyRaw),
	data("CURVE_PUBLICKEY", zmq.PUSH, (*zmq.Socket).SetCurvePublickey, (*zmq.Socket).GetCurvePublickeyRaw),
	data("CURVE_SECRETKEY", zmq.PUSH, (*zmq.Socket).SetCurveSecretkey, (*zmq.Socket).GetCurveSecretkeyRaw),
	data("ZAP_DOMAIN", zmq.PULL, (*zmq.Socket).SetZapDomain, (*zmq.Socket).GetZapDomain),
	data("XPUB_WELCOME_MSG", zmq.XPUB, (*zmq.Socket).SetXpubWelcomeMsg, nil),
	data("CONNECT_ROUTING_ID", zmq.ROUTER, (*zmq.Socket).SetConnectRid, nil),
	data("LAST_ENDPOINT", zmq.PULL, nil, (*zmq.Socket).GetLastEndpoint),
}

// duration is an option that the library gives and takes as a time: milliseconds in libzmq, where -1 has no limit.
func duration(name string, probe socketType, set setter[time.Duration], get getter[time.Duration]) option {
	return scalar(name, probe, math.MinInt32, math.MaxInt32, set, get,
		func(number int64) time.Duration { return time.Duration(number) * time.Millisecond },
		func(value time.Duration) int64 {
			if value < 0 {
				return -1 // the library says "no limit" with -1 ns
			}
			return value.Milliseconds()
		})
}

// truth is an option that the library gives and takes as true or false.
func truth(name string, probe socketType, set setter[bool], get getter[bool]) option {
	return scalar(name, probe, 0, 1, set, get,
		func(number int64) bool { return number == 1 },
		func(value bool) int64 {
			if value {
				return 1
			}
			return 0
		})
}
