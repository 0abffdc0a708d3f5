//! Whether the wall clock is believed.
//!
//! Doses, rights and locks hang on the time, and wall clocks lie: a battery is empty, a time server answers nonsense,
//! somebody types the wrong year. So the wall clock is compared with a clock that nobody can set, and the product gets
//! its time from here.
//!
//! # The states
//! | state | begins when | time is |
//! |---|---|---|
//! | believed | the server starts and nothing speaks against it | the wall clock's |
//! | jumped forward, jumped back | the running wall clock moved more than 2 minutes forward or 2 seconds back against the steady one | that of the clock before the jump, running on |
//! | behind the store | at the start the wall clock is earlier than the last time that was committed | that last time, running on |
//! | far ahead of the store | at the start it is more than 48 hours later, and no time server has set it | the wall clock's: nothing else is known |
//!
//! # How a doubt ends
//! The clock comes back to where it ran; a time server has set it; it agrees with the steady clock over ten minutes;
//! an admin says that it is right. Then the wall clock is believed again.
//!
//! # What waits meanwhile
//! Only what cannot be taken back: doses counted as missed with their alarms, the end of rights, deletions. Everything
//! else goes on by the time that is given here. Who needs to know asks [`Clock::moment`].

mod turn;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

pub use turn::{Cause, Doubt, Settlement, Turn};

use super::steady::{AwakeClock, BootClock, SteadyClock};
use super::sync::{NobodyKnows, SystemSync, TimeSync, Word};
use super::{Clock, ManualClock, Moment, Span, SystemClock, Timestamp};

/// A running clock that moves further forward than this was set.
const FORWARD: Span = Span::minutes(2);
/// A running clock that moves further back than this was set.
const BACK: Span = Span::seconds(2);
/// After this much downtime a clock that no time server has set is not believed at once.
const DOWNTIME: Span = Span::hours(48);
/// For so long a clock in doubt must agree with the steady one.
const AGREEMENT: Span = Span::minutes(10);
/// How often a believed clock becomes the new measure: the small corrections of a time server do not add up.
const MEASURE_LIFE: Span = Span::minutes(1);
/// A time server sets the clock more often than this.
const WORD_LIFE: Span = Span::hours(1);
/// Both clocks must be read within this, or the machine was too busy for a comparison.
const READ_WITHIN: Span = Span::milliseconds(50);
/// What happened and was not told of yet: more than this is forgotten, the oldest first.
const TURNS_MAX: usize = 64;

/// The clocks of one server.
#[derive(Clone)]
pub struct Clocks {
    /// The wall clock.
    pub wall: Arc<dyn Clock>,
    /// Time since the machine was started, sleep included: what the wall clock is compared with.
    pub boot: Arc<dyn SteadyClock>,
    /// Time awake: what signs of life are measured by.
    pub awake: Arc<dyn SteadyClock>,
    /// Whether a time server has set the wall clock.
    pub sync: Arc<dyn TimeSync>,
}

impl Clocks {
    /// The operating system's.
    pub fn of_system() -> Self {
        Self {
            wall: Arc::new(SystemClock),
            boot: Arc::new(BootClock),
            awake: Arc::new(AwakeClock),
            sync: Arc::new(SystemSync::default()),
        }
    }

    /// All are `clock`, which moves only when told.
    pub fn manual(clock: &ManualClock) -> Self {
        Self {
            wall: Arc::new(clock.clone()),
            boot: Arc::new(clock.clone()),
            awake: Arc::new(clock.clone()),
            sync: Arc::new(NobodyKnows),
        }
    }
}

/// A clock's time at some reading of the steady clock.
#[derive(Debug, Clone, Copy)]
struct Measure {
    time: Timestamp,
    elapsed: Span,
}

impl Measure {
    /// What a clock that ran on from here shows.
    const fn at(self, elapsed: Span) -> Timestamp {
        self.time.plus(elapsed.minus(self.elapsed))
    }

    /// Whether a clock that shows `wall` ran on from here and was not set.
    fn fits(self, wall: Timestamp, elapsed: Span) -> bool {
        (Span::ZERO.minus(BACK)..=FORWARD).contains(&wall.since(self.at(elapsed)))
    }

    fn age(self, elapsed: Span) -> Span {
        elapsed.minus(self.elapsed)
    }
}

struct Doubting {
    doubt: Doubt,
    /// Since when the wall clock has run without being set.
    steady_since: Measure,
    /// The last word of a time server before the doubt.
    word: Option<Word>,
    /// At a start far ahead of the store: what is stored, running on. Rights end by that.
    known: Option<Measure>,
}

impl Doubting {
    /// Whether nothing better than the wall clock is known.
    fn follows_wall(&self) -> bool {
        self.doubt.cause == Cause::FarAheadOfStore
    }
}

