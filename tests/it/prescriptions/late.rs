//! What becomes known only after a line was changed: what was used and what is asked for are as many doses as the course has,
//! as of a patient who recorded it before the change.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use das_tern::domain::doses::model::{Dose, DoseStatus};
use das_tern::platform::clock::{Span, Timestamp, instant_of};
use serde_json::{Value, json};

use super::identity::{TODAY, line};
use super::{Clinic, doses, id};
use crate::kit::Client;

const KHMER: Tz = Tz::Asia__Phnom_Penh;

/// How the intake becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Before the change.
    InTime,
    /// Marked some minutes after the change.
    Marked,
    /// By a phone that had no connection.
    Synced,
    /// By the doctor.
    Corrected,
    /// By a phone that had none until the evening of the next day, when doses of the changed line are over.
    NextDay,
    /// It took place after the change, at the time that a phone without connection showed.
    AtOldTime,
}

const PATIENTS: [(&str, Known); 6] = [
    ("dara", Known::InTime),
    ("thida", Known::Marked),
    ("sokha", Known::Synced),
    ("bopha", Known::Corrected),
    ("chan", Known::NextDay),
    ("devi", Known::AtOldTime),
];

/// A kind of change: of a line with the dose at about `taken`, at `moment`.
struct Kind {
    line: Value,
    edit: Value,
    taken: &'static str,
    moment: &'static str,
    /// Whether the change leaves that dose out, so that it can still be taken at its old time.
    leaves_out: bool,
}

fn at(text: &str) -> Timestamp {
    instant_of(NaiveDateTime::parse_from_str(&format!("2026-11-{text}"), "%Y-%m-%d %H:%M").unwrap(), KHMER)
}

fn said(at: Timestamp) -> String {
    at.to_utc().to_rfc3339()
}

fn of(clinic: &Clinic, patient: &Client, prescription: &Value) -> Vec<Dose> {
    let own = |dose: &Dose| dose.prescription.to_string() == id(prescription);
    doses(&clinic.server, patient.id()).into_iter().filter(own).collect()
}

/// How many doses stand, are due or were, how many tablets that is, and which they are.
fn totals(doses: &[Dose]) -> (usize, f64, Vec<String>) {
    let asked: Vec<&Dose> = doses.iter().filter(|dose| dose.status != DoseStatus::Cancelled).collect();
    let shown = |dose: &&Dose| {
        let local = dose.scheduled().local(KHMER).format("%d %H:%M");
        format!("{local} {} {}", dose.status.name(), dose.amount.as_units())
    };
    // A tablet has 500 mg.
    let tablets = |units: f64| if units >= 500.0 { units / 500.0 } else { units };
    let units = asked.iter().map(|dose| tablets(dose.amount.as_units())).sum();
    (asked.len(), units, asked.iter().map(shown).collect())
}

