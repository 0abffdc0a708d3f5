//! Fills a clinic for the bench and prepares the requests of every flow.

use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use tokio::task::JoinSet;

use super::client::request;
use super::requests::{Prepared, Repeat, Requests};
use crate::app::{Parts, Work, jobs};
use crate::cli::clinic::{Clinic, NewDoctor, NewPatient, Person};
use crate::domain::auth::model::Caller;
use crate::domain::connections::model::PermissionLevel;
use crate::domain::medicines::model::{Form, Route};
use crate::domain::medicines::rules::medicine_id;
use crate::domain::prescriptions::draft::{ContentInput, LineInput};
use crate::domain::users::model::{Gender, Specialty};
use crate::flows;
use crate::flows::medicines::{ImportMode, List};
use crate::flows::prescriptions::{NewPrescription, Start, Urgency};
use crate::platform::clock::belief::Clocks;
use crate::platform::clock::{Clock, ManualClock, Span, SystemClock, Timestamp};
use crate::platform::context::Context;
use crate::platform::crypto::PasswordCost;
use crate::platform::error::{Error, Result};
use crate::platform::jobs::{SystemWaiter, Worker};
use crate::platform::secret::Secret;
use crate::platform::settings::Settings;
use crate::views::schedule::{Grouping, ScheduleQuery};

/// Patients for each doctor.
const PATIENTS_PER_DOCTOR: u32 = 20;
/// Prescriptions of each patient, 90 doses each.
const PRESCRIPTIONS: [(&str, Form, &str); 3] = [
    ("metformin", Form::Tablet, "500 mg"),
    ("losartan", Form::Tablet, "50 mg"),
    ("paracetamol", Form::Tablet, "500 mg"),
];
/// Patients and doctors who are signed in and drive the load.
const DRIVERS: usize = 200;
/// How long those who drive the load are in treatment: the doses of these days are theirs to record, those of the rest
/// of their thirty days lie ahead.
const TREATED_FOR: Span = Span::days(28);
/// How many patients the doctors have whose boards are opened, as far as there are so many.
const BOARDS: [usize; 3] = [20, 100, 500];
/// Patients registered at the same time.
const AT_ONCE: usize = 128;
/// Everybody's password.
pub const PASSWORD: &str = "bench-clinic-2026";

/// Who drives the load.
pub struct Filled {
    /// Patients with their tokens and the doses that they have still to record.
    pub patients: Vec<Driver>,
    /// Patients, each with the token of their doctor.
    pub treated: Vec<(Person, String)>,
    /// Doctors with so many patients: how many, and the doctor's token.
    pub boards: Vec<(usize, String)>,
}

/// Somebody signed in.
pub struct Driver {
    /// Who.
    pub person: Person,
    /// Access token.
    pub token: String,
    /// Their doses of the last weeks that nobody has recorded: their ids and when they were to be taken.
    pub doses: Vec<(String, Timestamp)>,
}

/// Fills the data directory of `settings` with `patients` patients, three prescriptions of 90 doses each, and a
/// catalogue of `catalogue` synthetic medicines besides the shipped one.
///
/// # Errors
/// When a use case refuses, which would be a fault of the bench.
pub async fn fill(
    mut settings: Settings,
    root_key: Secret<[u8; 32]>,
    patients: u32,
    catalogue: u32,
) -> Result<Filled> {
    // Nobody's real password: hashing thousands of them with the usual care would only take time.
    settings.auth.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    settings.auth.hash_threads = 2;
    let mut parts = Parts::of_system(settings, root_key)?;
    let now = SystemClock.now();
    let clock = ManualClock::at(now.minus(TREATED_FOR));
    parts.clocks = Clocks::manual(&clock);
    parts.work = Work::OnDemand;
    let (context, signal) = parts.assemble()?;
    let mut worker = Worker::new(Arc::clone(&context), jobs(), signal, Arc::new(SystemWaiter));
    worker.install().await?;
    flows::medicines::import_shipped(&context).await?;
    let clinic = Arc::new(Clinic::open(Arc::clone(&context), "admin@bench.example", PASSWORD).await?);
    let list = List { name: "bench.csv".to_owned(), bytes: synthetic_catalogue(catalogue).into_bytes() };
    flows::medicines::import(&context, &clinic.admin.caller(), list, ImportMode::Apply).await?;
    let doctors = register_doctors(&clinic, patients.div_ceil(PATIENTS_PER_DOCTOR)).await?;
    let drivers = patients.min(u32::try_from(DRIVERS).unwrap_or(u32::MAX));
    let mut people = register_patients(&clinic, &doctors, 0..drivers).await?;
    clock.set(now);
    people.extend(register_patients(&clinic, &doctors, drivers..patients).await?);
    let boards = connect_boards(&clinic, &people).await?;
    let filled = sign_in(&context, &doctors, people, boards).await?;
    // What the filling left to do is done before anything is measured.
    worker.run_until_idle().await?;
    worker.stop().await;
    drop(clinic);
    let store = context.store.clone();
    tokio::task::spawn_blocking(move || store.close())
        .await
        .map_err(|error| Error::internal(format!("the store did not close: {error}")))?;
    Ok(filled)
}

