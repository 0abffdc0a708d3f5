//! Records that become known late, are taken back, and changes of their line, in every order: whoever mends what they recorded
//! has in the end as many doses as somebody who recorded it rightly at first, and none of them too soon or too late.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use das_tern::domain::doses::model::{Dose, DoseStatus};
use das_tern::platform::clock::{Span, Timestamp, instant_of};
use das_tern::platform::random::Random;
use serde_json::{Value, json};

use super::{Clinic, doses, id};
use crate::kit::Client;

const KHMER: Tz = Tz::Asia__Phnom_Penh;

/// So many treatments in each story, or as many as the environment asks for.
fn treatments() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(3)
}

fn at(text: &str) -> Timestamp {
    let text = format!("2026-11-{text}");
    instant_of(NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").unwrap(), KHMER)
}

/// What happens at a time. An intake is named by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Whatever is due is taken and recorded, but what was taken and is not known yet.
    Live,
    /// The dose that is nearest is taken. Who does right records it when it is not taken back later.
    Take(usize),
    /// The doctor changes the line.
    Edit(usize),
    /// The dose that is nearest is taken and recorded at once. Who does right does so when it is not taken back later.
    Mark(usize),
    /// What was taken becomes known.
    Late(usize),
    /// It was taken some minutes earlier than was said.
    Mend(usize),
    /// The doctor says that it was never taken.
    Deny(usize),
    /// What was recorded is taken back.
    Undo(usize),
}

use Step::{Deny, Edit, Late, Live, Mark, Mend, Take, Undo};

/// By how much a record was wrong.
const MENDED: Span = Span::minutes(6);

type Story = &'static [(&'static str, Step)];

