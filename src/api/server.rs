//! Listening.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use poem::Server;
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;

use crate::platform::context::Context;

/// Serves the API on `listener` until `stop` completes, then finishes the requests in flight.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    context: Arc<Context>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let settings = &context.settings.server;
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    Server::<Infallible, _>::new_with_acceptor(acceptor)
        .idle_timeout(Duration::from_secs(settings.idle_seconds))
        .run_with_graceful_shutdown(
            super::application(&context),
            stop,
            Some(Duration::from_secs(settings.drain_seconds)),
        )
        .await
}
