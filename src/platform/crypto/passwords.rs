//! Password hashes: argon2id on threads of its own.
//!
//! # Why a pool
//! One hash takes 19 MiB and some 30 ms of a core. A burst of sign-ins must take neither the memory nor the time
//! of other requests: so many threads hash at once, so many tasks wait, one more is answered with 503. The
//! threads run at a lower priority, so that reads stay quick while they work.
//!
//! # Why shares
//! Whoever sends sign-ins by the thousand must not keep others out. An address may hold as many of the waiting
//! places as are still free: alone at the most half of them, with others beside it less, and the next address
//! always finds one. The threads serve the addresses in turn, so that a short queue never waits for a long one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::shares::{Place, Places, Queue};
use crate::platform::clock::Span;
use crate::platform::error::{Error, Result};
use crate::platform::rate_limits::network;
use crate::platform::secret::Secret;
use crate::platform::supervision::{Pulse, keep_thread};

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordCost {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// The OWASP minimum for argon2id with one lane: 19 MiB, two passes.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

impl PasswordCost {
    /// Why no hash can be made at this cost.
    pub fn fault(self) -> Option<String> {
        /// More than this, and nobody could sign in in time.
        const PASSES_MAX: u32 = 1_000;
        if self.passes > PASSES_MAX {
            return Some(format!("`passes` must be from 1 to {PASSES_MAX}"));
        }
        argon2(self)
            .err()
            .map(|_| format!("`memory_kib` must be at least {}, and `passes` at least 1", Params::MIN_M_COST))
    }
}

/// How a password compares with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the one.
    Right,
    /// It is the one, but its hash costs less than hashes do today: hash it anew.
    RightButCheap,
    /// It is another.
    Wrong,
}

type Task = Box<dyn FnOnce() + Send>;

/// The threads that hash.
pub struct PasswordPool {
    cost: PasswordCost,
    /// Compared with when there is no account, so that both cases take the same time.
    stand_in: Arc<str>,
    queue: Arc<Queue<Task>>,
    turns: Turns,
    takers: Places,
}

/// The pool as one address uses it.
#[derive(Clone, Copy)]
pub struct PasswordDesk<'a> {
    pool: &'a PasswordPool,
    /// Whose share of the waiting places is used.
    share: Option<IpAddr>,
}

type Turns = Mutex<HashMap<[u8; 32], Arc<tokio::sync::Mutex<()>>>>;

/// The right to try one password of one account. The next one of that account waits until this is dropped.
#[derive(Debug)]
pub struct TurnToTry<'a> {
    turn: Option<tokio::sync::OwnedMutexGuard<()>>,
    account: [u8; 32],
    turns: &'a Turns,
    _taker: Place<'a>,
}

impl Drop for TurnToTry<'_> {
    fn drop(&mut self) {
        self.turn = None;
        forget_unused(self.turns, &self.account);
    }
}

/// Forgets the turns of an account that nobody has or waits for. Whoever wants one takes it under the same lock.
fn forget_unused(turns: &Turns, account: &[u8; 32]) {
    let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
    if turns.get(account).is_some_and(|turn| Arc::strong_count(turn) == 1) {
        turns.remove(account);
    }
}

/// A hash that has not come back for so long hangs.
pub const HASH_PATIENCE: Span = Span::seconds(60);
/// Priority of the hashing threads below that of others, on the scale of `nice`.
const NICENESS: i32 = 10;

impl PasswordPool {
    /// Starts `threads` threads for which up to `depth` tasks may wait.
    ///
    /// # Errors
    /// When the cost is outside of what argon2 allows, or a thread cannot be started.
    pub fn start(threads: u32, depth: usize, cost: PasswordCost) -> Result<Self> {
        Self::start_watched(threads, depth, cost, |_| Pulse::unwatched())
    }

    /// [`PasswordPool::start`], whose threads give signs of life: `pulse` makes one for the thread of this name.
    ///
    /// # Errors
    /// When the cost is outside of what argon2 allows, or a thread cannot be started.
    pub fn start_watched(
        threads: u32,
        depth: usize,
        cost: PasswordCost,
        pulse: impl Fn(String) -> Pulse,
    ) -> Result<Self> {
        argon2(cost)?;
        let stand_in = format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.passes,
            BASE64_STANDARD_NO_PAD.encode([0; 16]),
            BASE64_STANDARD_NO_PAD.encode([0; 32]),
        );
        let queue = Arc::new(Queue::new(depth));
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            let name = format!("password-{number}");
            keep_thread(&name, pulse(name.clone()), move |pulse| work(&queue, pulse))?;
        }
        let (turns, takers) = (Turns::default(), Places::new(depth));
        Ok(Self { cost, stand_in: stand_in.into(), queue, turns, takers })
    }

    /// The pool for requests of this address; what has none shares one place in line.
    pub fn of(&self, address: Option<IpAddr>) -> PasswordDesk<'_> {
        PasswordDesk { pool: self, share: address.map(network) }
    }
}

impl Drop for PasswordPool {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl<'a> PasswordDesk<'a> {
    /// Waits until no other password of this account is being tried. So a person who signs in on several devices
    /// at once is not taken for somebody who guesses.
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn turn(&self, account: &[u8; 32]) -> Result<TurnToTry<'a>> {
        let taker = self.pool.takers.take(self.share).ok_or_else(busy)?;
        let turns = &self.pool.turns;
        let turn = {
            let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(*account).or_default())
        };
        // Holds the account from here on, so that it is forgotten although the caller may stop waiting.
        let mut held = TurnToTry { turn: None, account: *account, turns, _taker: taker };
        held.turn = Some(turn.lock_owned().await);
        Ok(held)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn hash(&self, password: Secret<String>, salt: [u8; 16]) -> Result<Secret<String>> {
        let cost = self.pool.cost;
        self.run(move || hash(cost, &password, &salt)).await
    }

