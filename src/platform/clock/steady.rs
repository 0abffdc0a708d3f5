//! Clocks that nobody can set: they say how much time has passed since some beginning of their own, and no more.

use super::Span;

/// A clock that only goes forward, by as much as time passes.
pub trait SteadyClock: Send + Sync + 'static {
    /// Time since a beginning that is this clock's own.
    fn elapsed(&self) -> Span;
}

/// Time since the machine was started, while it slept included: what the wall clock is compared with. Where the
/// system has no such clock, the time while it slept is missing.
#[derive(Debug, Default, Clone, Copy)]
pub struct BootClock;

impl SteadyClock for BootClock {
    fn elapsed(&self) -> Span {
        #[cfg(target_os = "linux")]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = rustix::time::ClockId::Monotonic;
        read(clock)
    }
}

/// Time during which the machine was awake: what a sign of life is measured by. A machine that slept for an hour did
/// not fall silent for an hour.
#[derive(Debug, Default, Clone, Copy)]
pub struct AwakeClock;

impl SteadyClock for AwakeClock {
    fn elapsed(&self) -> Span {
        read(rustix::time::ClockId::Monotonic)
    }
}

fn read(clock: rustix::time::ClockId) -> Span {
    const NANOSECONDS: i64 = 1_000_000;
    let time = rustix::time::clock_gettime(clock);
    Span::milliseconds(time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / NANOSECONDS))
}
