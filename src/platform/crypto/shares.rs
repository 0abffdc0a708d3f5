//! Waiting places that are shared between addresses, and a queue that serves them in turn.
//!
//! An address may hold as many places as are still free (the dynamic threshold of Choudhury and Hahne): one alone
//! gets half of them, `n` get one of `n + 1` parts each, and one part is left for whoever comes next.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Whose places: an address, or those who have none.
type Share = Option<IpAddr>;

/// Whether an address that holds `held` of `most` places, of which `taken` are in use, may have one more.
fn may_have_more(held: usize, taken: usize, most: usize) -> bool {
    held < most.saturating_sub(taken)
}

/// Places that are held while something lasts.
#[derive(Debug)]
pub struct Places {
    most: usize,
    held: Mutex<HashMap<Share, usize>>,
}

/// A place that is held.
#[derive(Debug)]
pub struct Place<'a> {
    places: &'a Places,
    share: Share,
}

impl Places {
    /// So many places, all free.
    pub fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    /// A place for an address, if its share has one left.
    pub fn take(&self, share: Share) -> Option<Place<'_>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = held.values().sum();
        let own = held.get(&share).copied().unwrap_or(0);
        if !may_have_more(own, taken, self.most) {
            return None;
        }
        held.insert(share, own.saturating_add(1));
        Some(Place { places: self, share })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.share) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                held.remove(&self.share);
            }
        }
    }
}

/// Tasks that wait, one line for each address.
pub struct Queue<T> {
    most: usize,
    lines: Mutex<Lines<T>>,
    changed: Condvar,
}

struct Lines<T> {
    tasks: HashMap<Share, VecDeque<T>>,
    /// The addresses with a line, whose turn is next first.
    order: VecDeque<Share>,
    waiting: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// With room for so many tasks.
    pub fn new(most: usize) -> Self {
        let lines = Lines { tasks: HashMap::new(), order: VecDeque::new(), waiting: 0, closed: false };
        Self { most, lines: Mutex::new(lines), changed: Condvar::new() }
    }

    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a task, unless the share of its address has no place left; then it is dropped.
    #[must_use]
    pub fn push(&self, share: Share, task: T) -> bool {
        let mut lines = self.lines();
        let own = lines.tasks.get(&share).map_or(0, VecDeque::len);
        if !may_have_more(own, lines.waiting, self.most) {
            return false;
        }
        if own == 0 {
            lines.order.push_back(share);
        }
        lines.tasks.entry(share).or_default().push_back(task);
        lines.waiting = lines.waiting.saturating_add(1);
        self.changed.notify_one();
        true
    }

    /// The next task, one of each address in turn; waits for one. Nothing once the queue is closed.
    pub fn next(&self) -> Option<T> {
        let mut lines = self.lines();
        loop {
            if lines.closed {
                return None;
            }
            if let Some(task) = lines.pop() {
                return Some(task);
            }
            lines = self.changed.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whoever waits for a task gets none any more.
    pub fn close(&self) {
        self.lines().closed = true;
        self.changed.notify_all();
    }
}

impl<T> Lines<T> {
    fn pop(&mut self) -> Option<T> {
        let share = self.order.pop_front()?;
        let line = self.tasks.get_mut(&share)?;
        let task = line.pop_front();
        if line.is_empty() {
            self.tasks.remove(&share);
        } else {
            self.order.push_back(share);
        }
        self.waiting = self.waiting.saturating_sub(usize::from(task.is_some()));
        task
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Share {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn an_address_has_at_most_half_and_the_next_one_finds_a_place() {
        let places = Places::new(16);
        let take_all = |share| std::iter::from_fn(|| places.take(share)).collect::<Vec<_>>();
        let first = take_all(address(1));
        assert_eq!(first.len(), 8);
        let second = take_all(address(2));
        assert_eq!(second.len(), 4);
        assert_eq!(take_all(None).len(), 2);
        assert_eq!(take_all(address(1)).len(), 0);
        drop(first);
        assert_eq!(take_all(address(1)).len(), 6, "with four taken, as many as the other half of the rest");
        drop(second);
        assert!(places.held.lock().unwrap().is_empty());
    }

    #[test]
    fn addresses_are_served_in_turn() {
        let queue = Queue::new(16);
        for number in 0..8 {
            assert!(queue.push(address(1), ("many", number)));
        }
        assert!(!queue.push(address(1), ("many", 8)));
        assert!(queue.push(address(2), ("few", 0)) && queue.push(address(2), ("few", 1)));
        let order: Vec<_> = (0..5).filter_map(|_| queue.next()).collect();
        assert_eq!(order, [("many", 0), ("few", 0), ("many", 1), ("few", 1), ("many", 2)]);
        queue.close();
        assert_eq!(queue.next(), None);
    }
}
