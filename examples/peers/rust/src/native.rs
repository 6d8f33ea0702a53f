//! The library's sockets, which are a type each, behind one.

use zeromq::{
    DealerSocket, Endpoint, PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, RouterSocket, Socket, SocketEvent,
    SocketOptions, SocketRecv, SocketSend, SubSocket, XPubSocket, XSubSocket, ZmqError, ZmqMessage,
};

use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use crate::failure::Failure;

macro_rules! sockets {
    ($($kind:ident = $name:literal of $socket:ty),+ $(,)?) => {
        /// One socket of the library.
        pub enum Native { $($kind($socket)),+ }

        /// Every type that the library has. It knows the names PAIR and STREAM too, but has no such socket.
        pub const TYPES: &[&str] = &[$($name),+];

        impl Native {
            /// A socket of the type, which is one of TYPES; None for any other.
            pub fn new(name: &str, options: SocketOptions) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind(<$socket>::with_options(options))),)+
                    _ => None,
                }
            }

            pub async fn bind(&mut self, endpoint: &str) -> Result<Endpoint, ZmqError> {
                match self { $(Self::$kind(socket) => socket.bind(endpoint).await),+ }
            }

            pub async fn unbind(&mut self, endpoint: Endpoint) -> Result<(), ZmqError> {
                match self { $(Self::$kind(socket) => socket.unbind(endpoint).await),+ }
            }

            pub async fn connect(&mut self, endpoint: &str) -> Result<(), ZmqError> {
                match self { $(Self::$kind(socket) => socket.connect(endpoint).await),+ }
            }

            pub async fn close(self) -> Vec<ZmqError> {
                match self { $(Self::$kind(socket) => socket.close().await),+ }
            }

            pub fn monitor(&mut self) -> BoxStream<'static, SocketEvent> {
                match self { $(Self::$kind(socket) => socket.monitor().boxed()),+ }
            }
        }
    };
}

sockets! {
    Dealer = "DEALER" of DealerSocket,
    Pub = "PUB" of PubSocket,
    Pull = "PULL" of PullSocket,
    Push = "PUSH" of PushSocket,
    Rep = "REP" of RepSocket,
    Req = "REQ" of ReqSocket,
    Router = "ROUTER" of RouterSocket,
    Sub = "SUB" of SubSocket,
    XPub = "XPUB" of XPubSocket,
    XSub = "XSUB" of XSubSocket,
}

impl Native {
    /// Sends. The error that the library gives is kept, since its kind tells whether to try again.
    pub async fn send(&mut self, message: ZmqMessage) -> Result<Result<(), ZmqError>, Failure> {
        Ok(match self {
            Self::Dealer(socket) => socket.send(message).await,
            Self::Pub(socket) => socket.send(message).await,
            Self::Push(socket) => socket.send(message).await,
            Self::Rep(socket) => socket.send(message).await,
            Self::Req(socket) => socket.send(message).await,
            Self::Router(socket) => socket.send(message).await,
            Self::XPub(socket) => socket.send(message).await,
            Self::XSub(socket) => socket.send(message).await,
            Self::Pull(_) | Self::Sub(_) => return Err(lacks("send")),
        })
    }

    pub async fn receive(&mut self) -> Result<ZmqMessage, Failure> {
        let received = match self {
            Self::Dealer(socket) => socket.recv().await,
            Self::Pull(socket) => socket.recv().await,
            Self::Rep(socket) => socket.recv().await,
            Self::Req(socket) => socket.recv().await,
            Self::Router(socket) => socket.recv().await,
            Self::Sub(socket) => socket.recv().await,
            Self::XPub(socket) => socket.recv().await,
            Self::XSub(socket) => socket.recv().await,
            Self::Pub(_) | Self::Push(_) => return Err(lacks("recv")),
        };
        Ok(received?)
    }

    pub async fn subscribe(&mut self, prefix: &str) -> Result<(), Failure> {
        match self {
            Self::Sub(socket) => Ok(socket.subscribe(prefix).await?),
            Self::XSub(socket) => Ok(socket.subscribe(prefix).await?),
            _ => Err(Failure::native("EINVAL", "the library has no subscribe for a socket of this type")),
        }
    }

    pub async fn unsubscribe(&mut self, prefix: &str) -> Result<(), Failure> {
        match self {
            Self::Sub(socket) => Ok(socket.unsubscribe(prefix).await?),
            Self::XSub(socket) => Ok(socket.unsubscribe(prefix).await?),
            _ => Err(Failure::native("EINVAL", "the library has no unsubscribe for a socket of this type")),
        }
    }
}

/// What libzmq says where the library has no such call to begin with.
fn lacks(call: &str) -> Failure {
    Failure::native("ENOTSUP", format!("the library has no {call} for a socket of this type"))
}