/// What differs from what the patient has who recorded it in time.
async fn differences(kind: &Kind) -> Vec<String> {
    let clinic = Clinic::open().await;
    let sok = clinic.sok.clone();
    let (taken_at, moment) = (at(&format!("22 {}", kind.taken)), at(&format!("22 {}", kind.moment)));
    let mut lengths = vec![json!({})];
    if kind.line.get("steps").is_none() {
        lengths = vec![json!({"durationDays": 5}), json!({"endDate": "2026-11-26"}), json!({"quantity": 20})];
    }
    let mut treated = Vec::new();
    for (name, known) in PATIENTS {
        if known == Known::AtOldTime && !kind.leaves_out {
            continue;
        }
        let patient = if name == "dara" { clinic.dara.clone() } else { clinic.server.patient(name).await };
        if name != "dara" {
            clinic.server.connect(&sok, &patient).await;
        }
        for length in &lengths {
            let mut line = kind.line.clone();
            line.as_object_mut().unwrap().extend(length.as_object().unwrap().clone());
            line["medicineId"] = json!(clinic.paracetamol);
            let body = json!({"patientId": patient.id(), "medications": [line]});
            let written = sok.post("/prescriptions", body).await.ok();
            treated.push((patient.clone(), known, length.clone(), written));
        }
    }
    // What was due before is taken in time, by everybody.
    clinic.server.clock().set(taken_at);
    clinic.server.run_jobs().await;
    let mut targets = Vec::new();
    for (patient, known, _, written) in &treated {
        let distance = |dose: &Dose| dose.scheduled().since(taken_at).as_milliseconds().abs();
        let of_line = of(&clinic, patient, written);
        let target = of_line.iter().min_by_key(|dose| distance(dose)).unwrap().clone();
        for dose in of_line.iter().filter(|dose| dose.id != target.id && dose.scheduled() <= taken_at) {
            let body = json!({"takenAt": said(dose.scheduled())});
            patient.post(format!("/doses/{}/mark-taken", dose.id), body).await.ok();
        }
        if *known == Known::InTime {
            patient.post(format!("/doses/{}/mark-taken", target.id), json!({})).await.ok();
        }
        targets.push(target);
    }
    clinic.server.clock().set(moment);
    clinic.server.run_jobs().await;
    for (.., written) in &treated {
        let path = format!("/medications/{}", line(written));
        sok.patch(path, kind.edit.clone()).await.ok();
    }
    let sync = async |patient: &Client, dose: &Dose, at: Timestamp| {
        let action = json!({"clientId": dose.id, "doseId": dose.id, "action": "taken", "at": said(at)});
        let answer = patient.post("/doses/sync", json!({ "actions": [action] })).await.ok();
        assert_eq!(answer["applied"].as_array().unwrap().len(), 1, "{} {answer}", kind.edit);
        let again = patient.post("/doses/sync", json!({ "actions": [action] })).await.ok();
        assert_eq!(again["unchanged"].as_array().unwrap().len(), 1, "{} {again}", kind.edit);
    };
    let time = json!({"takenAt": said(taken_at)});
    let late = [(moment.plus(Span::minutes(3)), false), (at("23 18:05"), true)];
    for (now, is_next_day) in late {
        if is_next_day {
            // Whoever took it at its old time sends it while the day lasts.
            clinic.server.clock().set(at("22 19:30"));
            clinic.server.run_jobs().await;
            for ((patient, known, ..), target) in treated.iter().zip(&targets) {
                if *known == Known::AtOldTime {
                    sync(patient, target, target.scheduled().plus(Span::minutes(1))).await;
                }
            }
        }
        clinic.server.clock().set(now);
        clinic.server.run_jobs().await;
        for ((patient, known, ..), target) in treated.iter().zip(&targets) {
            match known {
                Known::Marked if !is_next_day => {
                    patient.post(format!("/doses/{}/mark-taken", target.id), time.clone()).await.ok();
                }
                Known::Synced if !is_next_day => sync(patient, target, taken_at).await,
                Known::Corrected if !is_next_day => {
                    let body = json!({"status": "TAKEN_ON_TIME", "takenAt": said(taken_at), "reason": "asked again"});
                    sok.post(format!("/doses/{}/correct", target.id), body).await.ok();
                }
                Known::NextDay if is_next_day => sync(patient, target, taken_at).await,
                _ => {}
            }
        }
    }
    let mut wanted = BTreeMap::new();
    let mut differ = Vec::new();
    for ((patient, known, length, written), target) in treated.iter().zip(&targets) {
        let of_line = of(&clinic, patient, written);
        let recorded = of_line.iter().find(|dose| dose.id == target.id).unwrap();
        assert!(recorded.status.is_taken(), "{} {known:?} {length}: {recorded:?}", kind.edit);
        let (count, units, shown) = totals(&of_line);
        if *known == Known::InTime {
            wanted.insert(length.to_string(), (count, units, shown));
            continue;
        }
        let (right, right_units, right_shown) = &wanted[&length.to_string()];
        // What was used after the change by the old plan is the old amount.
        if count != *right || (*known != Known::AtOldTime && (units - right_units).abs() > 0.01) {
            differ.push(format!(
                "{} then {} {length}, {known:?}: {count} of {right}, {units} of {right_units}\n  {shown:?}\n  {right_shown:?}",
                kind.line, kind.edit
            ));
        }
    }
    clinic.server.finish().await;
    differ
}

