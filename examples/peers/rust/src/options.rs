//! The socket options that the library has: few of libzmq's.

use bytes::Bytes;

use crate::failure::Failure;
use crate::proto::interop::control::v1::option_value::Kind;
use crate::proto::interop::control::v1::{Option as GivenOption, OptionValue};
use crate::socket::Socket;

/// An option that can be set, with a socket type that it belongs to, and a value that every library takes.
struct Settable {
    name: &'static str,
    probe: &'static str,
    harmless: &'static [u8],
}

const SETTABLE: &[Settable] = &[
    Settable { name: "ROUTING_ID", probe: "DEALER", harmless: b"x" },
    Settable { name: "SUBSCRIBE", probe: "SUB", harmless: b"x" },
    Settable { name: "UNSUBSCRIBE", probe: "SUB", harmless: b"x" },
];

/// The options that can be set, found by setting each once.
pub async fn settable() -> Vec<String> {
    let mut found = Vec::new();
    for option in SETTABLE {
        let Some(mut socket) = Socket::open(option.probe) else { continue };
        let value = OptionValue { kind: Some(Kind::Data(Bytes::from_static(option.harmless))) };
        let given = GivenOption { name: option.name.into(), value: Some(value) };
        if set(&mut socket, Some(given)).await.is_ok() {
            found.push(option.name.into());
        }
        socket.close().await;
    }
    found
}

pub async fn set(socket: &mut Socket, given: Option<GivenOption>) -> Result<(), Failure> {
    let GivenOption { name, value } = given.unwrap_or_default();
    let done = match name.as_str() {
        "ROUTING_ID" => match data(value) {
            Ok(identity) => socket.identify(identity),
            Err(failure) => Err(failure),
        },
        "SUBSCRIBE" | "UNSUBSCRIBE" => match data(value) {
            Ok(prefix) => socket.subscribe(&prefix, name == "SUBSCRIBE").await,
            Err(failure) => Err(failure),
        },
        "LAST_ENDPOINT" => match data(value) {
            Ok(_) => Err(Failure::native("EINVAL", "it can only be read")),
            Err(failure) => Err(failure),
        },
        _ => return Err(unknown(&name)),
    };
    done.map_err(|failure| failure.at(format_args!("set {name}")))
}

pub fn get(socket: &Socket, name: &str) -> Result<OptionValue, Failure> {
    match name {
        "LAST_ENDPOINT" => Ok(OptionValue { kind: Some(Kind::Data(socket.endpoint.clone().into())) }),
        "ROUTING_ID" | "SUBSCRIBE" | "UNSUBSCRIBE" => {
            Err(Failure::native("EINVAL", format!("get {name}: the library cannot read it")))
        }
        _ => Err(unknown(name)),
    }
}

fn data(value: Option<OptionValue>) -> Result<Bytes, Failure> {
    match value.and_then(|value| value.kind) {
        Some(Kind::Data(data)) => Ok(data),
        _ => Err(Failure::invalid("it takes data")),
    }
}

fn unknown(name: &str) -> Failure {
    Failure::unsupported(format!("no option {name:?} in this agent"))
}
