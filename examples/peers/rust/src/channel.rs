//! The control channel: messages, each behind its length, in both directions.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use bytes::{BufMut, Bytes};
use prost::Message;

use crate::failure::Failure;
use crate::proto::interop::control::v1::{Request, Response};

const LONGEST_MESSAGE: usize = 128 << 20;
const READ_AHEAD: usize = 64 << 10;
const LENGTH_BYTES: usize = 4;

/// The end of the channel from which Requests come.
pub struct Incoming(BufReader<Box<dyn Read>>);

/// The end of the channel that takes Responses, from any thread.
pub struct Outgoing(Mutex<Box<dyn Write + Send>>);

/// Opens the channel. The real stdout is moved away even where a Unix socket is the channel: libraries may print.
pub fn open() -> io::Result<(Incoming, Outgoing)> {
    let stdout = rustix::io::dup(rustix::stdio::stdout())?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    let (read, write): (Box<dyn Read>, Box<dyn Write + Send>) = match env::var_os("INTEROP_CONTROL") {
        Some(path) if !path.is_empty() => {
            let socket = UnixStream::connect(&path).map_err(|error| {
                io::Error::other(format!("INTEROP_CONTROL: {error}; unset it to speak on stdin and stdout"))
            })?;
            (Box::new(socket.try_clone()?), Box::new(socket))
        }
        _ => (Box::new(io::stdin()), Box::new(File::from(stdout))),
    };
    Ok((Incoming(BufReader::with_capacity(READ_AHEAD, read)), Outgoing(Mutex::new(write))))
}

impl Incoming {
    /// The next Request, or None at the end of the channel. An error means that the channel is beyond repair.
    pub fn read(&mut self) -> Result<Option<Request>, String> {
        let mut length = [0; LENGTH_BYTES];
        if self.0.read_exact(&mut length).is_err() {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > LONGEST_MESSAGE {
            return Err(format!(
                "a message of {length} bytes, where {LONGEST_MESSAGE} is the limit: the channel is out of step"
            ));
        }
        let mut body = vec![0; length];
        if self.0.read_exact(&mut body).is_err() {
            return Ok(None);
        }
        let request = Request::decode(Bytes::from(body))
            .map_err(|error| format!("{length} bytes that are no Request: {error}"))?;
        Ok(Some(request))
    }
}

impl Outgoing {
    /// Writes one Response whole. That it cannot be written is no reason to exit: the end of the reading side says when.
    pub fn write(&self, response: &Response) {
        let size = response.encoded_len();
        if size > LONGEST_MESSAGE {
            let text = format!("an answer of {size} bytes is too long for the channel");
            return self.write(&Failure::native("EMSGSIZE", text).response(response.id));
        }
        let mut message = Vec::with_capacity(LENGTH_BYTES + size);
        message.put_u32(u32::try_from(size).expect("it is below the limit"));
        response.encode(&mut message).expect("there is room for it");
        let mut out = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Err(error) = out.write_all(&message).and_then(|()| out.flush()) {
            eprintln!("rust agent: Response {} is lost: {error}", response.id);
        }
    }
}
