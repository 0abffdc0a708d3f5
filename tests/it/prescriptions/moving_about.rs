//! However a line is moved about between times of the day and intervals, with doses taken, left out and missed between, it
//! has as many doses as it was prescribed, and never two at one time.

use chrono_tz::Tz;
use das_tern::domain::doses::model::{Dose, DoseStatus};
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::random::Random;
use serde_json::{Value, json};

use super::identity::line;
use super::{Clinic, doses, id};

const KHMER: Tz = Tz::Asia__Phnom_Penh;
/// Days of each course, by which its quantity is counted as well.
const DAYS: usize = 4;
/// After so many steps each course is over.
const STEPS: usize = 26;

/// So many treatments for each seed, or as many as the environment asks for.
fn treatments() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(8)
}

/// Ways to give so many doses a day.
fn ways(doses_a_day: usize) -> &'static [&'static str] {
    match doses_a_day {
        1 => &["1-0-0-0", "0-1-0-0", "0-0-1-0", "0-0-0-1", "every 24 hours"],
        2 => &["1-0-1-0", "0-1-0-1", "1-0-0-1", "0-0-1-1", "Q12H"],
        _ => &["1-1-1-0", "1-0-1-1", "1-1-0-1", "Q8H"],
    }
}

/// A treatment and what was done with it.
struct Treatment {
    written: Value,
    doses_a_day: usize,
    is_by_quantity: bool,
    story: Vec<String>,
    is_wrong: bool,
}

struct Ward {
    clinic: Clinic,
    random: Random,
    treatments: Vec<Treatment>,
}

impl Ward {
    async fn open(seed: u64) -> Self {
        let (clinic, random) = (Clinic::open().await, Random::seeded(seed));
        let mut ward = Self { clinic, random, treatments: Vec::new() };
        for _ in 0..treatments() {
            let doses_a_day = 1 + ward.below(3);
            let way = ward.one_of(ways(doses_a_day));
            let mut body = json!({"dosage": "1 cp", "frequency": way});
            let is_by_quantity = ward.below(2) == 1;
            if is_by_quantity {
                body["quantity"] = json!(DAYS * doses_a_day);
            } else {
                body["durationDays"] = json!(DAYS);
            }
            let written = ward.clinic.line(body.clone()).await;
            let story = vec![body.to_string()];
            ward.treatments.push(Treatment { written, doses_a_day, is_by_quantity, story, is_wrong: false });
        }
        ward
    }

    fn below(&self, count: usize) -> usize {
        usize::try_from(self.random.below(u64::try_from(count).unwrap()).unwrap()).unwrap()
    }

    fn one_of<'a>(&self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn standing(&self, treatment: &Treatment) -> Vec<Dose> {
        let of = id(&treatment.written);
        let all = doses(&self.clinic.server, self.clinic.dara.id());
        let is_standing =
            |dose: &Dose| dose.prescription.to_string() == of && dose.status != DoseStatus::Cancelled;
        all.into_iter().filter(is_standing).collect()
    }

    /// Some minutes or hours later something is done with each treatment.
    async fn go_on(&mut self) {
        let minutes = [5, 15, 40, 100, 200, 300, 420][self.below(7)];
        self.clinic.server.clock().advance(Span::minutes(minutes));
        self.clinic.server.run_jobs().await;
        let now = self.clinic.server.clock().now();
        let time = now.local(KHMER).format("%d %H:%M");
        for place in 0..self.treatments.len() {
            let doses_a_day = self.treatments[place].doses_a_day;
            let done = match self.below(10) {
                0..4 => self.mark(place).await,
                4..7 => {
                    let way = self.one_of(ways(doses_a_day));
                    self.change(place, way).await
                }
                7 if doses_a_day == 1 => {
                    self.change(place, "1-0-1").await;
                    let way = self.one_of(ways(1));
                    format!("1-0-1, then {}", self.change(place, way).await)
                }
                8 => self.pause(place).await,
                _ => continue,
            };
            let standing = self.standing(&self.treatments[place]);
            let treatment = &mut self.treatments[place];
            treatment.story.push(format!("{time} {done} ({})", standing.len()));
        }
    }

    /// The next dose is taken, or left out.
    async fn mark(&self, place: usize) -> String {
        let now = self.clinic.server.clock().now();
        let standing = self.standing(&self.treatments[place]);
        let near = standing
            .iter()
            .find(|dose| dose.status == DoseStatus::Due && dose.scheduled() <= now.plus(Span::minutes(110)));
        let Some(dose) = near else { return "nothing to take".to_owned() };
        let (verb, body) = match self.below(4) {
            0 => ("skip", json!({"reason": "FASTING"})),
            _ => ("mark-taken", json!({})),
        };
        self.clinic.dara.post(format!("/doses/{}/{verb}", dose.id), body).await.ok();
        format!("{verb} {}", dose.scheduled().local(KHMER).format("%d %H:%M"))
    }

    async fn change(&self, place: usize, way: &str) -> String {
        let path = format!("/medications/{}", line(&self.treatments[place].written));
        let answer = self.clinic.sok.patch(path, json!({"frequency": way})).await;
        // One that is over is not changed.
        assert!(matches!(answer.status, 200 | 400 | 409), "{}", answer.text);
        format!("{way} {}", answer.status)
    }

    async fn pause(&self, place: usize) -> String {
        let path = |verb: &str| format!("/prescriptions/{}/{verb}", id(&self.treatments[place].written));
        let paused = self.clinic.sok.post(path("pause"), json!({"reason": "Operation"})).await;
        if paused.status == 200 {
            self.clinic.sok.post(path("resume"), json!({})).await.ok();
        }
        format!("pause {}", paused.status)
    }

    /// What is wrong with treatments that were right until now.
    fn look(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for place in 0..self.treatments.len() {
            let standing = self.standing(&self.treatments[place]);
            let mut times: Vec<_> = standing.iter().map(Dose::scheduled).collect();
            times.sort_unstable();
            let count = times.len();
            times.dedup();
            let treatment = &mut self.treatments[place];
            let wanted = treatment.doses_a_day * DAYS;
            // A quantity is enough for whole days: less than one of them may be left over.
            let least = if treatment.is_by_quantity { wanted - treatment.doses_a_day } else { wanted };
            if treatment.is_wrong || ((least..=wanted).contains(&count) && times.len() == count) {
                continue;
            }
            treatment.is_wrong = true;
            let plan = standing.iter().map(|dose| {
                let at = dose.scheduled().local(KHMER).format("%d %H:%M");
                format!("{at} {}", dose.status.name())
            });
            let plan = plan.collect::<Vec<_>>().join(", ");
            found.push(format!("{count} of {wanted}:\n  {}\n  now: {plan}", treatment.story.join("\n  ")));
        }
        found
    }
}

#[tokio::test]
async fn a_line_that_is_moved_about_keeps_its_number_of_doses() {
    let mut found = Vec::new();
    for seed in 1..=2 {
        let mut ward = Ward::open(seed).await;
        for _ in 0..STEPS {
            ward.go_on().await;
            found.extend(ward.look());
        }
        ward.clinic.server.finish().await;
    }
    found.sort_by_key(String::len);
    assert!(found.is_empty(), "{} wrong\n{}", found.len(), found.join("\n"));
}
