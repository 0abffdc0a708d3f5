//! The hub: wakes open streams when something was written to a room that they follow.
//!
//! It carries no events. A stream that is woken reads the durable log from where it stands, so a slow reader holds
//! no memory, whoever comes back reads on by the same way, and what is handed over is decided when it is handed
//! over. All that is kept for a stream are the rooms in which something waits.
//!
//! # Why nothing is lost or told twice
//! After each durable commit, in commit order, [`Hub::hear`] raises the id up to which everything is announced and
//! marks the rooms, in one step; [`Subscription::take`] takes both in one step. So everything up to that id that a
//! stream follows lies in a marked room. A room is followed before its backlog is read. Ids rise one by one: after
//! a gap, left by a commit that reached the disk although it was reported as failed, every room is marked.

mod news;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

pub use news::{News, Rooms};

use super::cache::Region;
use super::error::{Error, Result};
use super::settings::RealTimeSettings;
use super::store::Effects;

/// How soon somebody may try again who found no place, in seconds.
const RETRY_SECONDS: u64 = 30;

/// Why a stream is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Topic {
    /// Something was written to the room.
    Room(u128),
    /// The person's account or connections changed.
    Person(u128),
    /// The session changed.
    Session(u128),
}

struct Subscriber {
    topics: BTreeSet<u128>,
    person: u128,
    session: u128,
    news: News,
    wake: Arc<Notify>,
    place: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    announced: u64,
    last_number: u64,
    subscribers: HashMap<u64, Subscriber>,
    by_topic: HashMap<Topic, Vec<u64>>,
}

impl State {
    fn index(&mut self, topic: Topic, number: u64) {
        self.by_topic.entry(topic).or_default().push(number);
    }

    fn unindex(&mut self, topic: Topic, number: u64) {
        if let Some(numbers) = self.by_topic.get_mut(&topic) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.by_topic.remove(&topic);
            }
        }
    }

    /// The longest open stream of a person, when there are at least `most`.
    fn oldest_of(&self, person: u128, most: usize) -> Option<u64> {
        let own = self.by_topic.get(&Topic::Person(person))?;
        (own.len() >= most).then(|| own.first().copied()).flatten()
    }

    /// Ends a stream for a newer one. It is told, but from now on hears and counts no more.
    fn displace(&mut self, number: u64) -> Option<Arc<AtomicBool>> {
        let subscriber = self.subscribers.get_mut(&number)?;
        subscriber.news.displaced = true;
        subscriber.wake.notify_one();
        let (place, person, session) = (Arc::clone(&subscriber.place), subscriber.person, subscriber.session);
        let topics = std::mem::take(&mut subscriber.topics);
        self.unindex(Topic::Person(person), number);
        self.unindex(Topic::Session(session), number);
        for room in topics {
            self.unindex(Topic::Room(room), number);
        }
        Some(place)
    }

    fn wake(&mut self, topic: Topic, note: impl Fn(&mut News)) {
        for number in self.by_topic.get(&topic).into_iter().flatten() {
            if let Some(subscriber) = self.subscribers.get_mut(number) {
                note(&mut subscriber.news);
                subscriber.wake.notify_one();
            }
        }
    }
}

/// All open streams.
pub struct Hub {
    state: Mutex<State>,
    places_taken: watch::Sender<usize>,
    settings: RealTimeSettings,
}

