//! The operations on sockets, one after the other.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::failure::Failure;
use crate::native::TYPES;
use crate::proto::interop::control::v1::request::Operation;
use crate::proto::interop::control::v1::response::Result as Answer;
use crate::proto::interop::control::v1::{Message, Open, Program, ProgramResult, Request, Response};
use crate::socket::{Socket, limit_of};
use crate::{burst, monitor, options, payload};

/// The operations of `carry_out`, by their field name in Request. The library cannot disconnect.
pub const OPERATIONS: &[&str] = &[
    "open",
    "close",
    "close_all",
    "set_option",
    "get_option",
    "bind",
    "connect",
    "unbind",
    "send",
    "receive",
    "send_burst",
    "receive_burst",
    "monitor",
    "receive_event",
    "program",
];

/// The sockets of one lane, which is a task and no thread: the library's sockets belong to no thread.
#[derive(Default)]
pub struct Lane {
    sockets: HashMap<u32, Socket>,
}

impl Lane {
    /// The Response to a Request, whatever becomes of it.
    pub async fn answer(&mut self, request: Request) -> Response {
        let id = request.id;
        match request.operation {
            Some(Operation::Program(program)) => self.program(id, program).await,
            operation => self.step(id, operation).await,
        }
    }

    pub async fn close_all(&mut self) -> u32 {
        let closing = self.sockets.drain().map(|(_, socket)| socket.close());
        u32::try_from(join_all(closing).await.len()).unwrap_or(u32::MAX)
    }

    /// Carries out one step after the other, until one fails.
    async fn program(&mut self, id: u64, program: Program) -> Response {
        let mut results = Vec::with_capacity(program.steps.len());
        for step in program.steps {
            let response = self.step(0, step.operation).await;
            let failed = matches!(response.result, Some(Answer::Error(_)));
            results.push(response);
            if failed {
                break;
            }
        }
        Response { id, result: Some(Answer::Program(ProgramResult { results })) }
    }

    async fn step(&mut self, id: u64, operation: Option<Operation>) -> Response {
        let done = AssertUnwindSafe(self.carry_out(operation)).catch_unwind().await;
        match done.unwrap_or_else(|_| Err(Failure::native("EFAULT", "the library panicked: its stderr says how"))) {
            Ok(result) => Response { id, result },
            Err(failure) => failure.response(id),
        }
    }

    async fn carry_out(&mut self, operation: Option<Operation>) -> Result<Option<Answer>, Failure> {
        match operation {
            Some(Operation::Open(it)) => self.open(it).await.map(|()| None),
            Some(Operation::Close(it)) => {
                self.on(it.socket)?;
                if let Some(socket) = self.sockets.remove(&it.socket) {
                    socket.close().await;
                }
                Ok(None)
            }
            Some(Operation::CloseAll(_)) => Ok(Some(Answer::Closed(self.close_all().await))),
            Some(Operation::SetOption(it)) => options::set(self.on(it.socket)?, it.option).await.map(|()| None),
            Some(Operation::GetOption(it)) => options::get(self.on(it.socket)?, &it.name).map(Answer::Value).map(Some),
            Some(Operation::Bind(it)) => {
                let socket = self.on(it.socket)?;
                socket.bind(&it.endpoint).await.map_err(|failure| failure.at(&it.endpoint))?;
                Ok(Some(Answer::Endpoint(socket.endpoint.clone())))
            }
            Some(Operation::Connect(it)) => {
                let socket = self.on(it.socket)?;
                socket.connect(&it.endpoint).await.map_err(|failure| failure.at(&it.endpoint))?;
                Ok(Some(Answer::Endpoint(socket.endpoint.clone())))
            }
            Some(Operation::Unbind(it)) => {
                let done = self.on(it.socket)?.unbind(&it.endpoint).await;
                done.map(|()| None).map_err(|failure| failure.at(&it.endpoint))
            }
            Some(Operation::Send(it)) => {
                let socket = self.on(it.socket)?;
                let frames = payload::to_native(it.frames)?;
                socket.send(frames, limit_of(it.timeout_ms)).await.map(|()| None)
            }
            Some(Operation::Receive(it)) => {
                let frames = self.on(it.socket)?.receive(limit_of(it.timeout_ms)).await?;
                let frames = payload::from_native(frames, &it.types)?;
                Ok(Some(Answer::Message(Message { frames })))
            }
            Some(Operation::SendBurst(it)) => {
                let socket = self.on(it.socket)?;
                burst::send(socket, it).await.map(Answer::Burst).map(Some)
            }
            Some(Operation::ReceiveBurst(it)) => {
                burst::receive(self.on(it.socket)?, &it).await.map(Answer::Burst).map(Some)
            }
            Some(Operation::Monitor(it)) => {
                let socket = self.on(it.socket)?;
                if socket.events.is_some() {
                    return Err(Failure::invalid(format!("socket {} has a Monitor already", it.socket)));
                }
                socket.monitor().await.map(|()| None)
            }
            Some(Operation::ReceiveEvent(it)) => {
                let told = self.on(it.socket)?.event(limit_of(it.timeout_ms)).await?;
                Ok(Some(Answer::Event(monitor::event(&told))))
            }
            Some(Operation::Disconnect(_)) => Err(Failure::unsupported("the library has no disconnect")),
            Some(Operation::Program(_)) => Err(Failure::unsupported("a Program within a Program")),
            None => Err(Failure::unsupported("no operation that this agent knows")),
        }
    }

    /// Opens a socket. The library has no LINGER: what it has taken it sends, whatever becomes of the socket.
    async fn open(&mut self, it: Open) -> Result<(), Failure> {
        if self.sockets.contains_key(&it.socket) {
            let text = format!("socket {} is open: close it first or choose another number", it.socket);
            return Err(Failure::invalid(text));
        }
        let mut socket = Socket::open(&it.r#type).ok_or_else(|| {
            Failure::unsupported(format!("no socket type {:?}; the library has {}", it.r#type, TYPES.join(", ")))
        })?;
        for option in it.options {
            if let Err(failure) = options::set(&mut socket, Some(option)).await {
                socket.close().await;
                return Err(failure.at(format_args!("open {}", it.r#type)));
            }
        }
        self.sockets.insert(it.socket, socket);
        Ok(())
    }

    fn on(&mut self, handle: u32) -> Result<&mut Socket, Failure> {
        let there = self.sockets.get_mut(&handle);
        there.ok_or_else(|| Failure::invalid(format!("no socket {handle} on this lane: open it first")))
    }
}
