//! Word to the service manager (`sd_notify`): that the server is ready, that it stops, that it lives.
//!
//! systemd names a socket in `NOTIFY_SOCKET` and, with `WatchdogSec=`, in `WATCHDOG_USEC` how long it waits for a sign
//! of life before it starts the service anew. Without the socket there is nobody to tell.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

use super::clock::Span;

/// The service manager.
#[derive(Debug)]
pub struct ServiceManager {
    socket: UnixDatagram,
    address: SocketAddr,
}

impl ServiceManager {
    /// The one that listens at `notify_socket`, as `NOTIFY_SOCKET` names it: a path, or `@` and an abstract name.
    ///
    /// # Errors
    /// When there can be no such socket.
    pub fn at(notify_socket: &OsStr) -> io::Result<Self> {
        let address = match notify_socket.as_bytes().split_first() {
            Some((b'@', name)) => abstract_address(name)?,
            _ => SocketAddr::from_pathname(Path::new(notify_socket))?,
        };
        Ok(Self { socket: UnixDatagram::unbound()?, address })
    }

    /// Says so; `READY=1`, `STOPPING=1`, `WATCHDOG=1` and the like.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn tell(&self, word: &str) -> io::Result<()> {
        self.socket.send_to_addr(word.as_bytes(), &self.address).map(drop)
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_: &[u8]) -> io::Result<SocketAddr> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// How often the watchdog is to hear from the server: three times within what `WATCHDOG_USEC` says.
pub fn watchdog_interval(watchdog_usec: Option<&str>) -> Option<Span> {
    let microseconds = watchdog_usec?.parse::<u64>().ok().filter(|microseconds| *microseconds > 0)?;
    Some(Span::of(Duration::from_micros(microseconds / 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watchdog_hears_three_times_in_its_time() {
        assert_eq!(watchdog_interval(Some("30000000")), Some(Span::seconds(10)));
        assert_eq!(watchdog_interval(Some("0")), None);
        assert_eq!(watchdog_interval(Some("soon")), None);
        assert_eq!(watchdog_interval(None), None);
    }

    #[test]
    fn a_word_arrives_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        ServiceManager::at(path.as_os_str()).unwrap().tell("READY=1").unwrap();
        let mut word = [0; 16];
        let length = listening.recv(&mut word).unwrap();
        assert_eq!(&word[..length], b"READY=1");
        let name = format!("@das-tern-test-{}", std::process::id());
        let listening = UnixDatagram::bind_addr(&abstract_address(&name.as_bytes()[1..]).unwrap()).unwrap();
        ServiceManager::at(OsStr::new(&name)).unwrap().tell("WATCHDOG=1").unwrap();
        let length = listening.recv(&mut word).unwrap();
        assert_eq!(&word[..length], b"WATCHDOG=1");
    }
}