async fn register_doctors(clinic: &Clinic, count: u32) -> Result<Vec<Person>> {
    let mut doctors = Vec::new();
    for number in 0..count {
        let (email, license) = (format!("doctor{number}@bench.example"), format!("BENCH-{number}"));
        let new = NewDoctor {
            name: "Dr. Bench",
            email: &email,
            hospital: "Bench Clinic",
            specialty: Specialty::GeneralPractice,
            license: &license,
        };
        doctors.push(clinic.doctor(new).await?);
    }
    Ok(doctors)
}

async fn register_patients(
    clinic: &Arc<Clinic>,
    doctors: &[Person],
    numbers: Range<u32>,
) -> Result<Vec<(Person, Person)>> {
    let mut people = Vec::new();
    let mut running = JoinSet::new();
    for number in numbers {
        if running.len() >= AT_ONCE
            && let Some(done) = running.join_next().await
        {
            people.push(done.map_err(|error| Error::internal(format!("bench patient: {error}")))??);
        }
        let place = usize::try_from(number / PATIENTS_PER_DOCTOR).unwrap_or(0);
        let Some(doctor) = doctors.get(place).cloned() else { continue };
        running.spawn(new_patient(Arc::clone(clinic), doctor, number));
    }
    while let Some(done) = running.join_next().await {
        people.push(done.map_err(|error| Error::internal(format!("bench patient: {error}")))??);
    }
    Ok(people)
}

/// A patient with their doctor and three prescriptions.
async fn new_patient(clinic: Arc<Clinic>, doctor: Person, number: u32) -> Result<(Person, Person)> {
    let email = format!("patient{number}@bench.example");
    let new = NewPatient {
        first: "Bench",
        last: "Patient",
        email: &email,
        gender: Gender::Other,
        born: NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or_default(),
    };
    let patient = clinic.patient(new).await?;
    clinic.connect(&doctor, &patient, PermissionLevel::Allowed, &[]).await?;
    for (generic, form, strength) in PRESCRIPTIONS {
        let line = LineInput {
            medicine_id: Some(medicine_id(generic, form, strength, Route::Oral)),
            dosage: Some("1 tablet".to_owned()),
            frequency: Some("1-1-1".to_owned()),
            duration_days: Some(30),
            ..LineInput::default()
        };
        let content = ContentInput { lines: Some(vec![line]), ..ContentInput::default() };
        let new =
            NewPrescription { patient: patient.id, content, start: Start::AtOnce, urgent: Urgency::Ordinary };
        flows::prescriptions::create(&clinic.context, &doctor.caller(), new).await?;
    }
    Ok((patient, doctor))
}

