//! An engine in memory: the model against which the real one is checked, and a store for what need not last.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Direction;
use super::engine::{Changes, Engine, EngineError, KeyRange, Snapshot, Step, Visit};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// An ordered map in memory. Its commits are as durable as the process.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    current: RwLock<Arc<Map>>,
}

impl MemoryEngine {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Engine for MemoryEngine {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, EngineError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(MemorySnapshot(Arc::clone(&current))))
    }

    fn commit(&self, changes: &Changes) -> Result<(), EngineError> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Copies the map only while a snapshot still holds the old one.
        let map = Arc::make_mut(&mut current);
        for (key, value) in changes {
            match value {
                Some(value) => map.insert(key.clone(), value.clone()),
                None => map.remove(key),
            };
        }
        Ok(())
    }

    fn recover(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

struct MemorySnapshot(Arc<Map>);

impl Snapshot for MemorySnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, range: &KeyRange, direction: Direction, visit: Visit<'_>) -> Result<(), EngineError> {
        if range.is_empty() {
            return Ok(());
        }
        let found = self.0.range::<[u8], _>(range.as_bounds());
        let mut show = |(key, value): (&Vec<u8>, &Vec<u8>)| visit(key, value) == Step::Continue;
        match direction {
            Direction::Forward => found.into_iter().all(&mut show),
            Direction::Backward => found.into_iter().rev().all(&mut show),
        };
        Ok(())
    }
}
