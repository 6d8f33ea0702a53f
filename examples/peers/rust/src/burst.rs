//! Counted loops of sends and receives.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::proto::interop::control::v1::{BurstResult, ReceiveBurst, SendBurst};
use crate::socket::{Socket, limit_of};

const NUMBER_BYTES: usize = size_of::<u64>();

pub async fn send(socket: &mut Socket, operation: SendBurst) -> Result<BurstResult, Failure> {
    let size = operation.size as usize;
    if size < NUMBER_BYTES {
        return Err(Failure::invalid(format!("size {size}: a message's number alone takes {NUMBER_BYTES} bytes")));
    }
    let mut burst = Burst::begin(operation.count, operation.timeout_ms);
    while let Some(limit) = burst.next() {
        let mut body = BytesMut::zeroed(size); // anew, since the library keeps what it was given
        body[..NUMBER_BYTES].copy_from_slice(&(operation.first + burst.result.count).to_be_bytes());
        let mut frames = operation.head.clone();
        frames.push(body.freeze());
        let bytes = bytes_of(&frames);
        let sent = socket.send(frames, limit).await;
        burst.count(sent, bytes)?;
    }
    Ok(burst.end())
}

pub async fn receive(socket: &mut Socket, operation: &ReceiveBurst) -> Result<BurstResult, Failure> {
    let mut burst = Burst::begin(operation.count, operation.timeout_ms);
    while let Some(limit) = burst.next() {
        let received = socket.receive(limit).await;
        let bytes = received.as_deref().map_or(0, bytes_of);
        if let (true, Ok(frames)) = (operation.numbers, &received) {
            burst.result.numbers.push(number_of(frames));
        }
        burst.count(received.map(drop), bytes)?;
    }
    Ok(burst.end())
}

fn bytes_of(frames: &[Bytes]) -> u64 {
    frames.iter().map(|frame| frame.len() as u64).sum()
}

fn number_of(frames: &[Bytes]) -> u64 {
    let number = frames.last().and_then(|frame| frame.first_chunk());
    number.map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes))
}

/// A call that is repeated until there are `wanted`, or the time limit of the whole has passed.
struct Burst {
    wanted: u64,
    /// None where the socket alone ends the burst, as soon as a call would have to wait.
    limit: Option<Instant>,
    ended: bool,
    start: Instant,
    result: BurstResult,
}

impl Burst {
    fn begin(wanted: u64, timeout_ms: u32) -> Self {
        let limit = (timeout_ms != 0).then(|| limit_of(timeout_ms));
        Self { wanted, limit, ended: false, start: Instant::now(), result: BurstResult::default() }
    }

    /// The limit of the next call, or None when the burst has ended.
    fn next(&self) -> Option<Instant> {
        let over =
            self.ended || self.result.count >= self.wanted || self.limit.is_some_and(|limit| Instant::now() >= limit);
        (!over).then(|| self.limit.unwrap_or_else(|| limit_of(0)))
    }

    fn count(&mut self, done: Result<(), Failure>, bytes: u64) -> Result<(), Failure> {
        match done {
            Ok(()) => {
                self.result.count += 1;
                self.result.bytes += bytes;
            }
            Err(failure) if failure.is_again() => self.ended = true,
            Err(failure) => return Err(failure.at(format_args!("after {} messages", self.result.count))),
        }
        Ok(())
    }

    fn end(mut self) -> BurstResult {
        self.result.elapsed_ns = nanoseconds(self.start.elapsed());
        self.result
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
