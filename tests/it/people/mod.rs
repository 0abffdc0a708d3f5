//! Registration, sign-in, sessions, accounts.

mod accounts;
mod admin;
mod browser;
mod codes;
mod contacts;
mod guessing;
mod meanwhile;
mod names;
mod notes;
mod photos;
mod record;
mod registration;
mod second_factor;
mod sessions;
mod sign_in;
mod takeover;
mod text_budget;

use serde_json::{Value, json};

use crate::kit::{Answer, Client};

/// A sign-in as a client does it.
pub async fn login(stranger: &Client, identifier: &str, password: &str) -> Answer {
    stranger.post("/auth/login", json!({"identifier": identifier, "password": password})).await
}

/// A registration that is in order.
pub fn patient_form(email: &str) -> Value {
    json!({
        "firstName": "Dara", "lastName": "Sok", "gender": "MALE", "dateOfBirth": "1990-04-14",
        "email": email, "password": "mekong-sunrise-42",
    })
}

/// The access token of a sign-in.
pub fn access(tokens: &Value) -> &str {
    tokens["accessToken"].as_str().unwrap()
}

/// The refresh token of a sign-in.
pub fn refresh(tokens: &Value) -> &str {
    tokens["refreshToken"].as_str().unwrap()
}
