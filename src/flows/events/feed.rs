//! One open stream: what it hands over, to whom, and when it ends.
//!
//! A feed stands at an id of the log and reads on from there, whether that is the backlog of somebody who came
//! back or what has just happened: there is one way, so nothing is lost or told twice between them. It holds no
//! more than a few events, however slow its reader is.
//!
//! Before anything is handed over, the session is looked at again, and for other people's rooms the access check
//! decides anew, in the same transaction that reads the event.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::domain::auth::model::Caller;
use crate::domain::connections::access::{self, Access};
use crate::domain::connections::model::{Mode, Scope};
use crate::domain::events::model::Audience;
use crate::domain::events::tables::{self as events, Found};
use crate::domain::gate;
use crate::flows::sessions;
use crate::platform::clock::{Span, Timestamp};
use crate::platform::context::Context;
use crate::platform::error::{Kind, Result};
use crate::platform::events::{Place, Rooms, Subscription};
use crate::platform::ids::UserId;
use crate::platform::secret::Secret;
use crate::platform::store::{ReadTx, Reader};

/// Most events handed over at once.
const BATCH: usize = 32;
/// What the audit calls it.
const ACTION: &str = "events.follow";
/// The parts of a record that events tell of.
const SCOPES: [Scope; 4] = [Scope::Prescriptions, Scope::Doses, Scope::Vitals, Scope::Notes];

/// Who listens.
pub struct Listener {
    /// The request that opened the stream.
    pub caller: Caller,
    /// The access token with which it was opened; the stream ends with it.
    pub token: Secret<String>,
    /// `Last-Event-ID`, when they come back.
    pub after: Option<String>,
}

/// What a feed hands over.
#[derive(Debug)]
pub enum Fed {
    /// The stream begins after this id.
    Hello(Told),
    /// What followed the given id is not known any more: the client must fetch everything anew, and is told from
    /// here on.
    Resync(Told),
    /// What happened, in order.
    Events(Vec<Told>),
    /// Nothing happened for a while.
    Quiet,
    /// That is all.
    Ended(End),
}

/// One event as the listener gets it.
#[derive(Debug)]
pub struct Told {
    /// Its place in the log; clients pass it back as it is.
    pub id: u64,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The details.
    pub data: Value,
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The session or the access token has ended.
    SessionEnded,
    /// The account may not listen any more.
    NotAllowed,
    /// The reader takes too little: they shall come back with their last id.
    TooSlow,
    /// A newer stream of the same person took its place.
    Displaced,
    /// The server stops.
    GoingAway,
    /// The store cannot be read.
    Unavailable,
}

/// One open stream.
pub struct Feed {
    context: Arc<Context>,
    caller: Caller,
    token: Secret<String>,
    me: UserId,
    subscription: Subscription,
    /// The rooms it follows, their own among them.
    rooms: BTreeSet<UserId>,
    /// Patients whose record was noted in the audit as followed.
    noted: BTreeSet<UserId>,
    /// Everything up to this id was handed over.
    cursor: u64,
    /// Everything up to this id can be read.
    upto: u64,
    /// Where something may lie between the two.
    waiting: Rooms,
    /// Whether the rooms must be found anew first.
    must_refollow: bool,
    greeting: Option<Fed>,
    heartbeat: Interval,
    patience: Duration,
}

impl Feed {
    /// Opens a stream. It follows the listener's own room and those of their patients.
    ///
    /// # Errors
    /// `account_not_active`; when the store cannot be read or the look at the patients' records
    /// not be recorded.
    pub async fn open(context: &Arc<Context>, listener: Listener, place: Place) -> Result<Self> {
        let Listener { caller, token, after } = listener;
        let me = caller.active()?;
        let subscription = place.subscribe(me, sessions::own_session(&caller)?);
        let settings = &context.settings.real_time;
        let mut heartbeat = interval_at(Instant::now() + settings.heartbeat(), settings.heartbeat());
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut feed = Self {
            context: Arc::clone(context),
            caller,
            token,
            me,
            subscription,
            rooms: BTreeSet::new(),
            noted: BTreeSet::new(),
            cursor: 0,
            upto: 0,
            waiting: Rooms::default(),
            must_refollow: true,
            greeting: None,
            heartbeat,
            patience: settings.reader_patience(),
        };
        feed.refollow().await?;
        feed.begin(after.as_deref())?;
        Ok(feed)
    }

