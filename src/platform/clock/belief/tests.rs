use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::from_milliseconds(1_793_577_600_000);

fn day(n: i64) -> Span {
    Span::days(n)
}

/// A time server that speaks when told.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Option<Word>>>);

impl Server {
    fn say(&self, at: Timestamp) {
        *self.0.lock().unwrap() = Some(Word(at));
    }
}

impl TimeSync for Server {
    fn last_word(&self) -> Option<Word> {
        *self.0.lock().unwrap()
    }
}

fn started(clock: &ManualClock, server: &Server, known: Option<Timestamp>) -> Belief {
    Belief::new(Clocks { sync: Arc::new(server.clone()), ..Clocks::manual(clock) }, known)
}

fn belief(clock: &ManualClock, known: Option<Timestamp>) -> Belief {
    started(clock, &Server::default(), known)
}

fn doubtful(now: Timestamp) -> Moment {
    Moment { in_doubt: true, ..Moment::certain(now) }
}

fn cause(belief: &Belief) -> Option<Cause> {
    belief.doubt().map(|doubt| doubt.cause)
}

#[test]
fn a_jump_forward_holds_until_the_clock_comes_back() {
    let clock = ManualClock::at(START);
    let belief = belief(&clock, None);
    clock.jump(day(1));
    assert_eq!(belief.moment(), doubtful(START));
    clock.advance(Span::seconds(66));
    assert_eq!(belief.now(), START.plus(Span::seconds(66)));
    clock.jump(day(-1));
    assert_eq!(belief.moment(), Moment::certain(START.plus(Span::seconds(66))));
    assert!(matches!(belief.next_turn(), Some(Turn::Doubted { cause: Cause::JumpedForward, .. })));
    belief.turn_was_told();
    let Some(Turn::Settled { how, moved, .. }) = belief.next_turn() else { panic!("not settled") };
    assert_eq!((how, moved), (Settlement::CameBack, Span::ZERO));
}

#[test]
fn a_clock_that_stays_where_it_was_set_is_believed_after_ten_minutes() {
    let clock = ManualClock::at(START);
    let belief = belief(&clock, None);
    clock.jump(Span::hours(-1));
    assert_eq!(cause(&belief), Some(Cause::JumpedBack));
    clock.advance(Span::minutes(9));
    clock.jump(Span::minutes(-5));
    belief.look();
    clock.advance(Span::minutes(9));
    assert!(belief.moment().in_doubt, "it was set again: ten minutes from then on");
    clock.advance(Span::minutes(1));
    assert_eq!(belief.moment(), Moment::certain(clock.now()));
    belief.turn_was_told();
    let Some(Turn::Settled { how, moved, .. }) = belief.next_turn() else { panic!("not settled") };
    assert_eq!((how, moved), (Settlement::Agreed, Span::minutes(-65)));
}

#[test]
fn a_time_server_settles_it_by_a_new_word_only() {
    let clock = ManualClock::at(START);
    let server = Server::default();
    server.say(START);
    let belief = started(&clock, &server, Some(START));
    belief.look();
    clock.jump(day(1));
    belief.look();
    assert!(belief.moment().in_doubt, "what it said before the jump says nothing of the jump");
    server.say(clock.now());
    belief.look();
    assert_eq!(belief.moment(), Moment::certain(clock.now()));
}

#[test]
fn an_admin_settles_it() {
    let clock = ManualClock::at(START);
    let belief = belief(&clock, None);
    assert!(!belief.confirm());
    clock.jump(Span::minutes(3));
    assert!(belief.confirm());
    assert_eq!(belief.moment(), Moment::certain(clock.now()));
}

#[test]
fn a_start_in_1970_runs_on_from_what_is_stored_until_the_clock_is_set() {
    let clock = ManualClock::at(Timestamp::default());
    let belief = belief(&clock, Some(START));
    assert_eq!((cause(&belief), belief.now()), (Some(Cause::BehindStore), START));
    clock.advance(Span::seconds(20));
    assert_eq!(belief.now(), START.plus(Span::seconds(20)));
    let downtime = Span::hours(7);
    clock.jump(START.plus(downtime).since(Timestamp::default()));
    assert_eq!(belief.moment(), Moment::certain(clock.now()));
}

#[test]
fn downtime_alone_is_no_reason_for_doubt_but_years_without_a_time_server_are() {
    let clock = ManualClock::at(START.plus(Span::hours(47)));
    assert!(!belief(&clock, Some(START)).moment().in_doubt);
    let clock = ManualClock::at(START.plus(day(21)));
    let server = Server::default();
    server.say(clock.now().minus(Span::minutes(30)));
    assert!(!started(&clock, &server, Some(START)).moment().in_doubt, "a time server has set it");
    let belief = belief(&clock, Some(START));
    assert_eq!(belief.moment(), Moment { now: clock.now(), in_doubt: true, rights_end_by: START });
    clock.advance(Span::minutes(10));
    assert!(!belief.moment().in_doubt);
}

#[test]
fn a_machine_that_slept_was_not_set() {
    let clock = ManualClock::at(START);
    let belief = belief(&clock, None);
    clock.advance(day(3));
    assert_eq!(belief.moment(), Moment::certain(START.plus(day(3))));
}

#[test]
fn the_small_corrections_of_a_time_server_do_not_add_up() {
    let clock = ManualClock::at(START);
    let belief = belief(&clock, None);
    for _ in 0..200 {
        clock.advance(Span::minutes(5));
        clock.jump(Span::seconds(-1));
        assert!(!belief.moment().in_doubt);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happens to the wall clock, time never goes back by more than two seconds while it is in doubt, and
    /// goes exactly as fast as the steady clock after a jump.
    #[test]
    fn time_runs_on_while_in_doubt(steps in prop::collection::vec((0_i64..300_000, -90_000_000_i64..90_000_000), 1..40)) {
        let clock = ManualClock::at(START);
        let belief = belief(&clock, Some(START));
        for (passes, jump) in steps {
            let before = belief.moment();
            clock.jump(Span::milliseconds(jump));
            clock.advance(Span::milliseconds(passes));
            let after = belief.moment();
            if before.in_doubt && after.in_doubt {
                prop_assert_eq!(after.now.since(before.now), Span::milliseconds(passes));
            }
            if !after.in_doubt {
                prop_assert_eq!(after.now, clock.now());
            }
        }
    }
}
