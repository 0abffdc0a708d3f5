//! The table a person reads and the lines a program reads.

use super::measure::Measured;

/// The heading of the table.
pub fn heading() -> String {
    format!(
        "{:<34} {:>5} {:>10} {:>8} {:>8} {:>8} {:>7} {:>7} {:>8} {:>8}",
        "flow", "conns", "per s", "p50 ms", "p95 ms", "p99 ms", "errors", "CPU %", "RSS MiB", "KiB each"
    )
}

/// One row of the table.
pub fn row(measured: &Measured) -> String {
    let mut row = format!(
        "{:<34} {:>5} {:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>7} {:>7.0} {:>8.1} {:>8}",
        measured.flow,
        measured.connections,
        measured.per_second,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.errors,
        measured.server_cpu_percent,
        measured.server_rss_mib,
        measured.written_kib.map_or_else(|| "-".to_owned(), |kib| format!("{kib:.1}")),
    );
    if let Some(error) = &measured.first_error {
        let short: String = error.chars().take(300).collect();
        row.push_str(&format!("\n    first error: {short}"));
    }
    row
}
