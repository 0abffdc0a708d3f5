//! Password hashes: argon2id on threads of its own.
//!
//! # Why a pool
//! One hash takes 19 MiB and some 30 ms of a core. A burst of sign-ins must take neither the memory nor the time
//! of other requests: so many threads hash at once, so many tasks wait, one more is answered with 503. The
//! threads run at a lower priority, so that reads stay quick while they work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::platform::error::{Error, Result};
use crate::platform::secret::Secret;

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
    queue: SyncSender<Task>,
    turns: Box<[tokio::sync::Mutex<()>]>,
    takers: tokio::sync::Semaphore,
}

/// The right to try one password of one account. The next one of that account waits until this is dropped.
#[derive(Debug)]
pub struct TurnToTry<'a> {
    _turn: tokio::sync::MutexGuard<'a, ()>,
    _taker: tokio::sync::SemaphorePermit<'a>,
}

/// Accounts share turns by hash; sharing costs some waiting, nothing else.
const TURNS: u8 = 64;

/// Priority of the hashing threads below that of others, on the scale of `nice`.
const NICENESS: i32 = 10;

impl PasswordPool {
    /// Starts `threads` threads for which up to `depth` tasks may wait.
    ///
    /// # Errors
    /// When the cost is outside of what argon2 allows, or a thread cannot be started.
    pub fn start(threads: u32, depth: usize, cost: PasswordCost) -> Result<Self> {
        argon2(cost)?;
        let stand_in = format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.passes,
            BASE64_STANDARD_NO_PAD.encode([0; 16]),
            BASE64_STANDARD_NO_PAD.encode([0; 32]),
        );
        let (queue, tasks) = sync_channel::<Task>(depth);
        let tasks = Arc::new(Mutex::new(tasks));
        for number in 0..threads.max(1) {
            let tasks = Arc::clone(&tasks);
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&tasks))
                .map_err(|error| Error::internal(format!("hashing thread cannot start: {error}")))?;
        }
        let turns = (0..TURNS).map(|_| tokio::sync::Mutex::new(())).collect();
        let takers = tokio::sync::Semaphore::new(depth);
        Ok(Self { cost, stand_in: stand_in.into(), queue, turns, takers })
    }

    /// Waits until no other password of this account is being tried. So a person who signs in on several devices
    /// at once is not taken for somebody who guesses.
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn turn(&self, account: &[u8; 32]) -> Result<TurnToTry<'_>> {
        let place = usize::from(account.first().copied().unwrap_or(0) % TURNS);
        let taker = self.takers.try_acquire().map_err(|_| busy())?;
        let turn = self.turns.get(place).ok_or_else(|| Error::internal("no turns"))?.lock().await;
        Ok(TurnToTry { _turn: turn, _taker: taker })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn hash(&self, password: Secret<String>, salt: [u8; 16]) -> Result<Secret<String>> {
        let cost = self.cost;
        self.run(move || hash(cost, &password, &salt)).await
    }

    /// [`PasswordPool::hash`] for callers that are not part of the asynchronous runtime.
    ///
    /// # Errors
    /// When argon2 fails.
    pub fn hash_here(&self, password: &Secret<String>, salt: [u8; 16]) -> Result<Secret<String>> {
        hash(self.cost, password, &salt)
    }

    /// Compares a password with a stored hash; without one it takes as long and is [`Verdict::Wrong`].
    ///
    /// # Errors
    /// `sign_in_busy` when too many wait already.
    pub async fn verify(&self, password: Secret<String>, stored: Option<Secret<String>>) -> Result<Verdict> {
        let cost = self.cost;
        let stand_in = Arc::clone(&self.stand_in);
        self.run(move || match stored {
            Some(stored) => verify(cost, &password, stored.reveal()),
            None => verify(cost, &password, &stand_in).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let task = Box::new(move || drop(answer.send(task())));
        match self.queue.try_send(task) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Error::unavailable("sign_in_busy", 2).with("seconds", 2));
            }
            Err(TrySendError::Disconnected(_)) => return Err(Error::internal("the hashing threads ended")),
        }
        answered.await.map_err(|_| Error::internal("a hashing task panicked"))?
    }
}

fn busy() -> Error {
    Error::unavailable("sign_in_busy", 2).with("seconds", 2)
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    // Not allowed to be polite, or not on this system: then it hashes at normal priority.
    let _ = rustix::process::nice(NICENESS);
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        drop(catch_unwind(AssertUnwindSafe(task)));
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

    #[tokio::test]
    async fn the_right_password_is_told_from_a_wrong_one_and_from_no_account() {
        let pool = PasswordPool::start(1, 4, CHEAP).unwrap();
        let stored = pool.hash(secret("mango-tree"), [3; 16]).await.unwrap();
        assert!(stored.reveal().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert_eq!(pool.verify(secret("mango-tree"), Some(stored.clone())).await.unwrap(), Verdict::Right);
        assert_eq!(pool.verify(secret("mango-leaf"), Some(stored)).await.unwrap(), Verdict::Wrong);
        assert_eq!(pool.verify(secret("mango-tree"), None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_cheap_hash_asks_to_be_renewed() {
        let old = PasswordPool::start(1, 4, CHEAP).unwrap();
        let stored = old.hash(secret("mango-tree"), [3; 16]).await.unwrap();
        let new = PasswordPool::start(1, 4, PasswordCost { memory_kib: 16, passes: 1 }).unwrap();
        assert_eq!(new.verify(secret("mango-tree"), Some(stored)).await.unwrap(), Verdict::RightButCheap);
    }

    #[tokio::test]
    async fn one_task_too_many_is_refused_and_a_panic_harms_nobody() {
        let pool = PasswordPool::start(1, 1, CHEAP).unwrap();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let blocking = pool.run(move || {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        });
        let waiting = pool.run(|| Ok(()));
        let crowd = async {
            has_started.await.unwrap();
            // One runs, and one more fits into the queue.
            let (second, third) = tokio::join!(waiting, async {
                let refused = pool.run(|| Ok(())).await;
                release.send(()).unwrap();
                refused
            });
            second.unwrap();
            assert_eq!(third.unwrap_err().retry_after_seconds(), Some(2));
        };
        let (first, ()) = tokio::join!(blocking, crowd);
        first.unwrap();
        assert!(pool.run::<()>(|| panic!("planned")).await.is_err());
        pool.run(|| Ok(())).await.unwrap();
    }
}
