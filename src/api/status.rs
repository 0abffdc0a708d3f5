//! Is the server alive, is it ready, how is it doing.

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::http::StatusCode;
use poem::{IntoResponse, Route};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Area;
use super::caller::SignedIn;
use super::frame::text_response;
use super::problem::Problem;
use super::types::Instant;
use crate::domain::users::model::Role;
use crate::platform::context::Context;
use crate::platform::store::StoreStatus;

/// How the server is doing.
pub struct StatusApi(pub Arc<Context>);

/// How the server is doing.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ServerStatus {
    /// Version of the program.
    version: String,
    /// The server's time.
    time: Instant,
    /// Whether changes can be saved.
    store_writable: bool,
    /// Durable commits since the start.
    commits: u64,
    /// Transactions since the start.
    writes: u64,
}

#[OpenApi(prefix_path = "/admin", tag = "Area::Admin")]
impl StatusApi {
    /// How the server is doing
    ///
    /// Version, time and the state of the store. For clinic staff.
    #[oai(path = "/status", method = "get", operation_id = "get_server_status")]
    async fn status(&self, SignedIn(caller): SignedIn) -> Result<Json<ServerStatus>, Problem> {
        caller.with_role(Role::Admin)?;
        let (commits, writes) = self.0.store.counts();
        Ok(Json(ServerStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time: self.0.now().into(),
            store_writable: self.0.store.status() == StoreStatus::Ready,
            commits,
            writes,
        }))
    }
}

/// Adds what lies outside `/api`.
pub(super) fn mount(route: Route, context: &Arc<Context>) -> Route {
    let ready = Arc::clone(context);
    let document = super::document(context);
    route
        .at("/livez", make_sync(|_| text_response("text/plain; charset=utf-8", "ok\n")))
        .at(
            "/readyz",
            make_sync(move |_| match ready.store.status() {
                StoreStatus::Ready => text_response("text/plain; charset=utf-8", "ready\n"),
                StoreStatus::ReadOnly => {
                    (StatusCode::SERVICE_UNAVAILABLE, "changes cannot be saved\n").into_response()
                }
            }),
        )
        .at("/openapi.json", make_sync(move |_| text_response("application/json", document.clone())))
}
