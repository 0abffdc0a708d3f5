//! Tables, engines and stores for these tests.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use das_tern::platform::clock::{Clock, ManualClock, Timestamp};
use das_tern::platform::error::Result;
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Engine, EngineError, Entries, Index, Pause, RedbEngine, RedbOptions, Store, StoreOptions, Table, WriteTx,
};
use serde::{Deserialize, Serialize};

use super::disk::Disk;

/// 2026-11-02 00:00 UTC.
pub const START: Timestamp = Timestamp::from_milliseconds(1_793_577_600_000);

/// A row with everything an index can hang on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub group: u8,
    pub label: Option<String>,
    pub filler: String,
}

pub const ITEMS: Table<u64, Item> = Table::new(901, "items").indexed(index_items);
pub const BY_GROUP: Index<(u8, u64), u64> = Index::many(901, 1);
pub const BY_LABEL: Index<String, u64> = Index::unique(901, 2, "label_taken");

fn index_items(id: &u64, item: &Item, entries: &mut Entries) {
    entries.add(&BY_GROUP, &(item.group, *id));
    if let Some(label) = &item.label {
        entries.add(&BY_LABEL, label);
    }
}

pub fn item(group: u8, label: Option<&str>) -> Item {
    Item { group, label: label.map(str::to_owned), filler: "x".repeat(usize::from(group)) }
}

pub fn store_over(engine: Arc<dyn Engine>, clock: &ManualClock, options: StoreOptions) -> Store {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    Store::new(engine, clock, Arc::new(Random::System), options, Box::new(|_| {})).unwrap()
}

pub fn options(pauses: &[u64], pause: Pause) -> StoreOptions {
    StoreOptions {
        retry_pauses: pauses.iter().map(|ms| Duration::from_millis(*ms)).collect(),
        pause,
        ..StoreOptions::default()
    }
}

pub fn open_disk(disk: &Disk) -> Result<RedbEngine, EngineError> {
    let disk = disk.clone();
    RedbEngine::open_backend(
        move || disk.open(),
        RedbOptions { cache_bytes: 1024 * 1024, ..RedbOptions::default() },
    )
}

pub fn open_file(path: PathBuf) -> RedbEngine {
    RedbEngine::open(path, RedbOptions::default()).unwrap()
}

type Change = Box<dyn FnMut(&mut WriteTx<'_>) -> Result<()> + Send>;

/// Writes all of `changes` as one group, whatever the timing: the writer is held up until all of them wait.
pub fn write_group(store: &Store, changes: Vec<Change>) -> Vec<Result<()>> {
    let (here, is_here) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let mut held = Some(released);
    let mut doorkeeper = Box::pin(store.write(move |_| {
        let _ = here.send(());
        if let Some(released) = held.take() {
            let _ = released.recv();
        }
        Ok(())
    }));
    poll_once(doorkeeper.as_mut());
    // When the store refuses at once, nobody is there to wait for.
    let _ = is_here.recv_timeout(Duration::from_secs(10));
    let mut waiting: Vec<_> = changes.into_iter().map(|change| Box::pin(store.write(change))).collect();
    let mut done: Vec<Option<Result<()>>> =
        waiting.iter_mut().map(|write| poll_once(write.as_mut())).collect();
    drop(release);
    drop(block_on(doorkeeper));
    for (write, done) in waiting.into_iter().zip(&mut done) {
        if done.is_none() {
            *done = Some(block_on(write));
        }
    }
    done.into_iter().map(|done| done.unwrap()).collect()
}

/// Writes all of `changes` one after another without waiting for the answers, so that groups overlap as they come.
pub fn write_stream(store: &Store, changes: Vec<Change>) -> Vec<Result<()>> {
    let mut waiting: Vec<_> = changes.into_iter().map(|change| Box::pin(store.write(change))).collect();
    let done: Vec<Option<Result<()>>> = waiting.iter_mut().map(|write| poll_once(write.as_mut())).collect();
    waiting.into_iter().zip(done).map(|(write, done)| done.unwrap_or_else(|| block_on(write))).collect()
}

fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Runs the program: its exit code, and all that it said.
pub fn das_tern(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_das-tern")).args(arguments).env_clear().output().unwrap();
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A number that the environment asks for.
pub fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}
