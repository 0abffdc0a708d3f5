//! Parses the arguments and hands over.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The C library's allocator keeps an arena for each thread, and so much more memory under load.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    das_tern::cli::run()
}