async fn all_alike(kinds: Vec<Kind>) {
    let mut differ = Vec::new();
    for kind in &kinds {
        differ.extend(differences(kind).await);
    }
    assert!(differ.is_empty(), "{}:\n{}", differ.len(), differ.join("\n"));
}

#[tokio::test]
async fn an_intake_from_before_a_move_leaves_a_course_its_number_of_doses() {
    let times = |times: [&str; 2]| json!({"times": times, "doseAmount": 1, "doseUnit": "TABLET"});
    all_alike(vec![
        Kind {
            line: json!({"dosage": "1 cp", "frequency": "1-0-1-0", "mealRelation": "AFTER"}),
            edit: json!({"mealRelation": "BEFORE"}),
            taken: "17:35",
            moment: "17:40",
            leaves_out: true,
        },
        Kind {
            line: json!({"dosage": "1 cp", "frequency": "0-0-1-0", "mealRelation": "AFTER"}),
            edit: json!({"mealRelation": "BEFORE"}),
            taken: "17:35",
            moment: "17:40",
            leaves_out: true,
        },
        Kind {
            line: json!({"dosage": "1 cp", "frequency": "1-0-1-0"}),
            edit: json!({"frequency": "1-1-0-0"}),
            taken: "16:50",
            moment: "17:00",
            leaves_out: true,
        },
        Kind {
            line: times(["07:00", "17:30"]),
            edit: times(["07:00", "14:00"]),
            taken: "16:50",
            moment: "17:00",
            leaves_out: true,
        },
        Kind {
            line: json!({"doseUnit": "TABLET", "mealRelation": "AFTER", "steps": [
                {"days": 2, "slots": {"morning": 2, "evening": 2}}, {"days": 3, "slots": {"morning": 1, "evening": 1}}]}),
            edit: json!({"mealRelation": "BEFORE"}),
            taken: "17:35",
            moment: "17:40",
            leaves_out: false,
        },
        Kind {
            line: json!({"doseUnit": "TABLET", "steps": [
                {"days": 2, "slots": {"evening": 2}}, {"days": 2, "slots": {"evening": 1}}]}),
            edit: json!({"steps": [{"days": 2, "slots": {"morning": 2}}, {"days": 2, "slots": {"morning": 1}}]}),
            taken: "17:32",
            moment: "17:40",
            leaves_out: false,
        },
    ])
    .await;
}

#[tokio::test]
async fn an_intake_from_before_another_frequency_leaves_a_course_its_number_of_doses() {
    let kind = |before: &str, after: &str, taken, moment| Kind {
        line: json!({"dosage": "1 cp", "frequency": before}),
        edit: json!({ "frequency": after }),
        taken,
        moment,
        leaves_out: false,
    };
    all_alike(vec![
        kind("TID", "BID", "11:32", "11:40"),
        kind("BID", "TID", "16:50", "17:00"),
        kind("TID", "OD", "11:10", "11:20"),
        kind("BID", "0-0-0-1", "16:50", "17:00"),
    ])
    .await;
}

#[tokio::test]
async fn an_intake_from_before_another_amount_leaves_a_course_its_number_of_doses() {
    let kind = |before: &str, after: &str, taken, moment| Kind {
        line: json!({"dosage": before, "frequency": "BID"}),
        edit: json!({ "dosage": after }),
        taken,
        moment,
        leaves_out: false,
    };
    all_alike(vec![
        kind("2 cp", "1 cp", "16:50", "17:00"),
        kind("1 cp", "2 cp", "16:50", "17:00"),
        kind("2 cp", "1 cp", "17:32", "17:40"),
        kind("1 cp", "2 cp", "17:32", "17:40"),
        kind("1000 mg", "1 cp", "17:32", "17:40"),
    ])
    .await;
}