impl Hub {
    /// Nobody listens yet.
    pub fn new(settings: RealTimeSettings) -> Self {
        Self { state: Mutex::default(), places_taken: watch::Sender::new(0), settings }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what a commit did.
    pub fn hear(&self, effects: &Effects) {
        let concerns = |region| matches!(region, Region::Connections | Region::Users | Region::Sessions);
        if effects.announced.is_empty() && !effects.touched.iter().any(|(region, _)| concerns(*region)) {
            return;
        }
        let mut state = self.state();
        for &(region, key) in &effects.touched {
            match region {
                Region::Connections => state.wake(Topic::Person(key), |news| news.connections_changed = true),
                Region::Users => state.wake(Topic::Person(key), |_| {}),
                Region::Sessions => state.wake(Topic::Session(key), |_| {}),
                _ => {}
            }
        }
        self.announce(&mut state, &effects.announced);
    }

    fn announce(&self, state: &mut State, announced: &[(u128, u64)]) {
        let (Some((_, first)), Some((_, last))) = (announced.first(), announced.last()) else { return };
        let follows_on = *first == state.announced.saturating_add(1);
        state.announced = state.announced.max(*last);
        let now = Instant::now();
        if !follows_on {
            for subscriber in state.subscribers.values_mut() {
                subscriber.news.rooms = Rooms::All;
                subscriber.news.waiting_since.get_or_insert(now);
                subscriber.wake.notify_one();
            }
        }
        for &(room, _) in announced {
            state.wake(Topic::Room(room), |news| {
                news.rooms.add(room);
                news.waiting_since.get_or_insert(now);
            });
        }
    }

    /// Takes a place for one stream. When all are taken, the newest stream of a person takes the place of their own
    /// oldest. Those of whom it is not known yet who they are have an eighth of all places.
    ///
    /// # Errors
    /// `streams_exhausted` when there are too many in all.
    pub fn enter(self: &Arc<Self>, person: Option<impl Into<Uuid>>) -> Result<Place> {
        let most = self.settings.streams_max;
        let place = match person.map(|person| person.into().as_u128()) {
            Some(person) => self.place_below(most).or_else(|| {
                let mut state = self.state();
                let oldest = state.oldest_of(person, 1)?;
                let place = state.displace(oldest)?;
                drop(state);
                self.give_back(&place);
                self.place_below(most)
            }),
            None => self.place_below(most.min(self.streams_open().saturating_add((most / 8).max(1)))),
        };
        place.ok_or_else(|| {
            Error::unavailable("streams_exhausted", RETRY_SECONDS).with("seconds", RETRY_SECONDS)
        })
    }

    fn place_below(self: &Arc<Self>, most: usize) -> Option<Place> {
        let taken = self.places_taken.send_if_modified(|taken| {
            let free = *taken < most;
            *taken += usize::from(free);
            free
        });
        taken.then(|| Place { hub: Arc::clone(self), is_given_back: Arc::default() })
    }

    fn give_back(&self, place: &AtomicBool) {
        if !place.swap(true, Ordering::Relaxed) {
            self.places_taken.send_modify(|taken| *taken = taken.saturating_sub(1));
        }
    }

    /// How many places are taken.
    pub fn places_taken(&self) -> usize {
        *self.places_taken.borrow()
    }

    /// How many streams are open whose owner is known.
    pub fn streams_open(&self) -> usize {
        self.state().subscribers.len()
    }

    /// Completes when no place is taken.
    pub async fn emptied(&self) {
        // The sender lives as long as this.
        let _ = self.places_taken.subscribe().wait_for(|taken| *taken == 0).await;
    }
}

/// The place of one stream. Dropping it gives it back.
pub struct Place {
    hub: Arc<Hub>,
    /// Whether a newer stream has it.
    is_given_back: Arc<AtomicBool>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.give_back(&self.is_given_back);
    }
}

impl Place {
    /// Opens the stream of a person's session. It follows nothing yet. When the person has as many as they may have,
    /// it takes the place of their oldest: whoever opens one more screen looks at that one.
    pub fn subscribe(self, person: impl Into<Uuid>, session: impl Into<Uuid>) -> Subscription {
        let (person, session) = (person.into().as_u128(), session.into().as_u128());
        let wake = Arc::new(Notify::new());
        let mut state = self.hub.state();
        let most = self.hub.settings.streams_per_person_max.max(1);
        while let Some(place) = state.oldest_of(person, most).and_then(|oldest| state.displace(oldest)) {
            self.hub.give_back(&place);
        }
        state.last_number += 1;
        let number = state.last_number;
        let (topics, news) = (BTreeSet::new(), News::default());
        let place = Arc::clone(&self.is_given_back);
        let subscriber = Subscriber { topics, person, session, news, wake: Arc::clone(&wake), place };
        state.subscribers.insert(number, subscriber);
        state.index(Topic::Person(person), number);
        state.index(Topic::Session(session), number);
        drop(state);
        Subscription { place: self, number, wake }
    }
}

/// One open stream. Dropping it closes it.
pub struct Subscription {
    place: Place,
    number: u64,
    wake: Arc<Notify>,
}

