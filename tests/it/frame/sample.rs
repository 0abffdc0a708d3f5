//! A small API inside the real frame, for what no operation of the product does on purpose.

use std::sync::Arc;
use std::time::Duration;

use das_tern::api::caller::Anyone;
use das_tern::api::frame::Frame;
use das_tern::api::input::Body;
use das_tern::api::metrics::{Metrics, OperationCounts};
use das_tern::api::problem::Problem;
use das_tern::api::routes;
use das_tern::api::types::{Day, Instant, Moment, TimeOfDay};
use das_tern::app::{Parts, Work};
use das_tern::domain::users::model::Gender;
use das_tern::platform::clock::ManualClock;
use das_tern::platform::clock::belief::Clocks;
use das_tern::platform::context::Context;
use das_tern::platform::error::Error;
use das_tern::platform::ids::UserId;
use das_tern::platform::random::Random;
use das_tern::platform::secret::Secret;
use das_tern::platform::settings::Settings;
use das_tern::platform::store::MemoryEngine;
use poem::Route;
use poem::test::TestClient;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{Object, OpenApi};
use serde_json::json;

use crate::kit::{beginning, settings};

/// One medicine of a sample.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Line {
    #[oai(validator(minimum(value = "0.25"), maximum(value = "100")))]
    dose_amount: f64,
    unit: Option<String>,
}

/// A body with one field of each kind.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Sample {
    #[oai(validator(min_length = 1, max_length = 10))]
    name: String,
    #[oai(validator(pattern = "^[A-Z]{2}[0-9]+$"))]
    code: Option<String>,
    gender: Gender,
    patient: Option<UserId>,
    born: Option<Day>,
    at: Option<Moment>,
    meal: Option<TimeOfDay>,
    #[oai(validator(maximum(value = "120")))]
    age: Option<u8>,
    agrees: bool,
    #[oai(validator(min_items = 1, max_items = 3))]
    medications: Vec<Line>,
}

pub struct SampleApi;

#[OpenApi]
impl SampleApi {
    #[oai(path = "/echo", method = "post", operation_id = "echo")]
    async fn echo(
        &self,
        Anyone(caller): Anyone,
        /// Makes another request of it.
        #[oai(name = "x")]
        _x: Query<Option<u32>>,
        body: Body<Sample>,
    ) -> Result<Json<serde_json::Value>, Problem> {
        let Sample { name, code, gender, patient, born, at, meal, age, agrees, medications } = body.0;
        let zone = chrono_tz::Asia::Phnom_Penh;
        let at = at.map(|at| poem_openapi::types::ToJSON::to_json(&Instant(at.resolve(zone))));
        let fingerprint = caller.idempotency.map(|idempotency| format!("{:x?}", idempotency.fingerprint));
        let amounts: Vec<f64> = medications.iter().map(|line| line.dose_amount).collect();
        let units: Vec<_> = medications.into_iter().map(|line| line.unit).collect();
        Ok(Json(json!({
            "name": name, "code": code, "gender": gender, "patient": patient.map(|id| id.to_string()),
            "born": born.map(|day| day.0.to_string()), "at": at, "meal": meal.map(|time| time.0.to_string()),
            "age": age, "agrees": agrees, "amounts": amounts, "units": units, "fingerprint": fingerprint,
            "language": caller.language.tag(), "ip": caller.ip.map(|ip| ip.to_string()),
        })))
    }

    #[oai(path = "/things/:id", method = "get", operation_id = "get_thing")]
    async fn thing(&self, id: Path<UserId>, limit: Query<Option<u32>>) -> Result<PlainText<String>, Problem> {
        Ok(PlainText(format!("{} {:?}", id.0, limit.0)))
    }

    #[oai(path = "/long", method = "get", operation_id = "long")]
    async fn long(&self) -> PlainText<String> {
        PlainText("ថ្នាំ ".repeat(500))
    }

    #[oai(path = "/auth/long", method = "get", operation_id = "long_secret")]
    async fn long_secret(&self) -> PlainText<String> {
        PlainText("secret ".repeat(500))
    }

    #[oai(path = "/panic", method = "get", operation_id = "panic")]
    async fn panic(&self) -> PlainText<String> {
        panic!("a patient's name")
    }

    #[oai(path = "/slow", method = "get", operation_id = "slow")]
    async fn slow(&self) -> PlainText<String> {
        std::future::pending().await
    }

    #[oai(path = "/busy", method = "get", operation_id = "busy")]
    async fn busy(&self) -> Result<PlainText<String>, Problem> {
        Err(Error::unavailable("store_busy", 7).with("seconds", 7).into())
    }

    #[oai(path = "/fault", method = "get", operation_id = "fault")]
    async fn fault(&self) -> Result<PlainText<String>, Problem> {
        Err(Error::internal("the password is hush").into())
    }
}

/// A context over memory.
pub fn context(change: impl FnOnce(&mut Settings)) -> Arc<Context> {
    let mut settings = settings();
    change(&mut settings);
    let parts = Parts {
        settings,
        clocks: Clocks::manual(&ManualClock::at(beginning())),
        random: Arc::new(Random::seeded(3)),
        engine: Arc::new(MemoryEngine::new()),
        surveyed: None,
        root_key: Secret::new([1; 32]),
        work: Work::OnDemand,
    };
    parts.assemble().unwrap().0
}

/// The sample API in the frame.
pub fn client(change: impl FnOnce(&mut Settings)) -> TestClient<impl poem::Endpoint> {
    let context = context(change);
    let (route, routes) = routes::mount(Route::new(), || SampleApi);
    let metrics = Arc::new(Metrics { routes, elsewhere: OperationCounts::default() });
    TestClient::new(Frame::new(route, context, metrics))
}

/// Zero seconds: what is not answered at once is late.
pub const AT_ONCE: u64 = Duration::ZERO.as_secs();
