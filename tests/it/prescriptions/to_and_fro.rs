//! A line that is given more often, or at another time, and changed back on the same day has the doses that it had.

use serde_json::json;

use super::Clinic;

#[tokio::test]
async fn another_time_and_back_leaves_a_course_its_number_of_doses() {
    let mut wrong = Vec::new();
    for takes in [false, true] {
        for (there, back) in [
            ("07:30", "07:40"),
            ("08:10", "08:20"),
            ("08:10", "09:00"),
            ("09:00", "09:30"),
            ("09:00", "11:00"),
            ("10:20", "11:00"),
            ("11:00", "12:00"),
        ] {
            let clinic = Clinic::open().await;
            let line = json!({"dosage": "1 cp", "times": ["08:00"], "durationDays": 4});
            let written = clinic.line(line).await;
            if takes && there > "08:00" {
                clinic.at("08:00").await;
                clinic.take("08:00").await;
            }
            clinic.at(there).await;
            let before = clinic.weeks().await;
            clinic.edit(&written, json!({"times": ["10:00"]})).await;
            let moved = clinic.weeks().await;
            clinic.at(back).await;
            clinic.edit(&written, json!({"times": ["08:00"]})).await;
            if clinic.totals().0 != 4 {
                wrong.push(format!(
                    "taken {takes}, {there}, {back}: {before:?} {moved:?} {:?}",
                    clinic.weeks().await
                ));
            }
            clinic.server.finish().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_day_that_is_given_more_often_for_some_hours_counts_its_own_doses() {
    for (frequency, times, more) in
        [("BID", &["07:00", "11:30"][..], "TID"), ("OD", &["07:00", "17:30"], "BID")]
    {
        let clinic = Clinic::open().await;
        let written = clinic.line(json!({"dosage": "1 cp", "frequency": frequency, "durationDays": 4})).await;
        let before = clinic.totals();
        clinic.edit(&written, json!({"frequency": more})).await;
        for time in times {
            clinic.at(time).await;
            clinic.take(time).await;
        }
        clinic.edit(&written, json!({"frequency": frequency})).await;
        assert_eq!(
            clinic.totals().0,
            before.0 + usize::from(frequency == "OD"),
            "{frequency}: {:?}",
            clinic.weeks().await
        );
        clinic.server.finish().await;
    }
}

#[tokio::test]
async fn a_missed_dose_whose_later_time_is_taken_back_while_it_is_open_counts_once() {
    let mut wrong = Vec::new();
    for length in [json!({"durationDays": 4}), json!({"quantity": 4})] {
        for (there, back) in [
            ("08:10", "10:10"),
            ("09:30", "10:10"),
            ("09:30", "12:00"),
            ("08:10", "09:30"),
            ("07:30", "10:10"),
        ] {
            let clinic = Clinic::open().await;
            let mut line = json!({"dosage": "1 cp", "times": ["08:00"]});
            line.as_object_mut().unwrap().extend(length.as_object().unwrap().clone());
            let written = clinic.line(line).await;
            clinic.takes_on(0, "08:00").await;
            clinic.goes_to(1, there).await;
            clinic.edit(&written, json!({"times": ["10:00"]})).await;
            clinic.goes_to(1, back).await;
            let answer = clinic.edit(&written, json!({"times": ["08:00"]})).await;
            let weeks = clinic.weeks().await;
            let end = answer["medications"][0]["endDate"].as_str().unwrap();
            if clinic.totals().0 != 4 || !weeks.last().unwrap().starts_with(end) {
                wrong.push(format!("{length} {there}, {back}: until {end} {weeks:?}"));
            }
            clinic.server.finish().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