struct State {
    /// The time that holds runs on from here.
    measure: Measure,
    doubting: Option<Doubting>,
    /// The last word of a time server.
    word: Option<Word>,
    turns: VecDeque<Turn>,
}

/// The time that holds, and whether it is in doubt.
pub struct Belief {
    clocks: Clocks,
    state: Mutex<State>,
}

impl Belief {
    /// Looks at the clocks for the first time. `known` is the last time that was committed to the store.
    pub fn new(clocks: Clocks, known: Option<Timestamp>) -> Self {
        let (wall, elapsed) = (clocks.wall.now(), clocks.boot.elapsed());
        let word = clocks.sync.last_word();
        let mut state =
            State { measure: Measure { time: wall, elapsed }, doubting: None, word, turns: VecDeque::new() };
        let is_synchronised = word.is_some_and(|word| is_fresh(word, wall));
        if let Some(known) = known.filter(|_| !is_synchronised) {
            if wall < known.minus(BACK) {
                state.measure.time = known;
                state.doubt(Cause::BehindStore, wall, elapsed);
            } else if wall > known.plus(DOWNTIME) {
                state.doubt(Cause::FarAheadOfStore, wall, elapsed);
                if let Some(doubting) = &mut state.doubting {
                    doubting.known = Some(Measure { time: known, elapsed });
                }
            }
        } else if let Some(known) = known.filter(|known| wall < known.minus(BACK)) {
            // A time server says so: what was stored was written by a clock that was ahead.
            let (how, moved) = (Settlement::Synchronised, wall.since(known));
            state.note(Turn::Settled { how, moved, is_measured: false });
        }
        Self { clocks, state: Mutex::new(state) }
    }

    /// Goes on with a doubt from before the start: the wall clock was `ahead` of the time that held, and `known` is the
    /// last time that was committed without doubt. A clock that would be behind that without its lead was put right
    /// meanwhile, and one that a time server has set needs no doubt.
    pub fn recall(&self, ahead: Span, known: Option<Timestamp>) {
        self.consult(|state, wall, elapsed| {
            let time = wall.minus(ahead);
            let is_behind = state.doubting.as_ref().is_some_and(|doubting| !doubting.follows_wall());
            let was_put_right = known.is_some_and(|known| time < known.minus(BACK));
            let is_set = self.clocks.sync.last_word().is_some_and(|word| is_fresh(word, wall));
            if ahead <= FORWARD || is_behind || was_put_right || is_set {
                return;
            }
            // A lead that is known says more than that the clock is far ahead.
            state.turns.clear();
            state.measure = Measure { time, elapsed };
            state.doubt(Cause::JumpedForward, wall, elapsed);
        });
    }

    /// Looks at the clocks, also at what time servers say. Called every few seconds.
    pub fn look(&self) {
        self.consult(|state, wall, elapsed| {
            let word = self.clocks.sync.last_word();
            match &state.doubting {
                Some(doubting) if doubting.word != word && word.is_some_and(|word| is_fresh(word, wall)) => {
                    state.settle(Settlement::Synchronised, wall, elapsed);
                }
                Some(_) => {}
                None => state.word = word,
            }
        });
    }

    /// An admin says that the wall clock is right. Returns whether it was in doubt.
    pub fn confirm(&self) -> bool {
        self.consult(|state, wall, elapsed| {
            let was_in_doubt = state.doubting.is_some();
            state.settle(Settlement::Confirmed, wall, elapsed);
            was_in_doubt
        })
    }

    /// The doubt, if there is one.
    pub fn doubt(&self) -> Option<Doubt> {
        self.consult(|state, _, _| state.doubting.as_ref().map(|doubting| doubting.doubt))
    }

    /// What the wall clock shows, believed or not.
    pub fn wall(&self) -> Timestamp {
        self.clocks.wall.now()
    }

    /// The oldest change of belief that was not told of yet.
    pub fn next_turn(&self) -> Option<Turn> {
        self.consult(|state, _, _| state.turns.front().copied())
    }

    /// Forgets the oldest change of belief: it was told of.
    pub fn turn_was_told(&self) {
        self.consult(|state, _, _| {
            state.turns.pop_front();
        });
    }

