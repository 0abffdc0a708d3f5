//! The composition root: builds the parts once, starts and stops them in order. The only file that knows them
//! all.

mod parts;

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::{self, Listeners};
use crate::flows;
use crate::platform::clock::Span;
use crate::platform::context::Context;
use crate::platform::error::{Error, Kind, Result};
use crate::platform::jobs::{SystemWaiter, Worker};
use crate::platform::supervision::keep_task;

pub(crate) use self::parts::jobs;
use self::parts::limited_jobs;
pub use self::parts::{Parts, Work};

/// A server that runs. Dropping it does not stop it: call [`App::stop`].
pub struct App {
    context: Arc<Context>,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    serving: JoinHandle<()>,
    working: Working,
    /// Brings the search index up to date.
    catching_up: JoinHandle<()>,
    /// Reads every page of the data file once, and again when one is found damaged.
    looking_over: JoinHandle<()>,
}

/// The jobs' worker and who watches the clock.
enum Working {
    InBackground { worker: JoinHandle<()>, clock: JoinHandle<()> },
    OnDemand(Box<tokio::sync::Mutex<Worker>>),
}

/// A part that does nothing but wait blocks its thread when it is not back after this.
const POLL_PATIENCE: Span = Span::seconds(30);

impl App {
    /// Starts everything: the store is open already, then jobs, then the API.
    ///
    /// # Errors
    /// When the address is taken or the store cannot be used.
    pub async fn start(parts: Parts) -> Result<Self> {
        let work = parts.work;
        let (context, signal) = parts.assemble()?;
        let (api, address) = listen(context.settings.server.listen).await?;
        let (admin, admin_address) = match context.settings.server.admin_listen {
            Some(wanted) => listen(wanted).await.map(|(door, address)| (Some(door), Some(address)))?,
            None => (None, None),
        };
        let worker = Worker::new(
            Arc::clone(&context),
            limited_jobs(&context.settings),
            signal,
            Arc::new(SystemWaiter),
        );
        unless_damaged("clock", flows::clock::start(&context).await)?;
        unless_damaged("losses", flows::storage::tell_of_losses(&context).await)?;
        unless_damaged("schedules", worker.install().await)?;
        unless_damaged("doses", flows::doses::start(&context).await)?;
        unless_damaged("medicines", flows::medicines::start(&context).await)?;
        let looking_over = keep(&context, "storage", {
            let context = Arc::clone(&context);
            move || flows::storage::watch(Arc::clone(&context), Arc::new(SystemWaiter))
        });
        let catching_up = keep(&context, "search", {
            let context = Arc::clone(&context);
            move || {
                let context = Arc::clone(&context);
                async move {
                    flows::medicines::open_search(&context).await?;
                    // The first prescription need not wait for it.
                    if work == Work::InBackground {
                        flows::prescriptions::read_rules(&context).await
                    } else {
                        Ok(())
                    }
                }
            }
        });
        let working = match work {
            Work::InBackground => in_background(&context, worker),
            Work::OnDemand => Working::OnDemand(Box::new(tokio::sync::Mutex::new(worker))),
        };
        let serving = keep(&context, "listener", {
            let context = Arc::clone(&context);
            move || serve(api.try_clone(), admin.as_ref().map(StdListener::try_clone).transpose(), &context)
        });
        Ok(Self { context, address, admin_address, serving, working, catching_up, looking_over })
    }

    /// Runs every job that is due, and those that they enqueue, and says how many. Does nothing when a worker
    /// runs in the background.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn run_jobs(&self) -> Result<u64> {
        match &self.working {
            Working::InBackground { .. } => Ok(0),
            Working::OnDemand(worker) => {
                flows::clock::tend(&self.context).await?;
                worker.lock().await.run_until_idle().await
            }
        }
    }

    /// The address on which the API answers; the port is the real one when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of `/metrics`, when it is wanted.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The parts of the server.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Stops in the reverse order: streams end, no new requests, requests in flight finish, jobs in hand finish or are given
    /// back, then the store closes.
    ///
    /// # Errors
    /// When the listener failed while it ran.
    pub async fn stop(self) -> Result<()> {
        self.context.stopping.begin();
        ended("listener", self.serving.await);
        let patience = Duration::from_secs(self.context.settings.server.drain_seconds);
        if tokio::time::timeout(patience, self.context.events.emptied()).await.is_err() {
            tracing::warn!(open = self.context.events.places_taken(), "streams of events are cut off");
        }
        match self.working {
            Working::InBackground { worker, clock } => {
                ended("jobs", worker.await);
                ended("clock", clock.await);
            }
            Working::OnDemand(worker) => worker.into_inner().stop().await,
        }
        ended("search", self.catching_up.await);
        ended("survey", self.looking_over.await);
        let store = self.context.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        closed.map_err(|error| Error::internal(format!("store did not close: {error}")))
    }
}

/// A damaged page keeps only what needs it from being prepared: everybody else is served all the same.
fn unless_damaged(what: &'static str, done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() == Kind::Damaged => {
            tracing::error!(what, %error, "the data are damaged, so this could not be prepared");
            Ok(())
        }
        done => done,
    }
}

/// Runs a task as long as the server lives.
fn keep<F>(
    context: &Arc<Context>,
    name: &'static str,
    start: impl FnMut() -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let pulse = context.supervision.part(name, POLL_PATIENCE);
    tokio::spawn(keep_task(pulse, Arc::new(SystemWaiter), context.stopping.clone(), start))
}

fn in_background(context: &Arc<Context>, worker: Worker) -> Working {
    let (stopping, pulse) = (context.stopping.clone(), worker.pulse());
    let worker = Arc::new(tokio::sync::Mutex::new(worker));
    let attend = move || {
        let (worker, stopping) = (Arc::clone(&worker), stopping.clone());
        async move {
            worker.lock().await.attend(async move { stopping.begun().await }).await;
            Ok(())
        }
    };
    let worker = tokio::spawn(keep_task(pulse, Arc::new(SystemWaiter), context.stopping.clone(), attend));
    let clock = keep(context, "clock", {
        let context = Arc::clone(context);
        move || flows::clock::watch(Arc::clone(&context), Arc::new(SystemWaiter))
    });
    Working::InBackground { worker, clock }
}

/// Serves at these doors until the server stops. They are copies: when it falls, connections wait at the originals
/// until it serves again.
fn serve(
    api: std::io::Result<StdListener>,
    admin: std::io::Result<Option<StdListener>>,
    context: &Arc<Context>,
) -> impl Future<Output = Result<()>> + Send + use<> {
    let context = Arc::clone(context);
    async move {
        let failed = |error| Error::internal(format!("serving failed: {error}"));
        let api = TcpListener::from_std(api.map_err(failed)?).map_err(failed)?;
        let admin = admin.map_err(failed)?.map(TcpListener::from_std).transpose().map_err(failed)?;
        api::serve(Listeners { api, admin }, context).await.map_err(failed)
    }
}

/// A part that is kept alive ends only with the server.
fn ended(part: &'static str, how: Result<(), tokio::task::JoinError>) {
    if let Err(error) = how {
        tracing::error!(part, %error, "a part of the server did not end in order");
    }
}

async fn listen(wanted: SocketAddr) -> Result<(StdListener, SocketAddr)> {
    let failed = |error| Error::internal(format!("cannot listen on {wanted}: {error}"));
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener.into_std().map_err(failed)?, address))
}
