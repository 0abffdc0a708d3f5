//! Bakong's Open API as it is seen from outside: transactions by MD5, a token, a hundred calls a day, and everything
//! that stands between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::http::{HttpCall, Reply, Script, serve};

/// The stand-in. It ends with the test's runtime.
#[derive(Clone)]
pub struct Bakong {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<HttpCall>>>,
    paid: Arc<Mutex<HashMap<String, Value>>>,
    takes_lists: Arc<AtomicBool>,
    script: Script,
}

impl Bakong {
    /// The token that it knows.
    pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4MzAyOTc2MDAsImRhdGEiOnsiaWQiOiJ4In19.c2ln";
    /// The token that it gives in its place.
    pub const RENEWED: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4NDM0MzA0MDAsImRhdGEiOnsiaWQiOiJ4In19.c2ln";
    /// The e-mail address that it knows.
    pub const EMAIL: &str = "clinic@example.org";
    /// Calls that it answers.
    pub const CALLS_A_DAY: usize = 100;

    /// Opens on a free port.
    pub async fn open() -> Self {
        let (script, calls) = (Script::default(), Arc::<Mutex<Vec<HttpCall>>>::default());
        let paid = Arc::<Mutex<HashMap<String, Value>>>::default();
        let takes_lists = Arc::<AtomicBool>::default();
        let (ordered, all, known) = (script.clone(), Arc::clone(&calls), Arc::clone(&paid));
        let lists = Arc::clone(&takes_lists);
        let address = serve(move |call| {
            let count = {
                let mut all = all.lock().unwrap();
                all.push(call.clone());
                all.len()
            };
            let lists = lists.load(Ordering::SeqCst);
            ordered.next().unwrap_or_else(|| answer(&call, count, lists, &known.lock().unwrap()))
        })
        .await;
        Self { address, calls, paid, takes_lists, script }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody pays: the transaction as Bakong tells it.
    pub fn pay(&self, md5: &str, transaction: Value) {
        self.paid.lock().unwrap().insert(md5.to_owned(), transaction);
    }

    /// Takes questions about several payments from now on. Else they meet what most meet: a gateway's page.
    pub fn take_lists(&self) {
        self.takes_lists.store(true, Ordering::SeqCst);
    }

    /// Orders the reply to the next call.
    pub fn answer_next(&self, reply: Reply) {
        self.script.push(reply);
    }

    /// Everything that came in, oldest first.
    pub fn calls(&self) -> Vec<HttpCall> {
        self.calls.lock().unwrap().clone()
    }
}

fn refusal(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "responseCode": 1, "responseMessage": message, "errorCode": code, "data": null }),
    )
}

fn success(data: &Value) -> Reply {
    let message = "Getting transaction successfully.";
    Reply::json(
        200,
        &json!({ "responseCode": 0, "responseMessage": message, "errorCode": null, "data": data }),
    )
}

fn is_known(call: &HttpCall) -> bool {
    let told = call.header("authorization").unwrap_or_default();
    [Bakong::TOKEN, Bakong::RENEWED].iter().any(|token| told == format!("Bearer {token}"))
}

fn answer(call: &HttpCall, count: usize, lists: bool, paid: &HashMap<String, Value>) -> Reply {
    if count > Bakong::CALLS_A_DAY {
        return refusal(200, 17, "Daily request limit of 100 exceeded. Please try again tomorrow.");
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match call.target.as_str() {
        "/v1/renew_token" if body["email"] == Bakong::EMAIL => success(&json!({ "token": Bakong::RENEWED })),
        "/v1/renew_token" => refusal(200, 10, "Not registered yet"),
        "/v1/check_transaction_by_md5" => {
            if !is_known(call) {
                return refusal(401, 6, "Unauthorized, not yet requested for token or code invalid");
            }
            match paid.get(body["md5"].as_str().unwrap_or_default()) {
                Some(transaction) => success(transaction),
                None => refusal(200, 1, "Transaction could not be found. Please check and try again."),
            }
        }
        "/v1/check_transaction_by_md5_list" if lists && is_known(call) => {
            let asked = body.as_array().cloned().unwrap_or_default();
            assert!((1..=50).contains(&asked.len()), "{asked:?}");
            // In no order that anybody could rely on.
            let said = asked.iter().rev().map(|md5| match paid.get(md5.as_str().unwrap_or_default()) {
                Some(data) => json!({"md5": md5, "status": "SUCCESS", "message": "Success", "data": data}),
                None => json!({"md5": md5, "status": "NOT_FOUND", "message": "Not found", "data": null}),
            });
            success(&said.collect())
        }
        _ => Reply::html(403, "<html><head><title>403 Forbidden</title></head></html>"),
    }
}
