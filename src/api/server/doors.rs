//! Who may have a connection: the list of the open ones, and who must give way when places run short.
//!
//! While at least half of all places are free, everybody gets one. Then an address holds at most an eighth of them:
//! one more of its connections takes the place of another of its own that is not in use, or is turned away. When
//! all are taken, whoever comes takes the place of one that is not in use, or waits. Not in use is a connection
//! that has not sent a whole request yet, then one that waits for its next request and never signed in, then one that
//! did, the longest silent first. One that streams or is being answered is never taken. Connections of trusted
//! proxies speak for many people: they count as taken places, but not by address, and none is taken from them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use ipnet::IpNet;
use tokio::sync::Notify;

use crate::platform::rate_limits::network;

/// An address holds at most one of so many parts of all places when they run short.
const SHARES: usize = 8;

/// What is known of an open connection.
#[derive(Debug, Default)]
pub struct Door {
    /// Whose it is; nobody's in particular when it comes from a trusted proxy.
    of: Option<IpAddr>,
    /// Whole requests that it has sent.
    heard: AtomicU64,
    /// Requests that are being answered, until the last of the answer was handed over.
    answering: AtomicU32,
    /// Something of an answer may still lie in our own buffers.
    unsent: AtomicBool,
    signed_in: AtomicBool,
    /// An answer on it has no end.
    streams: AtomicBool,
    /// It carries frames, several requests at once or none any more: what comes in need not begin one.
    frames: AtomicBool,
    /// When it was last of use, in counted steps.
    used_at: AtomicU64,
    must_close: AtomicBool,
    waker: AtomicWaker,
}

impl Door {
    /// Somebody signed in uses it.
    pub fn note_signed_in(&self) {
        self.signed_in.store(true, Ordering::Relaxed);
    }

    /// What comes in need not begin a request any more.
    pub fn note_frames(&self) {
        self.frames.store(true, Ordering::Relaxed);
    }

    /// Whether [`Door::note_frames`] was called.
    pub fn frames(&self) -> bool {
        self.frames.load(Ordering::Relaxed)
    }

    /// An answer on it has no end.
    pub fn note_streams(&self) {
        self.streams.store(true, Ordering::Relaxed);
    }

    /// Whether [`Door::note_streams`] was called.
    pub fn streams(&self) -> bool {
        self.streams.load(Ordering::Relaxed)
    }

    /// Whole requests that it has sent so far.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Whether a request is being answered.
    pub fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed) > 0
    }

    /// Everything that was handed over has left our buffers.
    pub fn note_flushed(&self) {
        if !self.is_answering() {
            self.unsent.store(false, Ordering::Relaxed);
        }
    }

    /// Whether a request has not been answered to the end.
    pub fn is_in_use(&self) -> bool {
        self.is_answering() || self.unsent.load(Ordering::Relaxed)
    }

    /// Whether its place was given to another.
    pub fn must_close(&self, waker: &Waker) -> bool {
        self.waker.register(waker);
        self.must_close.load(Ordering::Acquire)
    }

    fn close(&self) {
        self.must_close.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Who gives way first: whoever has not asked anything, who never signed in, the longest silent. Nothing when
    /// none may take it.
    fn rank(&self) -> Option<(bool, bool, u64)> {
        let in_use = self.is_answering() || self.streams();
        let signed_in = self.signed_in.load(Ordering::Relaxed);
        let rank = (self.heard() > 0, signed_in, self.used_at.load(Ordering::Relaxed));
        (self.of.is_some() && !in_use).then_some(rank)
    }
}

/// A request that is being answered, until this is dropped.
pub struct Answering(Arc<Door>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What becomes of somebody who connects.
#[derive(Debug)]
pub enum Admission {
    /// They have a place.
    Admitted(Arc<Door>),
    /// Their address has its share.
    TurnedAway,
    /// There is none now.
    Full,
}

/// All open connections, by the address and port of the other side.
pub struct Doors {
    most: usize,
    trusted: Vec<IpNet>,
    open: RwLock<HashMap<SocketAddr, Arc<Door>>>,
    steps: AtomicU64,
    freed: Notify,
}

impl Doors {
    /// So many places, all free.
    pub fn new(most: usize, trusted: Vec<IpNet>) -> Self {
        let open = RwLock::default();
        Self { most, trusted, open, steps: AtomicU64::new(0), freed: Notify::new() }
    }

    /// Most connections of one address when places run short.
    fn share(&self) -> usize {
        (self.most / SHARES).max(1)
    }

    fn step(&self) -> u64 {
        self.steps.fetch_add(1, Ordering::Relaxed)
    }

    /// Decides about a connection from `peer`.
    pub fn admit(&self, peer: SocketAddr) -> Admission {
        let ip = peer.ip().to_canonical();
        let of = (!self.trusted.iter().any(|proxy| proxy.contains(&ip))).then(|| network(ip));
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let is_short = open.len().saturating_mul(2) >= self.most;
        let own = |door: &Door| of.is_some() && door.of == of;
        if is_short && of.is_some() && open.values().filter(|door| own(door)).count() >= self.share() {
            if !give_way(&mut open, own) {
                return Admission::TurnedAway;
            }
        } else if open.len() >= self.most && !give_way(&mut open, |_| true) {
            return Admission::Full;
        }
        let door = Arc::new(Door { of, used_at: AtomicU64::new(self.step()), ..Door::default() });
        if let Some(gone) = open.insert(peer, Arc::clone(&door)) {
            // Its end was not noticed here yet, but the other side already uses the port again.
            gone.close();
        }
        Admission::Admitted(door)
    }

    /// A connection has ended.
    pub fn leave(&self, peer: SocketAddr, door: &Arc<Door>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.get(&peer).is_some_and(|known| Arc::ptr_eq(known, door)) {
            open.remove(&peer);
            drop(open);
            self.freed.notify_one();
        }
    }

    /// Completes when a place was given back.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    /// A whole request has come from `peer`.
    pub fn note_request(&self, peer: SocketAddr) -> Option<(Arc<Door>, Answering)> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let door = Arc::clone(open.get(&peer)?);
        drop(open);
        door.used_at.store(self.step(), Ordering::Relaxed);
        door.heard.fetch_add(1, Ordering::Relaxed);
        door.answering.fetch_add(1, Ordering::Relaxed);
        door.unsent.store(true, Ordering::Relaxed);
        Some((Arc::clone(&door), Answering(door)))
    }
}

