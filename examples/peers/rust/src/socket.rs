//! One socket of the library, with the time limits that the contract asks for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, sleep, timeout_at};
use zeromq::util::PeerIdentity;
use zeromq::{SocketEvent, SocketOptions, ZmqMessage};

use crate::failure::{Failure, nobody_is_there};
use crate::native::Native;

/// The library cannot be asked whether a call would have to wait. So one that "does not wait" is one that is back after
/// this long, far more than a call takes that finds what it needs, also on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(100);
/// For calls that have no time limit in the contract.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(1);

pub struct Socket {
    kind: String,
    /// Empty once it is closed. Locked while a Connect goes on in the background, since the library's `connect` borrows
    /// the socket until there is a connection: other calls wait for that, in their order.
    native: Arc<Mutex<Option<Native>>>,
    background: Vec<AbortHandle>,
    used: bool,
    pub events: Option<BoxStream<'static, SocketEvent>>,
    /// LAST_ENDPOINT, which the library does not keep.
    pub endpoint: String,
}

/// The moment at which a time limit has passed. 0 stands for "at once".
pub fn limit_of(timeout_ms: u32) -> Instant {
    Instant::now() + if timeout_ms == 0 { AT_ONCE } else { Duration::from_millis(timeout_ms.into()) }
}

impl Socket {
    /// Opens a socket of a type that the library has; None for any other.
    pub fn open(kind: &str) -> Option<Self> {
        Some(Self {
            kind: kind.into(),
            native: Arc::new(Mutex::new(Some(Native::new(kind, options())?))),
            background: Vec::new(),
            used: false,
            events: None,
            endpoint: String::new(),
        })
    }

    /// Makes the socket anew with another identity, which the library takes only then.
    pub fn identify(&mut self, identity: Bytes) -> Result<(), Failure> {
        if self.used {
            let text = "the library takes it only before anything else is done with the socket";
            return Err(Failure::native("EINVAL", text));
        }
        let mut options = options();
        options.peer_identity(PeerIdentity::try_from(identity)?);
        self.native = Arc::new(Mutex::new(Native::new(&self.kind, options)));
        Ok(())
    }

    pub async fn subscribe(&mut self, prefix: &Bytes, wanted: bool) -> Result<(), Failure> {
        let prefix = std::str::from_utf8(prefix)
            .map_err(|_| Failure::native("EINVAL", "the library takes a subscription that is UTF-8 alone"))?;
        self.used = true;
        let native = self.native.clone();
        let prefix = prefix.to_owned();
        self.soon(tokio::spawn(async move {
            let mut native = native.lock_owned().await;
            let native = open(&mut native)?;
            if wanted { native.subscribe(&prefix).await } else { native.unsubscribe(&prefix).await }
        }))
        .await
    }

    pub async fn monitor(&mut self) -> Result<(), Failure> {
        self.used = true;
        let mut native = self.lock_soon().await?;
        self.events = Some(open(&mut native)?.monitor());
        Ok(())
    }

    pub async fn event(&mut self, limit: Instant) -> Result<SocketEvent, Failure> {
        let Some(events) = &mut self.events else {
            return Err(Failure::invalid("no Monitor was asked for on this socket"));
        };
        match within(limit, events.next()).await {
            Some(Some(event)) => Ok(event),
            Some(None) => Err(Failure::native("ETERM", "the library reports no more events")),
            None => Err(Failure::again()),
        }
    }

    pub async fn bind(&mut self, endpoint: &str) -> Result<(), Failure> {
        self.used = true;
        // The library knows no `*`: 0 is any port, and 0.0.0.0 all interfaces.
        let wanted = match endpoint.strip_prefix("tcp://").and_then(|address| address.rsplit_once(':')) {
            Some((host, port)) => {
                let host = if host == "*" { "0.0.0.0" } else { host };
                format!("tcp://{host}:{}", if port == "*" { "0" } else { port })
            }
            None => endpoint.into(),
        };
        let mut native = self.lock_soon().await?;
        self.endpoint = open(&mut native)?.bind(&wanted).await?.to_string();
        Ok(())
    }

