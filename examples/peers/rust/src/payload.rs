//! Typed frames: each is decoded into a native message and encoded again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use prost::{DecodeError, Message, Name};

use crate::failure::Failure;
use crate::proto::interop::control::v1::frame::Body;
use crate::proto::interop::control::v1::{Frame, Typed};

type Recode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// The messages under test, by their full names. prost has no such registry, so the build writes one.
static TYPES: LazyLock<BTreeMap<String, Recode>> = LazyLock::new(|| {
    let all = include!(concat!(env!("OUT_DIR"), "/types.rs"));
    all.into_iter().filter(|(name, _)| !name.starts_with("interop.control.")).collect()
});

fn entry<M: Message + Name + Default>() -> (String, Recode) {
    (M::full_name(), |bytes| M::decode(bytes).map(|message| message.encode_to_vec()))
}

pub fn message_types() -> Vec<String> {
    TYPES.keys().cloned().collect()
}

/// The frames that go on the wire; where one of them cannot be made, none is sent.
pub fn to_native(frames: Vec<Frame>) -> Result<Vec<Bytes>, Failure> {
    if frames.is_empty() {
        return Err(Failure::invalid("a message without frames: give it one at least"));
    }
    let native = frames.into_iter().enumerate().map(|(index, frame)| match frame.body {
        Some(Body::Raw(bytes)) => Ok(bytes),
        Some(Body::Typed(typed)) => recode(&typed.r#type, &typed.value),
        None => Err(Failure::invalid(format!("frame {index} has no body: make it raw or typed"))),
    });
    native.collect()
}

/// The frames of a Receive's answer: frame i is typed where types[i] is not empty.
pub fn from_native(native: Vec<Bytes>, types: &[String]) -> Result<Vec<Frame>, Failure> {
    let frames = native.into_iter().enumerate().map(|(index, bytes)| {
        let body = match types.get(index).filter(|name| !name.is_empty()) {
            Some(name) => Body::Typed(Typed { r#type: name.clone(), value: recode(name, &bytes)? }),
            None => Body::Raw(bytes),
        };
        Ok(Frame { body: Some(body) })
    });
    frames.collect()
}

fn recode(name: &str, bytes: &[u8]) -> Result<Bytes, Failure> {
    let recode = TYPES.get(name).ok_or_else(|| {
        Failure::unsupported(format!("no message type {name:?}: it is in none of the protos of this agent's build"))
    })?;
    match recode(bytes) {
        Ok(value) => Ok(value.into()),
        Err(error) => Err(Failure::undecodable(format!("{} bytes are no {name}: {error}", bytes.len()))),
    }
}
