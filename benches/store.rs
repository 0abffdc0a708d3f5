//! `cargo bench --bench store`: what the store costs, as ratios within one run.
//!
//! The yardstick is a bare durable redb commit of the same eight rows on the same disk. Then the same work through
//! `Store::write` with 1, 16, 64 and 256 writers at once, reads of single rows, and pages of 50 rows.
//! `DAS_TERN_BENCH_SECONDS` sets the seconds for each line (default 2), `DAS_TERN_BENCH_DIR` the disk.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    reason = "a benchmark may fail"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use das_tern::platform::clock::SystemClock;
use das_tern::platform::error::Result;
use das_tern::platform::random::Random;
use das_tern::platform::store::{
    Direction, Entries, Index, PageRequest, RedbEngine, RedbOptions, Step, Store, StoreOptions, Table,
    WriteTx,
};
use redb::{Database, TableDefinition};
use serde::{Deserialize, Serialize};

/// About a dose: a row of some 200 bytes with two index entries.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    patient: u64,
    state: String,
    note: String,
    at: i64,
    numbers: [u32; 4],
}

const ROWS: Table<(u64, u64), Row> = Table::new(1, "rows").indexed(index_rows);
const BY_TIME: Index<i64, (u64, u64)> = Index::many(1, 1);
const COUNTERS: Table<(u64, u32), [u32; 4]> = Table::new(2, "counters");
const LOG: Table<u64, Row> = Table::new(3, "log").indexed(index_log);
const BY_PATIENT: Index<(u64, u64), u64> = Index::many(3, 1);
const BY_ACTOR: Index<(u64, u64), u64> = Index::many(3, 2);
const HEAD: Table<(), u64> = Table::new(4, "head");

fn index_rows((_, _): &(u64, u64), row: &Row, entries: &mut Entries) {
    entries.add(&BY_TIME, &row.at);
}

fn index_log(id: &u64, row: &Row, entries: &mut Entries) {
    entries.add(&BY_PATIENT, &(row.patient, *id));
    entries.add(&BY_ACTOR, &(row.patient, *id));
}

fn row(patient: u64, at: u64) -> Row {
    Row {
        patient,
        state: "TAKEN_ON_TIME".to_owned(),
        note: "with food, as every morning; nothing to add".to_owned(),
        at: at as i64,
        numbers: [1, 2, 3, 4],
    }
}

/// Eight puts: a row with its index entry, a counter, a log record with two index entries, the log's head, and one
/// more row, like recording a dose.
fn eight_puts(tx: &mut WriteTx<'_>, n: u64) -> Result<()> {
    let patient = n % 1_000;
    ROWS.put(tx, &(patient, n), &row(patient, n))?;
    let counter = COUNTERS.get(tx, &(patient, 7))?.unwrap_or_default();
    COUNTERS.put(tx, &(patient, 7), &[counter[0] + 1, counter[1], counter[2], counter[3]])?;
    let head = HEAD.get(tx, &())?.unwrap_or_default() + 1;
    LOG.put(tx, &head, &row(patient, n))?;
    HEAD.put(tx, &(), &head)
}

struct Line {
    name: String,
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

fn line(name: impl Into<String>, elapsed: Duration, mut times: Vec<Duration>) -> Line {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let line = Line {
        name: name.into(),
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
        p50: at(50),
        p99: at(99),
    };
    println!(
        "{:<44} {:>9.0}/s   p50 {:>8.1} us   p99 {:>8.1} us",
        line.name,
        line.per_second,
        line.p50.as_secs_f64() * 1e6,
        line.p99.as_secs_f64() * 1e6
    );
    line
}

fn measure(name: &str, span: Duration, mut act: impl FnMut(u64)) -> Line {
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < span {
        let one = Instant::now();
        act(times.len() as u64);
        times.push(one.elapsed());
    }
    line(name, start.elapsed(), times)
}

fn bare(folder: &std::path::Path, span: Duration) -> Line {
    const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("bare");
    let database = Database::create(folder.join("bare.redb")).unwrap();
    measure("bare durable redb commit, 8 puts", span, |n| {
        let mut transaction = database.begin_write().unwrap();
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        {
            let mut table = transaction.open_table(TABLE).unwrap();
            for part in 0..8_u64 {
                let key = [(n % 1_000).to_be_bytes(), part.to_be_bytes(), n.to_be_bytes()].concat();
                table.insert(key.as_slice(), [7_u8; 120].as_slice()).unwrap();
            }
        }
        transaction.commit().unwrap();
    })
}

async fn writers(store: &Store, count: usize, span: Duration, next: &Arc<AtomicU64>) -> Line {
    let start = Instant::now();
    let before = store.counts();
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (store, next) = (store.clone(), Arc::clone(next));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < span {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let one = Instant::now();
                    store.write(move |tx| eight_puts(tx, n)).await.unwrap();
                    times.push(one.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let after = store.counts();
    let group = (after.1 - before.1) as f64 / (after.0 - before.0).max(1) as f64;
    line(format!("store write, {count} writers (groups of {group:.1})"), start.elapsed(), times)
}

fn main() {
    let seconds =
        std::env::var("DAS_TERN_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let span = Duration::from_secs_f64(seconds);
    let folder = match std::env::var_os("DAS_TERN_BENCH_DIR") {
        Some(directory) => tempfile::tempdir_in(PathBuf::from(directory)).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let yardstick = bare(folder.path(), span);

    let engine = RedbEngine::open(folder.path().join("store.redb"), RedbOptions::default()).unwrap();
    let store = Store::new(
        Arc::new(engine),
        Arc::new(SystemClock),
        Arc::new(Random::System),
        StoreOptions::default(),
        Box::new(|_| {}),
    )
    .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let writes: Vec<Line> = [1, 16, 64, 256]
        .into_iter()
        .map(|count| runtime.block_on(writers(&store, count, span, &next)))
        .collect();

    let rows = next.load(Ordering::Relaxed);
    measure("read of one row", span, |n| {
        let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) % rows;
        store.read(|tx| ROWS.get(tx, &(n % 1_000, n))).unwrap();
    });
    measure("page of 50 rows", span, |n| {
        let page = store.read(|tx| {
            ROWS.page(tx, &(n % 1_000), Direction::Backward, &PageRequest::default(), |_, _| true)
        });
        assert!(!page.unwrap().items.is_empty());
    });
    measure("look through 1,000 index entries", span, |_| {
        let mut seen = 0;
        store
            .read(|tx| {
                BY_TIME.visit_prefix(tx, &(), Direction::Backward, |_, _| {
                    seen += 1;
                    Ok(if seen < 1_000 { Step::Continue } else { Step::Stop })
                })
            })
            .unwrap();
    });

    println!();
    for (line, limit) in writes.iter().zip(["one caller waits", "", "", ""]) {
        println!(
            "{:<44} {:>6.2} x the rate, p50 {:>5.2} x that of a bare commit {limit}",
            line.name,
            line.per_second / yardstick.per_second,
            line.p50.as_secs_f64() / yardstick.p50.as_secs_f64()
        );
    }
    store.close();
}
