//! Bakong's Open API as it is seen from outside: transactions by MD5, a token, a hundred calls a day, and everything
//! that stands between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::http::{HttpCall, Reply, Script, serve};

/// The stand-in. It ends with the test's runtime.
#[derive(Clone)]
pub struct Bakong {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<HttpCall>>>,
    paid: Arc<Mutex<HashMap<String, Value>>>,
    script: Script,
}

impl Bakong {
    /// The token that it knows.
    pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3NzUwMDE2MDAsImRhdGEiOnsiaWQiOiJ4In19.c2ln";
    /// The e-mail address that it knows.
    pub const EMAIL: &str = "clinic@example.org";
    /// Calls that it answers.
    pub const CALLS_A_DAY: usize = 100;

    /// Opens on a free port.
    pub async fn open() -> Self {
        let (script, calls) = (Script::default(), Arc::<Mutex<Vec<HttpCall>>>::default());
        let paid = Arc::<Mutex<HashMap<String, Value>>>::default();
        let (ordered, all, known) = (script.clone(), Arc::clone(&calls), Arc::clone(&paid));
        let address = serve(move |call| {
            let count = {
                let mut all = all.lock().unwrap();
                all.push(call.clone());
                all.len()
            };
            ordered.next().unwrap_or_else(|| answer(&call, count, &known.lock().unwrap()))
        })
        .await;
        Self { address, calls, paid, script }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody pays: the transaction as Bakong tells it.
    pub fn pay(&self, md5: &str, transaction: Value) {
        self.paid.lock().unwrap().insert(md5.to_owned(), transaction);
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

fn answer(call: &HttpCall, count: usize, paid: &HashMap<String, Value>) -> Reply {
    if count > Bakong::CALLS_A_DAY {
        return refusal(200, 17, "Daily request limit of 100 exceeded. Please try again tomorrow.");
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match call.target.as_str() {
        "/v1/renew_token" if body["email"] == Bakong::EMAIL => success(&json!({ "token": Bakong::TOKEN })),
        "/v1/renew_token" => refusal(200, 10, "Not registered yet"),
        "/v1/check_transaction_by_md5" => {
            if call.header("authorization") != Some(&format!("Bearer {}", Bakong::TOKEN)) {
                return refusal(401, 6, "Unauthorized, not yet requested for token or code invalid");
            }
            match paid.get(body["md5"].as_str().unwrap_or_default()) {
                Some(transaction) => success(transaction),
                None => refusal(200, 1, "Transaction could not be found. Please check and try again."),
            }
        }
        _ => Reply::html(403, "<html><head><title>403 Forbidden</title></head></html>"),
    }
}