/// Doctors with many patients, each with the token by which the board is opened.
async fn connect_boards(clinic: &Clinic, people: &[(Person, Person)]) -> Result<Vec<(usize, String)>> {
    let mut boards = Vec::new();
    for count in BOARDS {
        let Some(patients) = people.get(..count) else { continue };
        let (email, license) = (format!("board{count}@bench.example"), format!("BENCH-BOARD-{count}"));
        let new = NewDoctor {
            name: "Dr. Board",
            email: &email,
            hospital: "Bench Clinic",
            specialty: Specialty::GeneralPractice,
            license: &license,
        };
        let doctor = clinic.doctor(new).await?;
        for (patient, _) in patients {
            clinic.connect(&doctor, patient, PermissionLevel::Allowed, &[]).await?;
        }
        boards.push((count, token(&clinic.context, &doctor).await?));
    }
    Ok(boards)
}

async fn sign_in(
    context: &Context,
    doctors: &[Person],
    people: Vec<(Person, Person)>,
    boards: Vec<(usize, String)>,
) -> Result<Filled> {
    let mut filled = Filled { patients: Vec::new(), treated: Vec::new(), boards };
    for (patient, _) in people.iter().take(DRIVERS) {
        let token = token(context, patient).await?;
        let since = context.now().minus(TREATED_FOR).day_in(context.zone());
        let query = ScheduleQuery { patient: None, date: Some(since), days: 31, grouping: Grouping::None };
        let schedule = crate::views::schedule::schedule(context, &patient.caller(), query).await?;
        let past = schedule.doses.iter().filter(|dose| dose.scheduled_time <= context.now());
        let doses = past.map(|dose| (dose.id.to_string(), dose.scheduled_time)).collect();
        filled.patients.push(Driver { person: patient.clone(), token, doses });
    }
    for doctor in doctors.iter().take(DRIVERS) {
        let token = token(context, doctor).await?;
        let own = people.iter().filter(|(_, by)| by.id == doctor.id);
        filled.treated.extend(own.map(|(patient, _)| (patient.clone(), token.clone())));
    }
    Ok(filled)
}

async fn token(context: &Context, person: &Person) -> Result<String> {
    let signed_in = flows::sessions::open_for(context, &Caller::system("bench"), person.id).await?;
    Ok(signed_in.access_token.into_inner())
}

/// Made-up medicine names out of syllables; every row is another name.
fn synthetic_catalogue(rows: u32) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we",
        "xi", "yo", "zu",
    ];
    let mut csv = String::from("generic_name,khmer_name,form,strength,route,unit,provenance\n");
    for row in 0..rows {
        let mut name = String::new();
        let mut rest = usize::try_from(row).unwrap_or(0);
        for _ in 0..4 {
            name.push_str(SYLLABLES.get(rest % SYLLABLES.len()).copied().unwrap_or_default());
            rest /= SYLLABLES.len();
        }
        csv.push_str(&format!("{name}mab,ថ្នាំ {row},TABLET,10 mg,ORAL,TABLET,made up for the bench\n"));
    }
    csv
}

/// The flows of the table, in its order.
///
/// `full_day` is a day on which no dose lies in the past: what is left of today depends on the hour; `catalogue` is
/// the number of synthetic medicines.
pub fn flows(filled: &Filled, full_day: NaiveDate, catalogue: u32) -> Vec<Requests> {
    let reads = |name: &str, path: &str, holds: &dyn Fn(&Driver) -> Vec<String>| {
        let prepared = filled.patients.iter().map(|driver| Prepared {
            bytes: request("GET", path, Some(&driver.token), None),
            holds: holds(driver),
        });
        Requests::new(name, Repeat::Cycle, prepared.collect())
    };
    let boards = filled.boards.iter().map(|(count, token)| {
        let prepared = Prepared {
            bytes: request("GET", "/api/doctor/dashboard", Some(token), None),
            holds: vec![format!("\"patients\":{count},"), "\"attention\":[".to_owned()],
        };
        Requests::new(&format!("dashboard, {count} patients"), Repeat::Cycle, vec![prepared])
    });
    let reads_and_writes = vec![
        reads("profile", "/api/users/me", &|driver| vec![driver.person.id.to_string()]),
        reads("prescriptions list", "/api/prescriptions", &|driver| {
            vec![driver.person.id.to_string(), "metformin".to_owned(), "\"ACTIVE\"".to_owned()]
        }),
        reads("a day's doses", &format!("/api/doses/schedule?date={full_day}"), &|driver| {
            vec![driver.person.id.to_string(), "\"doses\":[{".to_owned(), "metformin".to_owned()]
        }),
        reads("weekly adherence", "/api/adherence/weekly", &|driver| vec![driver.person.id.to_string()]),
        medicine_search(filled, catalogue),
        mark_taken(filled),
        create_prescription(filled),
    ];
    // Last the sign-ins: the storm is made of them.
    reads_and_writes.into_iter().chain(boards).chain([login(filled)]).collect()
}

