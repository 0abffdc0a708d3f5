//! What a reminder says: how much of which medicine in which form, and how it is taken.

use das_tern::domain::medicines::model::{Content, DoseUnit, Form, Route};
use das_tern::domain::medicines::{rules, tables as medicines};
use das_tern::domain::notifications::model::NotificationType;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::platform::clock::Span;
use das_tern::platform::ids::MedicineId;
use serde_json::{Value, json};

use super::kit::clinic;
use crate::kit::{Client, TestServer};
use crate::prescriptions::medicine;

/// An entry of the catalogue that is not a tablet to be swallowed.
async fn entry(server: &TestServer, names: (&str, &str), strength: &str, form: Form, route: Route) -> String {
    let id: MedicineId = medicine(server, names.0).await.parse().unwrap();
    let (khmer, strength) = (names.1.to_owned(), strength.to_owned());
    let unit = match form {
        Form::Injection => DoseUnit::Milliliter,
        Form::Suppository => DoseUnit::Suppository,
        Form::EyeDrops => DoseUnit::Drop,
        _ => DoseUnit::Tablet,
    };
    let change = move |tx: &mut das_tern::platform::store::WriteTx<'_>| {
        let mut entry = medicines::require(tx, id)?;
        entry.content =
            Content { khmer: khmer.clone(), strength: strength.clone(), form, route, unit, ..entry.content };
        entry.id = rules::id_of(&entry.content);
        medicines::save(tx, entry)
    };
    server.context().store.write(change).await.unwrap().id.to_string()
}

fn line(medicine: &str, amount: f64, unit: &str) -> Value {
    json!({
        "medicineId": medicine, "doseAmount": amount, "doseUnit": unit,
        "slots": {"noon": amount}, "durationDays": 10,
    })
}

/// The reminder of noon: title, body and short text in both languages.
async fn reminded(server: &TestServer, patient: &Client) -> [[String; 3]; 2] {
    use das_tern::domain::notifications::texts::texts;
    use das_tern::platform::i18n::Language;
    server.clock().advance(Span::minutes(4 * 60 + 30));
    server.run_jobs().await;
    let rows = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &patient.id())).unwrap();
    let mut found = rows.into_iter().map(|(_, row)| row);
    let message = found.rfind(|row| row.kind == NotificationType::DoseReminder).unwrap();
    [Language::English, Language::Khmer].map(|language| {
        let words = texts(&message, language);
        [words.title, words.body, words.short]
    })
}

async fn prescribed(lines: impl AsyncFnOnce(&TestServer) -> Vec<Value>) -> [[String; 3]; 2] {
    let server = clinic().await;
    let (dara, sok) = (server.patient("dara").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    let lines = lines(&server).await;
    let body = json!({ "patientId": dara.id(), "medications": lines });
    sok.post("/prescriptions", body).await.ok();
    let words = reminded(&server, &dara).await;
    server.finish().await;
    words
}

#[tokio::test]
async fn amount_unit_and_form_stand_beside_each_medicine() {
    let [english, khmer] = prescribed(async |server| {
        let insulin = ("insulin human, isophane", "អាំងស៊ុយលីន អ៊ីសូហ្វាន");
        let insulin = entry(server, insulin, "100 IU/mL", Form::Injection, Route::Subcutaneous).await;
        let bisacodyl =
            entry(server, ("bisacodyl", "ប៊ីសាកូឌីល"), "10 mg", Form::Suppository, Route::Rectal).await;
        vec![line(&insulin, 10.0, "IU"), line(&bisacodyl, 1.0, "SUPPOSITORY")]
    })
    .await;
    assert_eq!(english[0], "Time to take your medicine");
    let expected = "It is time to take your medicine. Planned for 11:30:\n\
                    insulin human, isophane 100 IU/mL injection (SC): 10 IU\n\
                    bisacodyl 10 mg suppository: 1 suppository";
    assert_eq!(english[1], expected);
    let (insulin, bisacodyl) = (khmer[1].lines().nth(1).unwrap(), khmer[1].lines().nth(2).unwrap());
    assert!(insulin.starts_with("អាំងស៊ុយលីន អ៊ីសូហ្វាន 100 IU/mL ថ្នាំចាក់") && insulin.contains("10"), "{insulin}");
    assert!(bisacodyl.starts_with("ប៊ីសាកូឌីល 10 mg គ្រាប់សុល") && bisacodyl.contains("1"), "{bisacodyl}");
    // Nobody swallows an injection.
    for text in &khmer {
        assert!(text.contains("ប្រើថ្នាំ") && !text.contains("លេប"), "{text}");
    }
    // The locked screen names nothing.
    assert_eq!(english[2], "It is time to take your medicine (11:30).");
    assert!(!khmer[2].contains("អាំងស៊ុយលីន"));
}

#[tokio::test]
async fn only_what_is_all_taken_by_mouth_is_swallowed() {
    let [english, khmer] =
        prescribed(async |server| vec![line(&medicine(server, "metformin").await, 1.0, "TABLET")]).await;
    assert!(english[1].ends_with("\nmetformin 500 mg tablet: 1 tablet"), "{english:?}");
    for text in &khmer {
        assert!(text.contains("លេបថ្នាំ"), "{text}");
    }
    let [_, khmer] = prescribed(async |server| {
        let drops = entry(server, ("timolol", "ទីម៉ូឡុល"), "0.5%", Form::EyeDrops, Route::Ophthalmic).await;
        vec![line(&medicine(server, "metformin").await, 1.0, "TABLET"), line(&drops, 1.0, "DROP")]
    })
    .await;
    assert!(khmer[0].contains("ប្រើថ្នាំ") && !khmer[1].contains("លេប"), "{khmer:?}");
    let [_, khmer] = prescribed(async |server| {
        let under_the_tongue =
            entry(server, ("glyceryl trinitrate", "នីត្រូគ្លីសេរីន"), "0.5 mg", Form::Tablet, Route::Sublingual);
        vec![line(&under_the_tongue.await, 1.0, "TABLET")]
    })
    .await;
    assert!(khmer[1].contains("ប្រើថ្នាំ") && !khmer[1].contains("លេប"), "{khmer:?}");
}

#[tokio::test]
async fn of_many_medicines_five_are_named_and_the_rest_counted() {
    let [english, khmer] = prescribed(async |server| {
        let mut lines = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            lines.push(line(&medicine(server, &format!("medicine {name}")).await, 1.0, "TABLET"));
        }
        lines
    })
    .await;
    let lines: Vec<&str> = english[1].lines().collect();
    assert_eq!((lines.len(), lines[5], lines[6]), (7, "medicine e 500 mg tablet: 1 tablet", "and 2 more"));
    assert!(khmer[1].ends_with("និង 2 មុខទៀត"), "{khmer:?}");
}

