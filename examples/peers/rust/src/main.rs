//! The agent of the Rust peer: single socket operations on command, over the control channel of docs/peer-contract.md.

mod burst;
mod channel;
mod failure;
mod hello;
mod lane;
mod monitor;
mod native;
mod options;
mod payload;
mod proto;
mod socket;

use std::collections::HashMap;
use std::error::Error;
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::Mode;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use channel::{Incoming, Outgoing};
use failure::Failure;
use hello::LANES;
use lane::Lane;
use proto::interop::control::v1::{Request, Response, response};

const GRACE_AT_END: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rust agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (incoming, outgoing) = channel::open()?;
    rustix::process::umask(Mode::empty()); // over ipc, who connects needs write permission on the socket file
    let runtime = Runtime::new()?;
    let hello = runtime.block_on(hello::hello());
    outgoing.write(&Response { id: 0, result: Some(response::Result::Hello(hello)) });
    let (end, ended) = watch::channel(false);
    let lanes = serve(incoming, &Arc::new(outgoing), &runtime, &ended)?;
    end.send_replace(true);
    runtime.block_on(async {
        // What a stuck library holds ends with the process.
        let closed = futures_util::future::join_all(lanes);
        tokio::time::timeout(GRACE_AT_END, closed).await.ok();
    });
    exit(0); // without waiting for the library's tasks
}

/// Hands each Request to the task of its lane until the channel ends; an error means that it is beyond repair.
fn serve(
    mut incoming: Incoming,
    outgoing: &Arc<Outgoing>,
    runtime: &Runtime,
    ended: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, String> {
    let mut lanes = HashMap::new();
    while let Some(request) = incoming.read()? {
        if request.lane >= LANES {
            let text = format!("lane {}: the last is {}", request.lane, LANES - 1);
            outgoing.write(&Failure::invalid(text).response(request.id));
            continue;
        }
        let (requests, _) = lanes.entry(request.lane).or_insert_with(|| {
            // Without limit, so that a busy lane never holds up the reading of the channel.
            let (sender, waiting) = mpsc::unbounded_channel();
            (sender, runtime.spawn(carry_out(waiting, Arc::clone(outgoing), ended.clone())))
        });
        requests.send(request).map_err(|_| "a lane has ended by itself")?;
    }
    Ok(lanes.into_values().map(|(_, task)| task).collect())
}

/// One lane, until the channel has ended.
async fn carry_out(
    mut requests: mpsc::UnboundedReceiver<Request>,
    outgoing: Arc<Outgoing>,
    mut ended: watch::Receiver<bool>,
) {
    let mut lane = Lane::default();
    let work = async {
        while let Some(request) = requests.recv().await {
            let response = lane.answer(request).await;
            outgoing.write(&response);
        }
    };
    tokio::select! {
        biased;
        _ = ended.wait_for(|ended| *ended) => {}
        () = work => {}
    }
    lane.close_all().await;
}