    pub async fn unbind(&mut self, endpoint: &str) -> Result<(), Failure> {
        self.used = true;
        let bound = endpoint.parse().map_err(zeromq::ZmqError::from)?;
        let mut native = self.lock_soon().await?;
        Ok(open(&mut native)?.unbind(bound).await?)
    }

    /// Connects, and goes on with it in the background where it is not done in a second.
    pub async fn connect(&mut self, endpoint: &str) -> Result<(), Failure> {
        self.used = true;
        self.endpoint = endpoint.into();
        let native = self.native.clone();
        let to = endpoint.to_owned();
        self.soon(tokio::spawn(async move {
            let mut native = native.lock_owned().await;
            Ok(open(&mut native)?.connect(&to).await?)
        }))
        .await
    }

    pub async fn send(&mut self, frames: Vec<Bytes>, limit: Instant) -> Result<(), Failure> {
        self.used = true;
        let message = ZmqMessage::try_from(frames).map_err(|error| Failure::invalid(error.to_string()))?;
        let mut native = within(limit, self.native.clone().lock_owned()).await.ok_or_else(Failure::again)?;
        let native = open(&mut native)?;
        loop {
            match within(limit, native.send(message.clone())).await.ok_or_else(Failure::again)?? {
                Ok(()) => return Ok(()),
                Err(error) if nobody_is_there(&error) && Instant::now() < limit => sleep(PAUSE).await,
                Err(error) if nobody_is_there(&error) => return Err(Failure::again()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub async fn receive(&mut self, limit: Instant) -> Result<Vec<Bytes>, Failure> {
        self.used = true;
        let received = within(limit, async {
            let mut native = self.native.clone().lock_owned().await;
            open(&mut native)?.receive().await
        });
        Ok(received.await.ok_or_else(Failure::again)??.into_vec())
    }

    /// Closes the socket, which ends what it does in the background.
    pub async fn close(self) {
        for call in self.background {
            call.abort();
        }
        let Some(mut native) = within(Instant::now() + PATIENCE, self.native.lock_owned()).await else {
            return eprintln!("rust agent: close: the library did not return within {PATIENCE:?}");
        };
        let Some(native) = native.take() else { return };
        match within(Instant::now() + PATIENCE, native.close()).await {
            Some(errors) => errors.iter().for_each(|error| eprintln!("rust agent: close: {error}")),
            None => eprintln!("rust agent: close: the library did not return within {PATIENCE:?}"),
        }
    }

    /// What came of a call, or that it goes on in the background where it is not done in a second.
    async fn soon(&mut self, mut call: JoinHandle<Result<(), Failure>>) -> Result<(), Failure> {
        if let Some(done) = within(Instant::now() + PATIENCE, &mut call).await {
            return done
                .unwrap_or_else(|panic| Err(Failure::native("EFAULT", format!("the library panicked: {panic}"))));
        }
        let stop = call.abort_handle();
        let endpoint = self.endpoint.clone();
        tokio::spawn(async move {
            if let Ok(Err(failure)) = call.await {
                eprintln!("rust agent: after a connect to {endpoint}: {failure}");
            }
        });
        self.background.push(stop);
        Ok(())
    }

    async fn lock_soon(&mut self) -> Result<OwnedMutexGuard<Option<Native>>, Failure> {
        within(Instant::now() + PATIENCE, self.native.clone().lock_owned()).await.ok_or_else(stuck)
    }
}

/// What zmq_connect does, the library does when it has no limit for it: it tries for as long as it takes.
fn options() -> SocketOptions {
    let mut options = SocketOptions::default();
    options.no_connect_timeout();
    options
}

fn open(native: &mut Option<Native>) -> Result<&mut Native, Failure> {
    native.as_mut().ok_or_else(|| Failure::native("ENOTSOCK", "the socket is closed"))
}

fn stuck() -> Failure {
    Failure::native("ETIMEDOUT", format!("the library did not return within {PATIENCE:?}"))
}

/// What comes of `work`, or None where the limit passes first. The library's calls can be given up at any time.
async fn within<T>(limit: Instant, work: impl Future<Output = T>) -> Option<T> {
    timeout_at(limit, work).await.ok()
}