/// One intake that becomes known, and is taken back, after changes of its line.
struct Turn {
    line: Value,
    edits: Vec<(&'static str, Value)>,
    taken: &'static str,
    known: &'static str,
}

/// What differs for who recorded it late, from who did in time, and for who took that back, from who never recorded it.
async fn turned(turn: &Turn) -> Vec<String> {
    let clinic = Clinic::open().await;
    let (taken_at, known_at) = (at(&format!("22 {}", turn.taken)), at(turn.known));
    let mut treated = Vec::new();
    for name in ["dara", "late", "undone", "never"] {
        let patient = if name == "dara" { clinic.dara.clone() } else { clinic.server.patient(name).await };
        if name != "dara" {
            clinic.server.connect(&clinic.sok, &patient).await;
        }
        let mut line = turn.line.clone();
        line["medicineId"] = json!(clinic.paracetamol);
        let body = json!({"patientId": patient.id(), "medications": [line]});
        treated.push((patient, clinic.sok.post("/prescriptions", body).await.ok()));
    }
    let go = async |now: Timestamp| {
        clinic.server.clock().set(now);
        clinic.server.run_jobs().await;
    };
    go(taken_at).await;
    let mut targets = Vec::new();
    for (place, (patient, written)) in treated.iter().enumerate() {
        let distance = |dose: &Dose| dose.scheduled().since(taken_at).as_milliseconds().abs();
        let of_line = of(&clinic, patient, written);
        let target = of_line.iter().min_by_key(|dose| distance(dose)).unwrap().id;
        for dose in of_line.iter().filter(|dose| dose.id != target && dose.scheduled() <= taken_at) {
            let body = json!({"takenAt": said(dose.scheduled())});
            patient.post(format!("/doses/{}/mark-taken", dose.id), body).await.ok();
        }
        if place == 0 {
            patient.post(format!("/doses/{target}/mark-taken"), json!({})).await.ok();
        }
        targets.push(target);
    }
    for (moment, edit) in &turn.edits {
        // Nobody changes a line on the very minute.
        go(at(&format!("22 {moment}")).plus(Span::milliseconds(20_000))).await;
        for (_, written) in &treated {
            clinic.sok.patch(format!("/medications/{}", line(written)), edit.clone()).await.ok();
        }
    }
    go(known_at).await;
    for place in [1, 2] {
        let body = json!({"takenAt": said(taken_at)});
        treated[place].0.post(format!("/doses/{}/mark-taken", targets[place]), body).await.ok();
    }
    go(known_at.plus(Span::minutes(8))).await;
    treated[2].0.post(format!("/doses/{}/undo", targets[2]), json!({})).await.ok();
    go(known_at.plus(Span::minutes(9))).await;
    let found: Vec<_> =
        treated.iter().map(|(patient, written)| totals(&of(&clinic, patient, written))).collect();
    let mut differ = Vec::new();
    if found[1].0 != found[0].0 || (found[1].1 - found[0].1).abs() > 0.01 {
        differ.push(format!("{} {:?} late:\n  {:?}\n  {:?}", turn.line, turn.edits, found[1], found[0]));
    }
    let path = format!("/adherence/summary?from=2026-11-22&to=2026-11-{}", &turn.known[..2]);
    let mut adherence = Vec::new();
    for (patient, _) in &treated[2..] {
        let mut summary = patient.get(&path).await.ok();
        summary.as_object_mut().unwrap().remove("patientId");
        adherence.push(summary);
    }
    if found[2] != found[3] || adherence[0] != adherence[1] {
        differ.push(format!(
            "{} {:?} undone:\n  {:?}\n  {:?}\n  {}\n  {}",
            turn.line, turn.edits, found[2], found[3], adherence[0], adherence[1]
        ));
    }
    clinic.server.finish().await;
    differ
}

async fn turned_alike(turns: Vec<Turn>) {
    let mut differ = Vec::new();
    for turn in &turns {
        differ.extend(turned(turn).await);
    }
    assert!(differ.is_empty(), "{}:\n{}", differ.len(), differ.join("\n"));
}

#[tokio::test]
async fn an_intake_known_late_leaves_a_taper_its_steps_and_is_taken_back_without_a_trace() {
    let steps = |slots: [Value; 2]| json!([{"days": 2, "slots": slots[0]}, {"days": 2, "slots": slots[1]}]);
    let evenings =
        || json!({"doseUnit": "TABLET", "steps": steps([json!({"evening": 2}), json!({"evening": 1})])});
    let mut turns = Vec::new();
    for known in ["22 18:05", "22 20:00", "23 05:30"] {
        let mornings = json!({"steps": steps([json!({"morning": 2}), json!({"morning": 1})])});
        let twice =
            json!({"steps": steps([json!({"morning": 2, "night": 2}), json!({"morning": 1, "night": 1})])});
        for edit in [mornings, twice] {
            turns.push(Turn { line: evenings(), edits: vec![("17:40", edit)], taken: "17:32", known });
        }
    }
    turned_alike(turns).await;
}

#[tokio::test]
async fn an_intake_known_late_leaves_an_interval_its_doses_and_is_taken_back_without_a_trace() {
    let line = |frequency: &str, length: Value| {
        let mut line = json!({"dosage": "1 cp", "frequency": frequency});
        line.as_object_mut().unwrap().extend(length.as_object().unwrap().clone());
        line
    };
    let hours = |hours: u32| json!({ "everyNHours": hours });
    let days = || json!({"durationDays": 4});
    turned_alike(vec![
        Turn {
            line: line("Q8H", days()),
            edits: vec![("15:30", json!({"frequency": "1-1-1-0"})), ("17:40", json!({"frequency": "Q8H"}))],
            taken: "15:10",
            known: "22 17:45",
        },
        Turn {
            line: line("Q8H", json!({"quantity": 12})),
            edits: vec![("15:30", hours(6))],
            taken: "15:10",
            known: "22 17:45",
        },
        Turn {
            line: line("1-1-1-0", days()),
            edits: vec![("17:40", json!({"frequency": "Q8H"}))],
            taken: "17:32",
            known: "22 20:00",
        },
        Turn {
            line: line("Q12H", days()),
            edits: vec![("20:00", hours(8))],
            taken: "19:10",
            known: "23 05:30",
        },
    ])
    .await;
}

#[tokio::test]
async fn a_mark_and_its_correction_are_taken_back_together() {
    let clinic = Clinic::open().await;
    let written = clinic.line(json!({"dosage": "1 cp", "frequency": "Q8H", "durationDays": 3})).await;
    let dose = clinic.dose("07:00").await;
    clinic.at("07:20").await;
    clinic.take("07:00").await;
    clinic.at("07:25").await;
    clinic.edit(&written, json!({"everyNHours": 6})).await;
    let corrected = json!({"takenAt": "2026-11-22T07:02:00+07:00"});
    clinic.dara.post(format!("/doses/{dose}/mark-taken"), corrected).await.ok();
    assert_eq!(clinic.day(TODAY).await[1..], ["13:02 DUE 1 tablet", "19:02 DUE 1 tablet"]);
    clinic.dara.post(format!("/doses/{dose}/undo"), json!({})).await.ok();
    let as_if_nothing_was = ["07:00 DUE 1 tablet", "13:00 DUE 1 tablet", "19:00 DUE 1 tablet"];
    assert_eq!(clinic.day(TODAY).await, as_if_nothing_was);
    clinic.server.finish().await;
}
