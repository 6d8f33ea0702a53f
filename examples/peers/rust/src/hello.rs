//! What this agent can do, asked of its libraries.

use zeromq::Endpoint;

use crate::proto::interop::control::v1::{Hello, Library, Refusal};
use crate::{lane, native, options, payload};

pub const LANES: u32 = 256;

include!(concat!(env!("OUT_DIR"), "/versions.rs"));

/// The protos that protoc or rustc did not take: a line each, with what was said of it behind a tab.
const REFUSED: &str = include_str!("../gen/refused");

/// The protos that prost-build did not take, each with what it said.
const NOT_GENERATED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/refused.rs"));

pub async fn hello() -> Hello {
    Hello {
        contract: 2,
        peer: "rust".into(),
        language: format!("Rust {RUST}"),
        libraries: LIBRARIES.iter().map(|&(name, version)| library(name, version)).collect(),
        proto_digest: env!("INTEROP_PROTO_DIGEST").into(),
        lanes: LANES,
        socket_types: names(native::TYPES),
        transports: transports(),
        mechanisms: names(&["NULL"]), // the library has no call that chooses another
        options: options::settable().await,
        message_types: payload::message_types(),
        abilities: names(&["control_socket"]),
        operations: names(lane::OPERATIONS),
        refused: refused(),
    }
}

/// The transports of which the library takes an endpoint.
fn transports() -> Vec<String> {
    let tried = [("tcp", "tcp://127.0.0.1:0"), ("ipc", "ipc:///x"), ("inproc", "inproc://x"), ("epgm", "epgm://x:1")];
    tried.iter().filter(|(_, endpoint)| endpoint.parse::<Endpoint>().is_ok()).map(|&(name, _)| name.into()).collect()
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|&name| name.into()).collect()
}

fn library(name: &str, version: &str) -> Library {
    Library { name: name.into(), version: version.into() }
}

fn refused() -> Vec<Refusal> {
    let lines = REFUSED.lines().filter_map(|line| line.split_once('\t'));
    let all = lines.chain(NOT_GENERATED.iter().copied());
    all.map(|(file, reason)| Refusal { file: file.into(), reason: reason.lines().next().unwrap_or_default().into() })
        .collect()
}
