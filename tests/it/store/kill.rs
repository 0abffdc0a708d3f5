//! `kill -9` in a storm of intakes: the real program, a real file, real time. More often with `DAS_TERN_KILLS=<number>`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use das_tern::platform::clock::{Clock, Span, SystemClock, Timestamp};
use das_tern::platform::ids::UserId;
use serde_json::{Value, json};

use super::kit::number_from;
use crate::doses::kit::{KHMER, clinic, daily, prescribe};
use crate::kit::http;

/// Callers at once.
const CALLERS: usize = 16;
/// Acknowledged intakes after which the program is killed.
const ENOUGH: usize = 60;
/// How often it is killed where nobody asks for more.
const KILLS: u64 = 3;

/// The program, serving a data directory.
struct Program {
    /// Shared, so that whoever hears the last answer that is waited for kills it at once.
    child: Arc<Mutex<Child>>,
    /// Kept open so that the program can go on writing.
    _said: BufReader<ChildStdout>,
    url: String,
}

impl Program {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_das-tern"))
            .args(["serve", "--listen", "127.0.0.1:0", "--no-rate-limit", "--data"])
            .arg(data)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the program ended before it was ready");
            if let Some(at) = line.find("http://") {
                break line[at..].trim().to_owned();
            }
        };
        Self { child: Arc::new(Mutex::new(child)), _said: said, url }
    }

    /// SIGKILL.
    fn kill(&mut self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_if_running();
    }
}

impl Program {
    fn kill_if_running(&mut self) {
        let runs = self.child.lock().unwrap().try_wait().unwrap().is_none();
        if runs {
            self.kill();
        }
    }
}

#[derive(Clone)]
struct Patient {
    id: UserId,
    token: String,
}

/// A dose as the program shows it.
#[derive(Clone)]
struct Planned {
    id: String,
    status: String,
    scheduled: String,
}

/// The doses of the last month that are to be recorded or were.
async fn schedule(url: &str, patient: &Patient) -> Vec<Planned> {
    let begun = treated_since().day_in(KHMER);
    let answer = http()
        .get(format!("{url}/api/doses/schedule?date={begun}&days=31"))
        .bearer_auth(&patient.token)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let text = |dose: &Value, name: &str| dose[name].as_str().unwrap().to_owned();
    let doses = answer["doses"].as_array().unwrap().iter();
    doses
        .map(|dose| Planned {
            id: text(dose, "id"),
            status: text(dose, "status"),
            scheduled: text(dose, "scheduledTime"),
        })
        .filter(|dose| dose.scheduled < SystemClock.now().to_utc().to_rfc3339())
        .collect()
}

/// The patients' treatment began so long ago: their doses lie in the past, where they can be recorded.
fn treated_since() -> Timestamp {
    SystemClock.now().minus(Span::days(29))
}

type Intakes = Arc<Mutex<Vec<(Patient, Planned)>>>;

/// Marks doses taken, many at once, and kills the program in the midst of it; returns what was acknowledged.
async fn storm(program: &mut Program, waiting: &Intakes) -> Vec<String> {
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (waiting, acknowledged) = (Arc::clone(waiting), Arc::clone(&acknowledged));
            let (child, url, http) = (Arc::clone(&program.child), program.url.clone(), http());
            tokio::spawn(async move {
                loop {
                    let Some((patient, dose)) = waiting.lock().unwrap().pop() else { break };
                    let path = format!("{url}/api/doses/{}/mark-taken", dose.id);
                    let body = json!({ "takenAt": dose.scheduled });
                    // No answer: the program is dead, and the intake may or may not have been recorded.
                    let answer = match http.post(path).bearer_auth(&patient.token).json(&body).send().await {
                        Ok(answer) => answer,
                        Err(error) => {
                            let is_dead = acknowledged.lock().unwrap().len() >= ENOUGH;
                            assert!(is_dead, "a program that runs gives no answer: {error:?}");
                            break;
                        }
                    };
                    assert_eq!(answer.status().as_u16(), 200, "{:?}", answer.text().await);
                    if answer.json::<Value>().await.is_err() {
                        break;
                    }
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.push(dose.id);
                    if acknowledged.len() == ENOUGH {
                        child.lock().unwrap().kill().unwrap();
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        let ended = tokio::time::timeout(Duration::from_secs(120), caller).await;
        ended.expect("the storm came to a halt").unwrap();
    }
    program.kill();
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= ENOUGH);
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_intake_survives_kill_9() {
    let server = clinic().await;
    server.clock().set(treated_since());
    let kills = usize::try_from(number_from("DAS_TERN_KILLS").unwrap_or(KILLS)).unwrap();
    let mut patients = Vec::new();
    // Each has doses for two storms and more.
    for number in 0..kills.max(3) {
        let patient = server.patient(&format!("dara{number}")).await;
        for _ in 0..2 {
            prescribe(&server, &patient, daily("mnex")).await;
        }
        patients.push(Patient { id: patient.id(), token: patient.token().to_owned() });
    }
    let folder = server.into_folder().await;
    // The same key, so that the people stay signed in.
    let key = folder.path().join("root.key");
    std::fs::write(&key, [7; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();

    let mut program = Program::start(folder.path());
    let mut due = Vec::new();
    for patient in &patients {
        for dose in schedule(&program.url, patient).await {
            if matches!(dose.status.as_str(), "DUE" | "MISSED") {
                due.push((patient.clone(), dose));
            }
        }
    }
    assert!(due.len() > 2 * kills * ENOUGH, "only {} doses to take", due.len());
    // Mixed, so that writes of one patient and of several meet.
    due.sort_by_key(|(patient, dose)| (dose.id[dose.id.len() - 6..].to_owned(), patient.id));
    let waiting: Intakes = Arc::new(Mutex::new(due));

    let mut acknowledged = BTreeSet::new();
    for _ in 0..kills {
        acknowledged.extend(storm(&mut program, &waiting).await);
        let doctor = Command::new(env!("CARGO_BIN_EXE_das-tern"))
            .args(["doctor", "--data"])
            .arg(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(doctor.status.success(), "{said} {}", String::from_utf8_lossy(&doctor.stderr));
        assert!(said.contains("no faults"), "{said}");
        program = Program::start(folder.path());
    }
    let mut taken = BTreeSet::new();
    for patient in &patients {
        let doses = schedule(&program.url, patient).await;
        taken.extend(doses.into_iter().filter(|dose| dose.status == "TAKEN_ON_TIME").map(|dose| dose.id));
    }
    let lost: Vec<_> = acknowledged.difference(&taken).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged intakes are lost", lost.len(), acknowledged.len());
    program.kill();
    // The mark lies beside the data.
    std::fs::remove_file(format!("{}.clinic", folder.path().display())).unwrap();
}
