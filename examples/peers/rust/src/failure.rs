//! Why an operation failed: as the agent found out, or as the socket library says.

use std::fmt::{self, Display};
use std::io;
use std::iter::successors;

use rustix::io::Errno;
use zeromq::ZmqError;

use crate::proto::interop::control::v1::{Error, ErrorCode, Response, response};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: ErrorCode,
    errno: String,
    text: String,
}

impl Failure {
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self::of(ErrorCode::Unsupported, "", text)
    }

    pub fn invalid(text: impl Into<String>) -> Self {
        Self::of(ErrorCode::Invalid, "", text)
    }

    pub fn undecodable(text: impl Into<String>) -> Self {
        Self::of(ErrorCode::Payload, "", text)
    }

    pub fn native(errno: &str, text: impl Into<String>) -> Self {
        Self::of(ErrorCode::Native, errno, text)
    }

    pub fn again() -> Self {
        Self::of(ErrorCode::Again, "EAGAIN", "the time limit passed")
    }

    pub fn is_again(&self) -> bool {
        self.code == ErrorCode::Again
    }

    /// The same failure, with what was tried before its text.
    #[must_use]
    pub fn at(mut self, tried: impl Display) -> Self {
        self.text = format!("{tried}: {}", self.text);
        self
    }

    pub fn response(self, id: u64) -> Response {
        let error = Error { code: self.code.into(), errno_name: self.errno, text: self.text };
        Response { id, result: Some(response::Result::Error(error)) }
    }

    fn of(code: ErrorCode, errno: &str, text: impl Into<String>) -> Self {
        Self { code, errno: errno.into(), text: text.into() }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.errno, self.text)
    }
}

impl From<ZmqError> for Failure {
    fn from(error: ZmqError) -> Self {
        Self::native(&errno_name(&error), error.to_string())
    }
}

/// Whether the library says that no peer is connected, where libzmq would wait for one.
pub fn nobody_is_there(error: &ZmqError) -> bool {
    matches!(error, ZmqError::ReturnToSender { reason, .. } if reason.starts_with("Not connected to peers"))
}

/// The symbol that comes nearest: the library has few kinds of errors, and tells most of them by text.
fn errno_name(error: &ZmqError) -> String {
    let causes = successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    if let Some(of_system) = causes.into_iter().find_map(|cause| cause.downcast_ref()) {
        return system_name(of_system);
    }
    let text = error.to_string();
    if let Some((_, name)) = TEXTS.iter().find(|(part, _)| text.contains(part)) {
        return (*name).into();
    }
    match error {
        ZmqError::Endpoint(_) | ZmqError::PeerIdentity => "EINVAL",
        ZmqError::NoSuchBind(_) => "ENOENT",
        ZmqError::BufferFull(_) => "EPIPE", // it says so of a queue whose reader has gone, never of a full one
        ZmqError::ReturnToSender { .. } | ZmqError::ReturnToSenderMultipart { .. } => "EHOSTUNREACH",
        ZmqError::NoMessage => "ECONNRESET",
        ZmqError::Codec(_) | ZmqError::UnsupportedVersion(_) => "EPROTO",
        ZmqError::ConnectTimeout(_) => "ETIMEDOUT",
        _ => "EIO",
    }
    .into()
}

const TEXTS: &[(&str, &str)] = &[
    ("Unknown transport", "EPROTONOSUPPORT"),
    ("Request already in progress", "EFSM"),
    ("No request in progress", "EFSM"),
    ("not found by identity", "EHOSTUNREACH"),
    ("requires at least 2 frames", "EINVAL"),
    ("Server disconnected", "ECONNRESET"),
    ("combination is not compatible", "EPROTOTYPE"),
    ("Unknown socket type", "EPROTO"),
    ("Invalid message format", "EPROTO"),
    ("non-message frame", "EPROTO"),
    ("exchange", "EPROTO"),
    ("ready state", "EPROTO"),
    ("No reply", "ECONNRESET"),
];

fn system_name(error: &io::Error) -> String {
    let Some(number) = Errno::from_io_error(error) else {
        // The standard library resolves names itself, and tells of a failure without a number.
        return if error.kind() == io::ErrorKind::InvalidInput { "EINVAL" } else { nearest(error) }.into();
    };
    match SYSTEM.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => (*name).into(),
        None => format!("E{}", number.raw_os_error()),
    }
}

fn nearest(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "ECONNRESET",
        _ if error.to_string().contains("lookup") => "EINVAL", // what libzmq says of a name that it cannot resolve
        _ => "EIO",
    }
}

/// The names of the system's errors that libzmq documents.
const SYSTEM: &[(Errno, &str)] = &[
    (Errno::ACCESS, "EACCES"),
    (Errno::ADDRINUSE, "EADDRINUSE"),
    (Errno::ADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (Errno::AFNOSUPPORT, "EAFNOSUPPORT"),
    (Errno::AGAIN, "EAGAIN"),
    (Errno::CONNABORTED, "ECONNABORTED"),
    (Errno::CONNREFUSED, "ECONNREFUSED"),
    (Errno::CONNRESET, "ECONNRESET"),
    (Errno::EXIST, "EEXIST"),
    (Errno::HOSTUNREACH, "EHOSTUNREACH"),
    (Errno::INVAL, "EINVAL"),
    (Errno::ISDIR, "EISDIR"),
    (Errno::MFILE, "EMFILE"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG"),
    (Errno::NETUNREACH, "ENETUNREACH"),
    (Errno::NFILE, "ENFILE"),
    (Errno::NOBUFS, "ENOBUFS"),
    (Errno::NODEV, "ENODEV"),
    (Errno::NOENT, "ENOENT"),
    (Errno::NOMEM, "ENOMEM"),
    (Errno::NOTCONN, "ENOTCONN"),
    (Errno::NOTDIR, "ENOTDIR"),
    (Errno::NOTSOCK, "ENOTSOCK"),
    (Errno::PERM, "EPERM"),
    (Errno::PIPE, "EPIPE"),
    (Errno::ROFS, "EROFS"),
    (Errno::TIMEDOUT, "ETIMEDOUT"),
];