/// Ends the connection among `those` that is the least use; says whether there was one.
fn give_way(open: &mut HashMap<SocketAddr, Arc<Door>>, those: impl Fn(&Door) -> bool) -> bool {
    let candidates = open.iter().filter(|(_, door)| those(door));
    let ranked = candidates.filter_map(|(peer, door)| door.rank().map(|rank| (rank, *peer)));
    let Some((_, peer)) = ranked.min() else { return false };
    if let Some(door) = open.remove(&peer) {
        door.close();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(ip: &str, port: u16) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), port)
    }

    fn doors(most: usize) -> Doors {
        Doors::new(most, vec!["10.0.0.0/8".parse().unwrap()])
    }

    fn enter(doors: &Doors, ip: &str, port: u16) -> Option<Arc<Door>> {
        match doors.admit(peer(ip, port)) {
            Admission::Admitted(door) => Some(door),
            Admission::TurnedAway | Admission::Full => None,
        }
    }

    fn must_close(door: &Door) -> bool {
        door.must_close(Waker::noop())
    }

    #[test]
    fn an_address_is_bounded_only_when_places_run_short() {
        let doors = doors(32);
        let early: Vec<_> = (0..16).map(|port| enter(&doors, "192.0.2.1", port).unwrap()).collect();
        assert!(early.iter().all(|door| !must_close(door)), "half of all are for whoever comes");
        // From here on its next ones take the place of its own, the silent first.
        doors.note_request(peer("192.0.2.1", 0)).unwrap();
        enter(&doors, "192.0.2.1", 100).unwrap();
        assert!(must_close(&early[1]) && !must_close(&early[0]));
        // Others are not concerned: they get what is left.
        for port in 0..16 {
            enter(&doors, &format!("192.0.2.{}", 2 + port / 4), port).unwrap();
        }
        assert_eq!(early.iter().filter(|door| must_close(door)).count(), 1);
        // One more takes the place of the longest silent of all.
        enter(&doors, "192.0.2.99", 1).unwrap();
        assert!(must_close(&early[2]) && !must_close(&early[3]));
    }

    #[test]
    fn who_streams_or_is_answered_keeps_the_place_and_who_signed_in_goes_last() {
        let doors = doors(8);
        let mut answering = Vec::new();
        for port in 0..4 {
            enter(&doors, "192.0.2.1", port).unwrap();
            answering.push(doors.note_request(peer("192.0.2.1", port)).unwrap());
        }
        assert!(matches!(doors.admit(peer("192.0.2.1", 9)), Admission::TurnedAway));
        answering[1].0.note_signed_in();
        answering[2].0.note_streams();
        answering.truncate(3);
        let _still_answered = answering.remove(0);
        let (signed_in, streams) = (Arc::clone(&answering[0].0), Arc::clone(&answering[1].0));
        answering.clear();
        // Only the one that has its answer and never signed in gives way.
        enter(&doors, "192.0.2.1", 9).unwrap();
        assert!(!must_close(&signed_in) && !must_close(&streams));
        drop(doors.note_request(peer("192.0.2.1", 9)).unwrap());
        enter(&doors, "192.0.2.1", 10).unwrap();
        let kept = |port| doors.open.read().unwrap().contains_key(&peer("192.0.2.1", port));
        assert!(!kept(9) && kept(1), "it asked later, but it never signed in");
        let (_, _answered) = doors.note_request(peer("192.0.2.1", 10)).unwrap();
        enter(&doors, "192.0.2.1", 11).unwrap();
        assert!(must_close(&signed_in) && !must_close(&streams));
    }

    #[test]
    fn proxies_are_not_counted_and_lose_nothing() {
        let doors = doors(4);
        let all: Vec<_> = (0..4).map(|port| enter(&doors, "10.0.0.1", port).unwrap()).collect();
        assert!(matches!(doors.admit(peer("192.0.2.1", 1)), Admission::Full));
        assert!(all.iter().all(|door| !must_close(door)));
        doors.leave(peer("10.0.0.1", 0), &all[0]);
        enter(&doors, "192.0.2.1", 1).unwrap();
        // A connection that was gone already takes nobody's place away when its end is noticed.
        doors.leave(peer("10.0.0.1", 0), &all[0]);
        assert!(matches!(doors.admit(peer("10.0.0.1", 9)), Admission::Admitted(_)));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let doors = doors(4);
        enter(&doors, "2001:db8::1", 1).unwrap();
        let second = enter(&doors, "2001:db8::2", 2).unwrap();
        drop(doors.note_request(peer("2001:db8::2", 2)));
        enter(&doors, "2001:db8::3", 3).unwrap();
        assert!(!must_close(&second), "the one that has not asked anything gave way");
        assert_eq!(doors.open.read().unwrap().len(), 2);
    }
}