#[tokio::test]
async fn who_is_reminded_again_reads_not_to_take_a_double_dose() {
    use das_tern::domain::notifications::texts::texts;
    use das_tern::platform::i18n::Language;
    let server = clinic().await;
    let dara = server.patient("dara").await;
    super::kit::prescribe(&server, &dara, super::kit::daily("m")).await;
    server.run_jobs().await;
    server.clock().advance(Span::minutes(10));
    server.run_jobs().await;
    let rows = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &dara.id())).unwrap();
    let mut found = rows.into_iter().map(|(_, row)| row);
    let message = found.find(|row| row.variant == "repeat").unwrap();
    let english = texts(&message, Language::English);
    assert_eq!(english.title, "Your medicine has not been recorded yet");
    assert!(english.body.contains("do not take a double dose: ask your pharmacist or doctor"), "{english:?}");
    let khmer = texts(&message, Language::Khmer).body;
    assert!(khmer.contains("កុំប្រើថ្នាំទ្វេដង") && khmer.contains("ឱសថការី"), "{khmer}");
    server.finish().await;
}

#[test]
fn the_missed_dose_text_says_what_to_do() {
    use das_tern::platform::i18n::{Language, text};
    let said = |language, count: &str| {
        let of = [("time", "11:30".to_owned()), ("count", count.to_owned())];
        text(language, "notification.MISSED_DOSE_ALERT.patient.body", &of)
    };
    let expected = "The dose planned for 11:30 was not recorded. If you took it, you can still record it for 24 \
                    hours. If not, do not take a double dose. If you are unsure, ask your pharmacist or doctor.";
    assert_eq!(said(Language::English, "1"), expected);
    let several =
        "Doses planned from 11:30 on were not recorded. If you took them, you can still record them for";
    assert!(said(Language::English, "2").starts_with(several), "{}", said(Language::English, "2"));
    assert!(said(Language::Khmer, "1").contains("កុំប្រើថ្នាំទ្វេដង"));
}

#[tokio::test]
async fn reminders_of_the_first_releases_keep_their_words() {
    use das_tern::domain::notifications::params::Params;
    use das_tern::domain::notifications::texts::texts;
    use das_tern::platform::i18n::Language;
    let server = clinic().await;
    let dara = server.patient("dara").await;
    super::kit::prescribe(&server, &dara, super::kit::daily("e")).await;
    server.clock().advance(Span::minutes(10 * 60 + 30));
    server.run_jobs().await;
    let rows = server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &dara.id())).unwrap();
    let mut message = rows.into_iter().map(|(_, row)| row).next_back().unwrap();
    message.params = Params::new().text("time", "17:30").text("medicines", "aspirin").text("count", "1");
    let words = texts(&message, Language::English);
    assert_eq!(words.body, "It is time to take your medicine. Planned for 17:30:\naspirin");
    assert!(texts(&message, Language::Khmer).title.contains("ប្រើថ្នាំ"));
    server.finish().await;
}