    /// Compares a password with a stored hash; without one it takes as long and is [`Verdict::Wrong`].
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn verify(&self, password: Secret<String>, stored: Option<Secret<String>>) -> Result<Verdict> {
        let cost = self.pool.cost;
        let stand_in = Arc::clone(&self.pool.stand_in);
        self.run(move || match stored {
            Some(stored) => verify(cost, &password, stored.reveal()),
            None => verify(cost, &password, &stand_in).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let task = Box::new(move || drop(answer.send(task())));
        if !self.pool.queue.push(self.share, task) {
            return Err(busy());
        }
        answered.await.map_err(|_| Error::internal("a hashing task panicked"))?
    }
}

fn busy() -> Error {
    Error::unavailable("sign_in_busy", 2).with("seconds", 2)
}

fn work(queue: &Queue<Task>, pulse: &Pulse) {
    // Not allowed to be polite, or not on this system: then it hashes at normal priority.
    let _ = rustix::process::nice(NICENESS);
    while let Some(task) = queue.next() {
        pulse.beat();
        drop(catch_unwind(AssertUnwindSafe(task)));
        pulse.rest();
    }
}

fn argon2(cost: PasswordCost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(cost: PasswordCost, password: &Secret<String>, salt: &[u8; 16]) -> Result<Secret<String>> {
    let hash: PasswordHash = argon2(cost)?
        .hash_password_with_salt(password.reveal().as_bytes(), salt)
        .map_err(|error| Error::internal(format!("password cannot be hashed: {error}")))?;
    Ok(Secret::new(hash.to_string()))
}

fn verify(cost: PasswordCost, password: &Secret<String>, stored: &str) -> Result<Verdict> {
    let stored = PasswordHash::new(stored)
        .map_err(|error| Error::internal(format!("stored password hash unreadable: {error}")))?;
    let used = Params::try_from(&stored)
        .map_err(|error| Error::internal(format!("stored password hash unreadable: {error}")))?;
    // The stored parameters decide, not those of today.
    let right = argon2(cost)?.verify_password(password.reveal().as_bytes(), &stored).is_ok();
    Ok(match right {
        false => Verdict::Wrong,
        true if used.m_cost() < cost.memory_kib || used.t_cost() < cost.passes => Verdict::RightButCheap,
        true => Verdict::Right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 8, passes: 1 };

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[tokio::test]
    async fn the_right_password_is_told_from_a_wrong_one_and_from_no_account() {
        let pool = PasswordPool::start(1, 4, CHEAP).unwrap();
        let desk = pool.of(None);
        let stored = desk.hash(secret("mango-tree"), [3; 16]).await.unwrap();
        assert!(stored.reveal().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert_eq!(desk.verify(secret("mango-tree"), Some(stored.clone())).await.unwrap(), Verdict::Right);
        assert_eq!(desk.verify(secret("mango-leaf"), Some(stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(desk.verify(secret("mango-tree"), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_cheap_hash_asks_to_be_renewed() {
        let old = PasswordPool::start(1, 4, CHEAP).unwrap();
        let stored = old.of(None).hash(secret("mango-tree"), [3; 16]).await.unwrap();
        let new = PasswordPool::start(1, 4, PasswordCost { memory_kib: 16, passes: 1 }).unwrap();
        let verdict = new.of(None).verify(secret("mango-tree"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::RightButCheap);
    }

    #[tokio::test]
    async fn one_task_too_many_is_refused_and_a_panic_harms_nobody() {
        let pool = PasswordPool::start(1, 1, CHEAP).unwrap();
        let desk = pool.of(None);
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let blocking = desk.run(move || {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        });
        let waiting = desk.run(|| Ok(()));
        let crowd = async {
            has_started.await.unwrap();
            // One runs, and one more fits into the queue.
            let (second, third) = tokio::join!(waiting, async {
                let refused = desk.run(|| Ok(())).await;
                release.send(()).unwrap();
                refused
            });
            second.unwrap();
            assert_eq!(third.unwrap_err().retry_after_seconds(), Some(2));
        };
        let (first, ()) = tokio::join!(blocking, crowd);
        first.unwrap();
        assert!(desk.run::<()>(|| panic!("planned")).await.is_err());
        desk.run(|| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn who_tries_many_passwords_keeps_nobody_else_from_a_turn() {
        let pool = PasswordPool::start(1, 8, CHEAP).unwrap();
        let (attacker, other) = (pool.of(address(1)), pool.of(address(2)));
        // Four of eight places, each for another account; a fifth is refused.
        let mut held = Vec::new();
        for account in 0..4 {
            held.push(attacker.turn(&[account; 32]).await.unwrap());
        }
        assert_eq!(attacker.turn(&[9; 32]).await.unwrap_err().code(), "sign_in_busy");
        let turn = other.turn(&[10; 32]).await.unwrap();
        // The same account is tried one at a time.
        let mut second = std::pin::pin!(other.turn(&[10; 32]));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        drop(turn);
        drop(second.await.unwrap());
        drop(held);
        assert!(pool.turns.lock().unwrap().is_empty(), "nothing is remembered of who has had a turn");
    }
}
