//! What the engine's library reports, in the store's own words.

use redb::StorageError;

use super::engine::EngineError;

impl EngineError {
    pub(super) fn at(self, place: &str) -> Self {
        match self {
            Self::Io(what) => Self::Io(format!("{place}: {what}")),
            Self::Corrupted(what) => Self::Corrupted(format!("{place}: {what}")),
            Self::DiskFull | Self::InUse | Self::Reopened | Self::Displaced => self,
        }
    }
}

pub(super) fn io_error(error: &std::io::Error) -> EngineError {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => EngineError::DiskFull,
        _ => EngineError::Io(error.to_string()),
    }
}

pub(super) fn storage_error(error: StorageError) -> EngineError {
    match error {
        StorageError::Io(io) => io_error(&io),
        StorageError::Corrupted(what) => EngineError::Corrupted(what),
        StorageError::DatabaseClosed => EngineError::Reopened,
        other => EngineError::Io(other.to_string()),
    }
}

pub(super) fn database_error(error: redb::DatabaseError) -> EngineError {
    match error {
        redb::DatabaseError::Storage(error) => storage_error(error),
        redb::DatabaseError::DatabaseAlreadyOpen => EngineError::InUse,
        other => EngineError::Corrupted(other.to_string()),
    }
}

pub(super) fn any_error(error: impl Into<redb::Error>) -> EngineError {
    match error.into() {
        redb::Error::Io(io) => io_error(&io),
        redb::Error::Corrupted(what) => EngineError::Corrupted(what),
        redb::Error::DatabaseClosed => EngineError::Reopened,
        other => EngineError::Io(other.to_string()),
    }
}
