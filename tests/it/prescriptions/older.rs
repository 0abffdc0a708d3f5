//! The step that links the editions of a line, over rows as an older program left them.

use das_tern::domain::doses::model::{Dose, DoseParts, DoseStatus};
use das_tern::domain::doses::tables::{CARE, DAYS};
use das_tern::domain::line_identity::link_lines;
use das_tern::domain::notifications::tables::NOTIFICATIONS;
use das_tern::domain::prescriptions::record::{Prescription, Version};
use das_tern::domain::prescriptions::tables::{PRESCRIPTIONS, PrescriptionKey, VERSIONS};
use das_tern::platform::clock::Span;
use das_tern::platform::error::Result;
use das_tern::platform::ids::{MedicationId, PrescriptionId};
use das_tern::platform::store::WriteTx;
use serde_json::json;

use super::{Clinic, doses, id};

/// Changes the only line of a prescription as an older program did: it gets another id and number, and its doses are asked
/// for anew, also those that were recorded.
fn change_as_before(tx: &mut WriteTx<'_>, key: PrescriptionKey) -> Result<()> {
    let mut care = CARE.get(tx, &key.0)?.unwrap();
    care.next_line += 1;
    let number = care.next_line;
    CARE.put(tx, &key.0, &care)?;
    let mut row = PRESCRIPTIONS.get(tx, &key)?.unwrap();
    row.version = 2;
    let line = &mut row.content.lines[0];
    (line.id, line.number, line.course) = (MedicationId(tx.new_id::<PrescriptionId>()?.0), number, None);
    let first = VERSIONS.get(tx, &(key.0, key.1, 1))?.unwrap();
    let second = Version { number: 2, content: row.content.clone(), ..first };
    VERSIONS.put(tx, &(key.0, key.1, 2), &second)?;
    PRESCRIPTIONS.put(tx, &key, &row)?;
    for (at, mut day) in DAYS.list_prefix(tx, &key.0)? {
        let (own, others) = day.doses.drain(..).partition::<Vec<Dose>, _>(|dose| dose.prescription == key.1);
        day.doses = others;
        for dose in own {
            let parts = DoseParts { line: number, ..DoseParts::of(dose.id).unwrap() };
            let mut again = Dose { id: parts.id()?, version: 2, status: DoseStatus::Due, ..dose.clone() };
            again.outcomes.clear();
            day.set(again);
            if dose.status != DoseStatus::Due {
                day.set(dose);
            }
        }
        DAYS.put(tx, &at, &day)?;
    }
    Ok(())
}

impl Clinic {
    fn key(&self, prescription: &serde_json::Value) -> PrescriptionKey {
        (self.dara.id(), id(prescription).parse().unwrap())
    }

    fn row(&self, key: PrescriptionKey) -> Prescription {
        self.server.context().store.read(|tx| PRESCRIPTIONS.get(tx, &key)).unwrap().unwrap()
    }

    /// The states of all doses of a prescription: of the edition before it was changed, and of the one since.
    fn editions(&self, key: PrescriptionKey) -> [Vec<DoseStatus>; 2] {
        let of = |version| {
            let all = doses(&self.server, self.dara.id());
            let own = all.iter().filter(|dose| dose.prescription == key.1 && dose.version == version);
            own.map(|dose| dose.status).collect()
        };
        [of(1), of(2)]
    }

    async fn link(&self) {
        self.server.context().store.write(link_lines).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_recorded_for_an_earlier_edition_is_not_asked_for_again() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({"frequency": "1-0-1", "dosage": null, "durationDays": 2})).await;
    let key = clinic.key(&written);
    let of = |place: usize| doses(&clinic.server, clinic.dara.id())[place].id;
    clinic.dara.post(format!("/doses/{}/mark-taken", of(0)), json!({})).await.ok();
    let skipped = json!({"reason": "FORGOT"});
    clinic.server.clock().advance(Span::hours(10));
    clinic.server.run_jobs().await;
    clinic.dara.post(format!("/doses/{}/skip", of(1)), skipped).await.ok();
    let asked = doses(&clinic.server, clinic.dara.id())[1].clone();
    clinic.server.context().store.write(move |tx| change_as_before(tx, key)).await.unwrap();
    // The message of the reminder still stands for the dose of the changed line.
    let to = clinic.dara.id();
    let message = clinic.server.context().store.read(|tx| NOTIFICATIONS.list_prefix(tx, &to)).unwrap();
    let (_, message) = message.into_iter().next().unwrap();
    let message_id = message.id;
    let remind = move |tx: &mut WriteTx<'_>| {
        for (at, mut day) in DAYS.list_prefix(tx, &key.0)? {
            for dose in &mut day.doses {
                if dose.version == 2 && dose.scheduled() == asked.scheduled() {
                    dose.reminder_message = Some(message_id);
                }
            }
            DAYS.put(tx, &at, &day)?;
        }
        Ok(())
    };
    clinic.server.context().store.write(remind).await.unwrap();
    // A day later the evening of yesterday is looked at too.
    clinic.server.clock().advance(Span::hours(13));
    clinic.link().await;
    let [before, since] = clinic.editions(key);
    assert_eq!(before, [DoseStatus::TakenOnTime, DoseStatus::Skipped]);
    use DoseStatus::{Cancelled, Due};
    assert_eq!(since, [Cancelled, Cancelled, Due, Due]);
    let row = clinic.row(key);
    assert_eq!(row.content.lines[0].formerly.len(), 1);
    assert!(row.content.lines[0].course.is_some());
    let told = clinic.server.context().store.read(|tx| NOTIFICATIONS.get(tx, &(to, message_id))).unwrap();
    assert!(told.unwrap().withdrawn_at.is_some(), "nothing reminds of what is not asked for");
}

#[tokio::test]
async fn the_day_on_which_a_line_was_written_is_that_of_the_clinic() {
    let clinic = Clinic::open().await;
    let written = clinic.prescribe(json!({})).await;
    let key = clinic.key(&written);
    let unnamed = |zone: Option<&'static str>| {
        move |tx: &mut WriteTx<'_>| {
            let mut care = CARE.get(tx, &key.0)?.unwrap();
            care.zone = zone.map(ToOwned::to_owned);
            CARE.put(tx, &key.0, &care)?;
            let mut row = PRESCRIPTIONS.get(tx, &key)?.unwrap();
            row.content.lines[0].start_is_named = false;
            PRESCRIPTIONS.put(tx, &key, &row)
        }
    };
    // At 07:00 in Phnom Penh it is still the day before in Honolulu: there somebody must have named the day.
    for (zone, named) in [
        (None, false),
        (Some("nowhere"), false),
        (Some("Asia/Tokyo"), false),
        (Some("Pacific/Honolulu"), true),
    ] {
        clinic.server.context().store.write(unnamed(zone)).await.unwrap();
        clinic.link().await;
        assert_eq!(clinic.row(key).content.lines[0].start_is_named, named, "{zone:?}");
    }
}
