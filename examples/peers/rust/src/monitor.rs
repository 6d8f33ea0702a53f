//! The library's events under libzmq's names.

use zeromq::SocketEvent;

use crate::proto::interop::control::v1::Event;

/// The event as libzmq names it. The library tells no value, and an endpoint of some alone.
pub fn event(told: &SocketEvent) -> Event {
    let (name, endpoint) = match told {
        SocketEvent::Connected(endpoint, _) => ("CONNECTED", Some(endpoint)),
        SocketEvent::ConnectDelayed => ("CONNECT_DELAYED", None),
        SocketEvent::ConnectRetried => ("CONNECT_RETRIED", None),
        SocketEvent::Listening(endpoint) => ("LISTENING", Some(endpoint)),
        SocketEvent::Accepted(endpoint, _) => ("ACCEPTED", Some(endpoint)),
        SocketEvent::AcceptFailed(_) => ("ACCEPT_FAILED", None),
        SocketEvent::Closed => ("CLOSED", None),
        SocketEvent::CloseFailed => ("CLOSE_FAILED", None),
        SocketEvent::Disconnected(_) => ("DISCONNECTED", None),
    };
    Event { name: name.into(), value: 0, endpoint: endpoint.map(ToString::to_string).unwrap_or_default() }
}