    /// Brings the state up to the clocks, then does `act` with it, the wall clock and the steady one.
    fn consult<T>(&self, act: impl FnOnce(&mut State, Timestamp, Span) -> T) -> T {
        let reading = self.read();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, elapsed) = match reading {
            Some((wall, elapsed)) => {
                state.compare(wall, elapsed);
                (wall, elapsed)
            }
            // The machine is too busy for a comparison: the time runs on until the next look.
            None => {
                let elapsed = self.clocks.boot.elapsed();
                (state.measure.at(elapsed), elapsed)
            }
        };
        act(&mut state, wall, elapsed)
    }

    /// Both clocks at one instant; nothing when they could not be read close enough together.
    fn read(&self) -> Option<(Timestamp, Span)> {
        const TRIES: usize = 3;
        (0..TRIES).find_map(|_| {
            let before = self.clocks.boot.elapsed();
            let wall = self.clocks.wall.now();
            let after = self.clocks.boot.elapsed();
            (after.minus(before) <= READ_WITHIN).then_some((wall, after))
        })
    }
}

impl Clock for Belief {
    fn now(&self) -> Timestamp {
        self.moment().now
    }

    fn moment(&self) -> Moment {
        self.consult(|state, wall, elapsed| match &state.doubting {
            None => Moment::certain(wall),
            Some(doubting) => {
                let now = if doubting.follows_wall() { wall } else { state.measure.at(elapsed) };
                let rights_end_by = doubting.known.map_or(now, |known| known.at(elapsed).min(now));
                Moment { now, in_doubt: true, rights_end_by }
            }
        })
    }
}

/// Whether a time server said something of late, by this clock.
fn is_fresh(word: Word, wall: Timestamp) -> bool {
    (wall.minus(WORD_LIFE)..=wall.plus(BACK)).contains(&word.0)
}

impl State {
    /// Compares the wall clock with the steady one.
    fn compare(&mut self, wall: Timestamp, elapsed: Span) {
        let holds = self.measure.at(elapsed);
        let fits = self.measure.fits(wall, elapsed);
        let Some(doubting) = &mut self.doubting else {
            if !fits {
                let cause = if wall > holds { Cause::JumpedForward } else { Cause::JumpedBack };
                self.measure = Measure { time: holds, elapsed };
                self.doubt(cause, wall, elapsed);
            } else if self.measure.age(elapsed) >= MEASURE_LIFE {
                self.measure = Measure { time: wall, elapsed };
            }
            return;
        };
        let was_set = !doubting.steady_since.fits(wall, elapsed);
        if was_set {
            doubting.steady_since = Measure { time: wall, elapsed };
        }
        let agrees = doubting.steady_since.age(elapsed) >= AGREEMENT;
        if doubting.follows_wall() && was_set {
            self.measure = Measure { time: wall, elapsed };
            self.note(Turn::Moved { moved: wall.since(holds) });
        } else if doubting.has_come_back(wall, holds, fits) {
            self.settle(Settlement::CameBack, wall, elapsed);
        } else if agrees {
            self.settle(Settlement::Agreed, wall, elapsed);
        } else if was_set && doubting.doubt.cause == Cause::JumpedForward {
            let cause = Cause::JumpedForward;
            self.note(Turn::Doubted { cause, wall, holds });
        }
    }

    fn doubt(&mut self, cause: Cause, wall: Timestamp, elapsed: Span) {
        let holds = self.measure.at(elapsed);
        self.doubting = Some(Doubting {
            doubt: Doubt { cause, since: holds },
            steady_since: Measure { time: wall, elapsed },
            word: self.word,
            known: None,
        });
        tracing::error!(
            ?cause, wall = %wall.to_utc(), time = %holds.to_utc(),
            "the machine's clock is not believed: missed doses, the end of rights and deletions wait"
        );
        self.note(Turn::Doubted { cause, wall, holds });
    }

    /// Believes the wall clock.
    fn settle(&mut self, how: Settlement, wall: Timestamp, elapsed: Span) {
        let Some(doubting) = self.doubting.take() else { return };
        let moved = wall.since(self.measure.at(elapsed));
        self.measure = Measure { time: wall, elapsed };
        let moved_ms = moved.as_milliseconds();
        tracing::warn!(?how, wall = %wall.to_utc(), moved_ms, "the machine's clock is believed again");
        let is_measured = doubting.doubt.cause != Cause::BehindStore;
        self.note(Turn::Settled { how, moved, is_measured });
    }

    fn note(&mut self, turn: Turn) {
        if self.turns.len() >= TURNS_MAX {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
    }
}

impl Doubting {
    /// Whether the wall clock shows what it may show if nobody had set it: after a jump what it showed before, after a
    /// start any time since the last that was stored.
    fn has_come_back(&self, wall: Timestamp, holds: Timestamp, fits: bool) -> bool {
        match self.doubt.cause {
            Cause::JumpedForward | Cause::JumpedBack => fits,
            Cause::BehindStore => (holds.minus(BACK)..=holds.plus(DOWNTIME)).contains(&wall),
            Cause::FarAheadOfStore => false,
        }
    }
}

#[cfg(test)]
mod tests;
