//! Coming back after the last event that was seen.

use das_tern::platform::clock::Span;
use serde_json::json;

use crate::doses::kit::{clinic, daily, doses_of, prescribe, take};
use crate::kit::TestServer;

#[tokio::test]
async fn whoever_comes_back_sees_exactly_what_he_missed_also_after_a_restart() {
    let server = clinic().await;
    let (dara, bopha, sok) =
        (server.patient("dara").await, server.patient("bopha").await, server.doctor("sok").await);
    server.connect(&sok, &dara).await;
    server.connect(&sok, &bopha).await;
    for patient in [&dara, &bopha] {
        prescribe(&server, patient, daily("mnex")).await;
    }
    let (of_dara, of_bopha) = (doses_of(&dara, "2026-11-22").await, doses_of(&bopha, "2026-11-22").await);
    let mut screen = server.socket(&sok).await;
    take(&dara, &of_dara[0]).await;
    let last = screen.expect("dose.updated").await.id;
    drop(screen);
    take(&bopha, &of_bopha[0]).await;
    let server = server.restart().await;
    let (dara, sok) = (server.rejoin(&dara), server.rejoin(&sok));
    let skipped = json!({"reason": "FORGOT"});
    dara.post(format!("/doses/{}/skip", of_dara[1]), skipped).await.ok();
    let expected = [(json!(bopha.id()), &of_bopha[0]), (json!(dara.id()), &of_dara[1])];
    let mut stream = server.events_after(&sok, Some(&last)).await;
    let mut socket = server.socket_after(&sok, Some(&last)).await;
    let mut by_frame = server.socket_by_frame(json!({"token": sok.token(), "lastEventId": last})).await;
    server.mark(&sok).await;
    for (patient, dose) in expected {
        let heard = stream.next().await;
        assert_eq!((&heard.data["patientId"], &heard.data["doseId"]), (&patient, &json!(dose)));
        assert_eq!(socket.next().await, heard);
        assert_eq!(by_frame.next().await, heard);
    }
    assert_eq!(stream.before_mark().await, [""; 0]);
    server.finish().await;
}

#[tokio::test]
async fn hello_is_enough_to_come_back_with() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let mut first = server.events_after(&dara, None).await;
    let hello = first.next().await;
    assert_eq!(hello.kind, "hello");
    drop(first);
    let id = server.mark(&dara).await;
    let mut again = server.events_after(&dara, Some(&hello.id)).await;
    assert_eq!(again.next().await.id, id.to_string());
    server.finish().await;
}

#[tokio::test]
async fn an_id_that_is_unknown_is_answered_with_resync() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let last = server.mark(&dara).await;
    for unknown in ["99", "-1", "yesterday", ""] {
        let mut screen = server.events_after(&dara, Some(unknown)).await;
        let first = screen.next().await;
        assert_eq!((first.kind.as_str(), first.id), ("resync", last.to_string()), "{unknown}");
        let mut socket = server.socket_after(&dara, Some(unknown)).await;
        assert_eq!(socket.next().await.kind, "resync");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_too_old_or_too_much_is_forgotten_and_whoever_missed_it_is_told() {
    let server = TestServer::start_with(|settings| settings.real_time.kept_per_room = 3).await;
    let (dara, bopha) = (server.patient("dara").await, server.patient("bopha").await);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(server.mark(&dara).await.to_string());
    }
    server.mark(&bopha).await;
    server.clock().advance(Span::hours(2));
    server.run_jobs().await;
    // Of the five the last three are kept: whoever saw the second misses nothing.
    assert_eq!(server.events_after(&dara, Some(&ids[0])).await.next().await.kind, "resync");
    let mut screen = server.events_after(&dara, Some(&ids[1])).await;
    for id in &ids[2..] {
        assert_eq!(&screen.next().await.id, id);
    }
    assert_eq!(server.events_after(&bopha, Some("0")).await.next().await.kind, crate::kit::MARK);
    server.clock().advance(Span::days(8));
    server.run_jobs().await;
    assert_eq!(server.events_after(&dara, Some(&ids[3])).await.next().await.kind, "resync");
    let mut up_to_date = server.events_after(&dara, Some(&ids[4])).await;
    let id = server.mark(&dara).await;
    assert_eq!(up_to_date.expect(crate::kit::MARK).await.id, id.to_string());
    server.finish().await;
}