fn medicine_search(filled: &Filled, catalogue: u32) -> Requests {
    // Whole words, beginnings, one and two typos, brand, Khmer; over shipped and synthetic names alike.
    const QUERIES: [(&str, &str); 10] = [
        ("paracetamol", "paracetamol"),
        ("metf", "metformin"),
        ("amoxicilin", "amoxicillin"),
        ("paracetmol", "paracetamol"),
        ("bacedi", "bacedi"),
        ("zuyoximumab", "zuyoximu"),
        ("omeprazol", "omeprazole"),
        ("losar", "losartan"),
        ("fogu", "fogu"),
        ("%E1%9E%94%E1%9F%89%E1%9E%B6%E1%9E%9A%E1%9F%89%E1%9E%B6", "paracetamol"),
    ];
    let prepared =
        filled.patients.iter().zip(QUERIES.iter().cycle()).map(|(driver, (typed, found))| Prepared {
            bytes: request(
                "GET",
                &format!("/api/medicines/search?q={typed}&limit=10"),
                Some(&driver.token),
                None,
            ),
            holds: vec![(*found).to_owned()],
        });
    let name = format!("medicine search, {} entries", grouped(catalogue));
    Requests::new(&name, Repeat::Cycle, prepared.collect())
}

/// A number with its thousands apart: `100,000`.
fn grouped(number: u32) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

fn mark_taken(filled: &Filled) -> Requests {
    let most = filled.patients.iter().map(|driver| driver.doses.len()).max().unwrap_or(0);
    let mut prepared = Vec::new();
    // Neighbouring requests belong to different patients, as in life.
    for place in 0..most {
        for driver in &filled.patients {
            let Some((dose, scheduled)) = driver.doses.get(place) else { continue };
            let body = format!(r#"{{"takenAt":"{}"}}"#, scheduled.to_utc().to_rfc3339());
            let path = format!("/api/doses/{dose}/mark-taken");
            prepared.push(Prepared {
                bytes: request("POST", &path, Some(&driver.token), Some(&body)),
                holds: vec!["\"adherenceRate\"".to_owned(), dose.clone(), "\"TAKEN".to_owned()],
            });
        }
    }
    Requests::new("mark taken", Repeat::Once, prepared)
}

/// A vitamin: each patient gets it many times over, and nothing keeps that from being signed.
fn create_prescription(filled: &Filled) -> Requests {
    let medicine = medicine_id("folic acid", Form::Tablet, "5 mg", Route::Oral);
    let prepared = filled.treated.iter().map(|(patient, token)| {
        let body = format!(
            r#"{{"patientId":"{}","medicineId":"{medicine}","dosage":"1 tablet","frequency":"1-1-1","durationDays":30}}"#,
            patient.id
        );
        Prepared {
            bytes: request("POST", "/api/prescriptions", Some(token), Some(&body)),
            holds: vec!["\"ACTIVE\"".to_owned(), "\"createdAt\"".to_owned()],
        }
    });
    Requests::new("create prescription, 90 doses", Repeat::Cycle, prepared.collect())
}

fn login(filled: &Filled) -> Requests {
    let prepared = filled.patients.iter().map(|driver| {
        let body = format!(r#"{{"identifier":"{}","password":"{PASSWORD}"}}"#, driver.person.email);
        Prepared {
            bytes: request("POST", "/api/auth/login", None, Some(&body)),
            holds: vec!["\"accessToken\"".to_owned(), driver.person.id.to_string()],
        }
    });
    Requests::new("sign in", Repeat::Cycle, prepared.collect())
}
