use std::sync::atomic::AtomicUsize;

use super::*;
use crate::platform::clock::{ManualClock, Timestamp};

/// For whom time passes at once, and who notes how much.
#[derive(Default)]
struct Noting(Mutex<Vec<Span>>);

impl Waiter for Noting {
    fn wait(&self, span: Span) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().unwrap().push(span);
        Box::pin(std::future::ready(()))
    }
}

fn watched() -> (ManualClock, Supervision) {
    let clock = ManualClock::at(Timestamp::default());
    (clock.clone(), Supervision::new(Arc::new(clock)))
}

fn state(supervision: &Supervision) -> PartState {
    supervision.report()[0].state
}

#[test]
fn who_works_owes_a_sign_and_who_waits_owes_none() {
    let (clock, supervision) = watched();
    let pulse = supervision.part("part", Span::seconds(10));
    pulse.beat();
    clock.advance(Span::seconds(10));
    assert_eq!(state(&supervision), PartState::Alive);
    clock.advance(Span::seconds(1));
    assert_eq!(state(&supervision), PartState::Late);
    assert!(!supervision.is_alive());
    pulse.rest();
    clock.advance(Span::days(1));
    assert_eq!((state(&supervision), supervision.is_alive()), (PartState::Alive, true));
    pulse.hindered(Some("half of it is damaged".to_owned().into()));
    assert_eq!((state(&supervision), supervision.is_alive()), (PartState::Hindered, true));
}

#[tokio::test]
async fn a_task_that_falls_starts_again_later_each_time() {
    let (clock, supervision) = watched();
    let pulse = supervision.part("part", Span::seconds(10));
    let (waiter, runs) = (Arc::new(Noting::default()), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&runs);
    let start = move || {
        let (run, clock) = (counted.fetch_add(1, Ordering::Relaxed), clock.clone());
        async move {
            match run {
                0 => panic!("planned"),
                1..8 => Err(Error::internal("planned too")),
                8 => {
                    clock.advance(Span::minutes(2));
                    panic!("after a long life");
                }
                _ => Ok(()),
            }
        }
    };
    keep_task(pulse, Arc::clone(&waiter) as Arc<dyn Waiter>, Stopping::new(), start).await;
    let pauses: Vec<i64> =
        waiter.0.lock().unwrap().iter().map(|span| span.as_milliseconds() / 1_000).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 1]);
    let report = &supervision.report()[0];
    assert_eq!((report.state, report.restarts), (PartState::Ended, 9));
    assert_eq!(report.why.as_deref(), Some("after a long life"));
}

#[test]
fn a_thread_that_falls_starts_again() {
    let (_, supervision) = watched();
    let pulse = supervision.part("part", Span::seconds(10));
    let mut runs = 0;
    let thread = keep_thread("part", pulse, move |_| {
        runs += 1;
        assert!(runs > 1, "planned");
    });
    let thread = thread.unwrap();
    thread.thread().unpark();
    thread.join().unwrap();
    assert_eq!((state(&supervision), supervision.report()[0].restarts), (PartState::Ended, 1));
}
