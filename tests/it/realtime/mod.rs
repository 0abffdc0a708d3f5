//! Events as they happen: who hears what, coming back, sockets, limits, stopping.

mod life;
mod limits;
mod resume;
mod rooms;
mod sessions;
mod sockets;
mod storm;