const STORIES: &[Story] = &[
    // One record after one change or two.
    &[("22 07:06", Take(0)), ("22 07:20", Edit(0)), ("22 07:31", Late(0))],
    &[
        ("22 07:00", Live),
        ("22 14:20", Take(0)),
        ("22 14:40", Edit(0)),
        ("22 15:50", Edit(1)),
        ("22 17:10", Late(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 15:10", Take(0)),
        ("22 15:30", Edit(0)),
        ("22 17:40", Edit(1)),
        ("22 17:45", Late(0)),
    ],
    // It is taken back: at once, after the next dose, after another change.
    &[
        ("22 07:00", Live),
        ("22 15:10", Take(0)),
        ("22 15:30", Edit(0)),
        ("22 15:41", Late(0)),
        ("22 15:48", Undo(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 14:50", Take(0)),
        ("22 15:20", Edit(0)),
        ("22 20:47", Late(0)),
        ("22 20:51", Live),
        ("22 20:55", Undo(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 14:50", Take(0)),
        ("22 15:20", Edit(0)),
        ("22 22:55", Late(0)),
        ("22 23:01", Live),
        ("22 23:04", Undo(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 15:10", Take(0)),
        ("22 15:30", Edit(0)),
        ("22 15:41", Late(0)),
        ("22 15:44", Edit(1)),
        ("22 15:49", Undo(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 17:32", Take(0)),
        ("22 17:40", Edit(0)),
        ("22 20:01", Late(0)),
        ("22 20:04", Edit(1)),
        ("22 20:09", Undo(0)),
    ],
    // Two of them, taken back in either order.
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(0)),
        ("22 16:04", Late(1)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(1)),
        ("22 16:04", Late(0)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(0)),
        ("22 16:04", Late(1)),
        ("22 16:07", Undo(0)),
        ("22 16:09", Undo(1)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(0)),
        ("22 16:04", Late(1)),
        ("22 16:07", Undo(1)),
        ("22 16:09", Undo(0)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(0)),
        ("22 16:04", Late(1)),
        ("22 16:07", Undo(0)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 16:01", Late(1)),
        ("22 16:04", Late(0)),
        ("22 16:07", Undo(1)),
    ],
    &[
        ("22 07:06", Take(0)),
        ("22 14:40", Take(1)),
        ("22 15:20", Edit(0)),
        ("22 15:50", Edit(1)),
        ("22 16:01", Late(1)),
        ("22 16:04", Late(0)),
        ("22 16:07", Undo(1)),
    ],
    // It was recorded in time, and is mended after a change.
    &[("22 07:55", Mark(0)), ("22 07:57", Edit(0)), ("22 08:01", Undo(0))],
    &[
        ("22 07:00", Live),
        ("22 15:10", Mark(0)),
        ("22 15:13", Edit(0)),
        ("22 15:16", Mend(0)),
        ("22 15:19", Undo(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 15:10", Mark(0)),
        ("22 15:13", Edit(0)),
        ("22 15:16", Edit(1)),
        ("22 15:19", Undo(0)),
    ],
    &[("22 07:00", Live), ("22 15:10", Mark(0)), ("22 15:13", Edit(0)), ("22 15:16", Mend(0))],
    &[
        ("22 07:00", Live),
        ("22 15:10", Take(0)),
        ("22 15:13", Edit(0)),
        ("22 15:46", Late(0)),
        ("22 17:40", Deny(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 15:10", Mark(0)),
        ("22 15:13", Edit(0)),
        ("22 23:30", Live),
        ("23 07:40", Deny(0)),
    ],
    // Days lie between.
    &[
        ("22 07:00", Live),
        ("22 14:50", Take(0)),
        ("22 15:20", Edit(0)),
        ("22 23:10", Live),
        ("23 09:01", Live),
        ("23 09:20", Edit(1)),
        ("23 10:05", Late(0)),
    ],
    &[
        ("22 07:00", Live),
        ("22 14:50", Take(0)),
        ("22 15:20", Edit(0)),
        ("22 23:10", Live),
        ("23 09:01", Late(0)),
        ("23 09:05", Live),
        ("23 09:10", Undo(0)),
    ],
];

fn lines() -> Vec<Value> {
    let all = ["Q8H", "Q6H", "Q12H", "1-1-1-0", "BID", "Q8H", "Q12H", "OD"];
    all.iter().map(|frequency| json!({"dosage": "1 cp", "frequency": frequency})).collect()
}

fn edits() -> Vec<Value> {
    let mut edits: Vec<Value> = [4, 6, 8, 12, 24].iter().map(|hours| json!({"everyNHours": hours})).collect();
    edits.extend(["1-1-1-0", "BID", "1-0-0-1"].map(|frequency| json!({ "frequency": frequency })));
    edits.push(json!({"doseAmount": 2, "doseUnit": "TABLET"}));
    edits.push(json!({"everyNHours": 8}));
    edits
}

/// A dose that was taken, and when.
type Intake = Option<(String, Timestamp)>;

/// A treatment of who mends what they recorded, and of who does right.
struct Twins {
    line: Value,
    edits: Vec<Value>,
    of_dara: Value,
    of_thida: Value,
    intakes: Vec<Intake>,
}

struct World {
    clinic: Clinic,
    thida: Client,
    twins: Vec<Twins>,
}

fn one_of(random: &Random, all: &[Value]) -> Value {
    all[usize::try_from(random.below(u64::try_from(all.len()).unwrap()).unwrap()).unwrap()].clone()
}

impl World {
    async fn open(random: &Random) -> Self {
        let clinic = Clinic::open().await;
        let thida = clinic.server.patient("thida").await;
        clinic.server.connect(&clinic.sok, &thida).await;
        let mut twins = Vec::new();
        for _ in 0..treatments() {
            let mut line = one_of(random, &lines());
            line["medicineId"] = json!(clinic.paracetamol);
            match random.below(3).unwrap() {
                0 => line["durationDays"] = json!(4),
                1 => line["durationDays"] = json!(5),
                _ => line["quantity"] = json!(12),
            }
            let edits = vec![one_of(random, &edits()), one_of(random, &edits())];
            let of = async |patient: &Client| {
                let body = json!({"patientId": patient.id(), "medications": [line]});
                clinic.sok.post("/prescriptions", body).await.ok()
            };
            let (of_dara, of_thida) = (of(&clinic.dara).await, of(&thida).await);
            twins.push(Twins { line, edits, of_dara, of_thida, intakes: Vec::new() });
        }
        Self { clinic, thida, twins }
    }

    fn of(&self, patient: &Client, prescription: &Value) -> Vec<Dose> {
        let own = |dose: &Dose| dose.prescription.to_string() == id(prescription);
        doses(&self.clinic.server, patient.id()).into_iter().filter(own).collect()
    }

    async fn take(patient: &Client, dose: &str, taken_at: Timestamp) -> u16 {
        let body = json!({"takenAt": taken_at.to_utc().to_rfc3339(), "confirmEarly": true});
        patient.post(format!("/doses/{dose}/mark-taken"), body).await.status
    }

    async fn step(&mut self, now: Timestamp, step: Step, story: Story) {
        let (dara, thida) = (self.clinic.dara.clone(), self.thida.clone());
        for place in 0..self.twins.len() {
            let twins = &self.twins[place];
            let (of_dara, of_thida) = (self.of(&dara, &twins.of_dara), self.of(&thida, &twins.of_thida));
            let unknown = |dose: &Dose| {
                twins.intakes.iter().flatten().any(|(intake, _)| *intake == dose.id.to_string())
            };
            match step {
                Live => {
                    let is_due = |dose: &&Dose| dose.status == DoseStatus::Due && dose.scheduled() <= now;
                    for dose in of_dara.iter().filter(is_due).filter(|dose| !unknown(dose)) {
                        Self::take(&dara, &dose.id.to_string(), now).await;
                    }
                    for dose in of_thida.iter().filter(is_due).filter(|dose| !unknown(dose)) {
                        Self::take(&thida, &dose.id.to_string(), now).await;
                    }
                }
                Take(number) | Mark(number) => {
                    let nearest = |doses: &[Dose]| {
                        let near = doses.iter().filter(|dose| {
                            dose.status == DoseStatus::Due
                                && dose.scheduled() <= now.plus(Span::hours(11))
                                && !unknown(dose)
                        });
                        near.min_by_key(|dose| dose.scheduled()).map(|dose| dose.id.to_string())
                    };
                    let (own, other) = (nearest(&of_dara), nearest(&of_thida));
                    let has = |wanted: Step| story.iter().any(|(_, step)| *step == wanted);
                    let is_right = !has(Undo(number)) && !has(Deny(number));
                    let taken_at = if has(Mend(number)) { now.minus(MENDED) } else { now };
                    if let Some(other) = other.filter(|_| is_right) {
                        Self::take(&thida, &other, taken_at).await;
                    }
                    if let Some(own) = own.as_ref().filter(|_| matches!(step, Mark(_))) {
                        Self::take(&dara, own, now).await;
                    }
                    self.twins[place].intakes.push(own.map(|own| (own, now)));
                }
                Edit(number) => {
                    for prescription in [&twins.of_dara, &twins.of_thida] {
                        let path = format!("/medications/{}", super::identity::line(prescription));
                        let answer = self.clinic.sok.patch(path, twins.edits[number].clone()).await;
                        assert!(matches!(answer.status, 200 | 400 | 409), "{}", answer.text);
                    }
                }
                Late(number) => {
                    if let Some(Some((dose, taken_at))) = twins.intakes.get(number) {
                        Self::take(&dara, dose, *taken_at).await;
                    }
                }
                Mend(number) => {
                    if let Some(Some((dose, taken_at))) = twins.intakes.get(number) {
                        Self::take(&dara, dose, taken_at.minus(MENDED)).await;
                    }
                }
                Deny(number) => {
                    if let Some(Some((dose, _))) = twins.intakes.get(number) {
                        let body = json!({"status": "MISSED", "reason": "It was never taken."});
                        self.clinic.sok.post(format!("/doses/{dose}/correct"), body).await;
                    }
                }
                Undo(number) => {
                    if let Some(Some((dose, _))) = twins.intakes.get(number) {
                        dara.post(format!("/doses/{dose}/undo"), json!({})).await;
                    }
                }
            }
        }
    }

    /// What is wrong with what one has in the end, beside who did right.
    fn wrong(&self, twins: &Twins, now: Timestamp, story: Story) -> Vec<String> {
        let (own, other) =
            (self.of(&self.clinic.dara, &twins.of_dara), self.of(&self.thida, &twins.of_thida));
        let mut wrong = Vec::new();
        let stands = |dose: &&Dose| dose.status != DoseStatus::Cancelled;
        let count = |doses: &[Dose]| doses.iter().filter(stands).count();
        if count(&own) != count(&other) {
            wrong.push(format!("{} doses of {}", count(&own), count(&other)));
        }
        let (next, last) = (next(&own), last(&own));
        let others = self::next(&other);
        let edited = story.iter().rev().find_map(|(_, step)| match step {
            Edit(number) => Some(*number),
            _ => None,
        });
        let hours = edited.and_then(|number| twins.edits[number]["everyNHours"].as_i64());
        if let (Some(hours), Some(last), Some(next)) = (hours, last, next) {
            if next < last.plus(Span::hours(hours)) && others.is_none_or(|others| next < others) {
                wrong.push("too soon".to_owned());
            }
            if next > last.max(now).plus(Span::hours(hours).plus(Span::minutes(1)))
                && others.is_none_or(|others| next > others)
            {
                wrong.push("too late".to_owned());
            }
        }
        if wrong.is_empty() {
            wrong
        } else {
            wrong.push(format!("\n    {}\n    {}", shown(&own), shown(&other)));
            wrong
        }
    }
}

/// When the next dose is due.
fn next(doses: &[Dose]) -> Option<Timestamp> {
    doses.iter().filter(|dose| dose.status == DoseStatus::Due).map(Dose::scheduled).min()
}

/// When it was taken last.
fn last(doses: &[Dose]) -> Option<Timestamp> {
    doses.iter().filter_map(Dose::taken_at).max()
}

fn shown(doses: &[Dose]) -> String {
    let local = |at: Timestamp| at.local(KHMER).format("%d %H:%M").to_string();
    let one = |dose: &Dose| {
        let taken = dose.taken_at().map(|at| format!("({})", local(at))).unwrap_or_default();
        format!("{} v{} {}{taken}", local(dose.scheduled()), dose.version, dose.status.name())
    };
    doses.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn records_changes_and_what_is_taken_back_come_out_alike_in_every_order() {
    // Others are tried by `ORDERS_SEED`, and one story alone by `ORDERS_STORY`.
    let seed: u64 = std::env::var("ORDERS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let (mut compared, mut differ) = (0_usize, Vec::new());
    let only: Option<usize> = std::env::var("ORDERS_STORY").ok().and_then(|it| it.parse().ok());
    for (number, story) in STORIES.iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let random = Random::seeded(seed.wrapping_mul(1_000).wrapping_add(number as u64));
        let mut world = World::open(&random).await;
        let mut now = at("22 07:00");
        for (time, step) in *story {
            // A line is changed within a minute, or on the very minute.
            let seconds = if matches!(step, Edit(_)) && number % 3 > 0 { 20_000 } else { 0 };
            now = at(time).plus(Span::milliseconds(seconds));
            world.clinic.server.clock().set(now);
            world.clinic.server.run_jobs().await;
            world.step(now, *step, story).await;
        }
        for twins in &world.twins {
            compared += 1;
            let wrong = world.wrong(twins, now, story);
            if !wrong.is_empty() {
                let of_line = format!("{} then {} then {}", twins.line, twins.edits[0], twins.edits[1]);
                differ.push(format!("story {number} {story:?}\n  {of_line}\n  {}", wrong.join("; ")));
            }
        }
        // What else a reminder of a dose that is asked for no more had named is reminded of again, by the job.
        world.clinic.server.clock().set(now.plus(Span::minutes(1)));
        world.clinic.server.run_jobs().await;
        world.clinic.server.finish().await;
    }
    assert!(differ.is_empty(), "{} of {compared}:\n{}", differ.len(), differ.join("\n"));
}