impl Subscription {
    /// Follows these rooms and no others from now on.
    pub fn follow(&self, rooms: &BTreeSet<u128>) {
        let mut state = self.place.hub.state();
        let Some(subscriber) = state.subscribers.get_mut(&self.number) else { return };
        if subscriber.news.displaced {
            return;
        }
        let before = std::mem::replace(&mut subscriber.topics, rooms.clone());
        for room in before.difference(rooms) {
            state.unindex(Topic::Room(*room), self.number);
        }
        for room in rooms.difference(&before) {
            state.index(Topic::Room(*room), self.number);
        }
    }

    /// What has happened since the last time.
    pub fn take(&self) -> News {
        let mut state = self.place.hub.state();
        let announced = state.announced;
        let news = state.subscribers.get_mut(&self.number).map(|own| {
            let displaced = own.news.displaced;
            std::mem::replace(&mut own.news, News { displaced, ..News::default() })
        });
        News { upto: announced, ..news.unwrap_or_default() }
    }

    /// Completes when something has happened since the last time.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.place.hub.state();
        let Some(subscriber) = state.subscribers.remove(&self.number) else { return };
        state.unindex(Topic::Person(subscriber.person), self.number);
        state.unindex(Topic::Session(subscriber.session), self.number);
        for room in subscriber.topics {
            state.unindex(Topic::Room(room), self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Arc<Hub> {
        Arc::new(Hub::new(RealTimeSettings {
            streams_max: 3,
            streams_per_person_max: 2,
            ..Default::default()
        }))
    }

    fn enter(hub: &Arc<Hub>, person: Option<u128>) -> Result<Place> {
        hub.enter(person.map(Uuid::from_u128))
    }

    fn open(hub: &Arc<Hub>, rooms: &[u128]) -> Subscription {
        let open = enter(hub, Some(1)).unwrap().subscribe(Uuid::from_u128(1), Uuid::from_u128(2));
        open.follow(&rooms.iter().copied().collect());
        open
    }

    fn announced(events: &[(u128, u64)]) -> Effects {
        Effects { announced: events.to_vec(), ..Effects::default() }
    }

    #[test]
    fn only_followed_rooms_are_marked_and_everything_is_announced() {
        let hub = hub();
        let open = open(&hub, &[10, 20]);
        hub.hear(&announced(&[(10, 1), (30, 2)]));
        let news = open.take();
        assert_eq!((news.rooms, news.upto), (Rooms::Some([10].into()), 2));
        assert!(open.take().rooms.is_empty());
        open.follow(&[30].into());
        hub.hear(&announced(&[(10, 3), (30, 4)]));
        assert_eq!(open.take().rooms, Rooms::Some([30].into()));
    }

    #[test]
    fn a_gap_marks_every_room() {
        let hub = hub();
        let open = open(&hub, &[10]);
        hub.hear(&announced(&[(30, 1)]));
        assert!(open.take().rooms.is_empty());
        hub.hear(&announced(&[(30, 3)]));
        assert_eq!(open.take().rooms, Rooms::All);
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let hub = hub();
        let (first, second) = (open(&hub, &[10]), open(&hub, &[]));
        let waiting = enter(&hub, None).unwrap();
        assert_eq!(enter(&hub, None).err().unwrap().code(), "streams_exhausted");
        assert_eq!(enter(&hub, Some(2)).err().unwrap().code(), "streams_exhausted");
        // The person's own newest takes the place of their oldest, which hears no more.
        let third = open(&hub, &[10]);
        hub.hear(&announced(&[(10, 1)]));
        let news = first.take();
        assert!(news.displaced && news.rooms.is_empty() && first.take().displaced);
        assert!(!second.take().displaced && !third.take().rooms.is_empty());
        first.follow(&[10].into());
        assert_eq!(hub.places_taken(), 3);
        drop((first, second, third, waiting));
        assert_eq!((hub.places_taken(), hub.streams_open()), (0, 0));
        assert!(hub.state().by_topic.is_empty());
    }

    #[test]
    fn the_newest_stream_of_a_person_takes_the_place_of_the_oldest() {
        let hub = hub();
        let all: Vec<_> = (0..5).map(|_| open(&hub, &[])).collect();
        let displaced: Vec<bool> = all.iter().map(|stream| stream.take().displaced).collect();
        assert_eq!(displaced, [true, true, true, false, false]);
        assert_eq!(hub.places_taken(), 2);
        drop(all);
        assert_eq!(hub.places_taken(), 0);
    }
}