    /// Finds the place to begin at. The rooms are followed by now, so what comes later is announced.
    fn begin(&mut self, after: Option<&str>) -> Result<()> {
        let last = self.context.store.read(|tx| events::last(tx))?;
        (self.cursor, self.upto) = (last, last);
        match after.map(|after| place_of(after).0) {
            None => self.greeting = Some(Fed::Hello(self.told("hello"))),
            Some(Some(id)) if id <= last => {
                self.cursor = id;
                self.waiting = Rooms::All;
            }
            Some(_) => self.greeting = Some(Fed::Resync(self.told("resync"))),
        }
        Ok(())
    }

    /// A word of our own at the place where the stream stands.
    fn told(&self, kind: &str) -> Told {
        let (id, at) = (self.cursor, self.context.now());
        Told { id, kind: kind.to_owned(), at, data: Value::Object(serde_json::Map::new()) }
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// How long its reader may take for one event.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// The id with which whoever was displaced would come back: where the stream stood, and since when it rests.
    pub fn resting_place(&self) -> String {
        format!("{}{RESTING}{}", self.cursor, self.context.now().as_milliseconds())
    }

    /// What comes next. Waits for it. Nothing is lost when the wait is given up. After [`Fed::Ended`] there is
    /// nothing more.
    pub async fn next(&mut self) -> Fed {
        match self.advance().await {
            Ok(fed) => fed,
            Err(error) => Fed::Ended(match error.kind() {
                Kind::Unauthenticated => End::SessionEnded,
                Kind::Forbidden => End::NotAllowed,
                _ => {
                    tracing::warn!(request.id = %self.caller.request_id, %error, "a stream of events ends");
                    End::Unavailable
                }
            }),
        }
    }

    async fn advance(&mut self) -> Result<Fed> {
        if let Some(greeting) = self.greeting.take() {
            return Ok(greeting);
        }
        loop {
            if self.context.stopping.has_begun() {
                return Ok(Fed::Ended(End::GoingAway));
            }
            self.caller.actor = sessions::resolve(&self.context, self.token.reveal())?;
            self.caller.active()?;
            if let Some(end) = self.take_news() {
                return Ok(Fed::Ended(end));
            }
            if self.must_refollow {
                self.refollow().await?;
                continue;
            }
            if !self.waiting.is_empty() && self.cursor < self.upto {
                match self.read().await? {
                    Fed::Events(events) if events.is_empty() => continue,
                    fed => return Ok(fed),
                }
            }
            self.waiting = Rooms::default();
            self.cursor = self.cursor.max(self.upto);
            tokio::select! {
                () = self.subscription.woken() => {}
                () = self.context.stopping.begun() => {}
                _ = self.heartbeat.tick() => return Ok(Fed::Quiet),
            }
        }
    }

    /// Takes over what the hub has noted. The end when the stream has none of its own any more, or when it lies there
    /// for too long.
    fn take_news(&mut self) -> Option<End> {
        let news = self.subscription.take();
        self.upto = self.upto.max(news.upto);
        self.waiting.merge(news.rooms);
        self.must_refollow |= news.connections_changed;
        if news.displaced {
            return Some(End::Displaced);
        }
        news.waiting_since.is_some_and(|since| since.elapsed() >= self.patience).then_some(End::TooSlow)
    }

    /// Follows the rooms of those who are their patients now, and notes in the audit whose record they hear of.
    async fn refollow(&mut self) -> Result<()> {
        let noted = &self.noted;
        let (rooms, heard) = gate::read(&self.context, &self.caller, ACTION, |tx| {
            let rooms = rooms_of(tx, &self.caller, self.me)?;
            let mut heard = BTreeSet::new();
            for patient in rooms.iter().filter(|room| **room != self.me && !noted.contains(*room)) {
                for scope in SCOPES {
                    if right(tx, &self.caller, *patient, scope)?.is_some() {
                        heard.insert(*patient);
                    }
                }
            }
            note_granted(tx, noted);
            Ok((rooms, heard))
        })
        .await?;
        self.subscription.follow(&rooms.iter().map(|room| room.0.as_u128()).collect());
        // What was written to a new room since their place in the log is theirs too.
        for room in rooms.difference(&self.rooms) {
            self.waiting.add(room.0.as_u128());
        }
        self.rooms = rooms;
        self.noted.extend(heard);
        self.must_refollow = false;
        Ok(())
    }

    /// The next events that they may hear.
    async fn read(&mut self) -> Result<Fed> {
        let rooms: Vec<UserId> = match &self.waiting {
            Rooms::All => self.rooms.iter().copied().collect(),
            Rooms::Some(waiting) => waiting
                .iter()
                .map(|room| UserId(uuid::Uuid::from_u128(*room)))
                .filter(|room| self.rooms.contains(room))
                .collect(),
        };
        let (range, noted) = ((self.cursor, self.upto), &self.noted);
        let slice = gate::read(&self.context, &self.caller, ACTION, |tx| {
            if events::are_forgotten(tx, rooms.iter().copied(), self.cursor)? {
                return Ok(None);
            }
            let mut slice = events::slice(tx, rooms.iter().copied(), range, BATCH)?;
            let heard = keep_allowed(tx, &self.caller, self.me, &mut slice.events)?;
            note_granted(tx, noted);
            Ok(Some((slice, heard)))
        })
        .await?;
        let Some((slice, heard)) = slice else {
            self.cursor = self.upto;
            return Ok(Fed::Resync(self.told("resync")));
        };
        self.cursor = slice.upto;
        self.noted.extend(heard);
        let told =
            |Found { id, event, .. }: Found| Told { id, kind: event.kind, at: event.at, data: event.data };
        Ok(Fed::Events(slice.events.into_iter().map(told).collect()))
    }
}

/// What stands between the place in the log and the moment, in milliseconds, at which a stream was displaced.
const RESTING: &str = "-displaced-";

/// For so long nobody who was displaced is let in again by the same way: browsers come back by themselves, and eleven
/// open pages would take each other's place for ever.
const REST: Span = Span::seconds(60);

/// The place in the log that an id names, and since when its stream rests.
fn place_of(id: &str) -> (Option<u64>, Option<i64>) {
    match id.split_once(RESTING) {
        Some((place, since)) => (place.parse().ok(), since.parse().ok()),
        None => (id.parse().ok(), None),
    }
}

/// Whether whoever comes back with this id was displaced less than a minute ago.
pub fn rests(context: &Context, id: &str) -> bool {
    let since = place_of(id).1.map(|since| context.now().as_milliseconds().saturating_sub(since));
    since.is_some_and(|passed| (0..REST.as_milliseconds()).contains(&passed))
}

/// Their own room and those of the patients with whom they are connected, at whatever level: what they hear is decided
/// event by event.
fn rooms_of(tx: &dyn Reader, caller: &Caller, me: UserId) -> Result<BTreeSet<UserId>> {
    let patients = access::patients_of(tx, caller)?;
    Ok(patients.into_iter().map(|connection| connection.patient).chain([me]).collect())
}

/// The right to hear of this part of a patient's record, nothing when there is none.
fn right(tx: &dyn Reader, caller: &Caller, patient: UserId, scope: Scope) -> Result<Option<Access>> {
    match access::check(tx, caller, patient, scope, Mode::Read) {
        Ok(access) => Ok(Some(access)),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps the events that they may hear at this moment, and says whose record they are of.
fn keep_allowed(
    tx: &dyn Reader,
    caller: &Caller,
    me: UserId,
    found: &mut Vec<Found>,
) -> Result<BTreeSet<UserId>> {
    let mut rights: BTreeMap<(UserId, Scope), Option<Access>> = BTreeMap::new();
    let (mut kept, mut heard) = (Vec::new(), BTreeSet::new());
    for event in found.drain(..) {
        let (scope, prescription) = match event.event.audience {
            _ if event.room == me => {
                kept.push(event);
                continue;
            }
            Audience::Own => continue,
            Audience::Record(scope) => (scope, None),
            Audience::Prescription(scope, id) => (scope, Some(id)),
            Audience::ClinicalRecord => (Scope::Prescriptions, None),
        };
        let needs_whole = event.event.audience == Audience::ClinicalRecord;
        let access = match rights.entry((event.room, scope)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(right(tx, caller, event.room, scope)?),
        };
        let access = access.as_ref();
        let hears = |access: &Access| {
            prescription.is_none_or(|id| access.covers(id)) && (!needs_whole || access.sees_clinical_record())
        };
        if access.is_some_and(hears) {
            heard.insert(event.room);
            kept.push(event);
        }
    }
    *found = kept;
    Ok(heard)
}

/// Leaves in the trail what is new: a stream is recorded once for each patient, and what they do not hear they did
/// not ask for.
fn note_granted(tx: &ReadTx, noted: &BTreeSet<UserId>) {
    tx.trail().foreign.retain(|look| !look.refused && !noted.contains(&UserId::from(look.patient)));
}
