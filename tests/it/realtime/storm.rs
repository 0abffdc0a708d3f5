//! Many writers, and readers who come and go: what each hears is compared with the log.

use std::sync::Arc;

use das_tern::domain::connections::model::Scope;
use das_tern::domain::events::model::{Audience, NewEvent};
use das_tern::domain::events::tables::EVENTS;
use serde_json::json;

use crate::kit::{Client, Events, MARK, Socket, TestServer};

const PATIENTS: usize = 4;
const WRITERS: usize = 6;
const EVENTS_OF_EACH: usize = 150;

/// The ids in the rooms that the doctor may hear, in order, after `after`.
fn expected(server: &TestServer, rooms: &[&Client], after: u64) -> Vec<u64> {
    let mut ids = Vec::new();
    for room in rooms {
        let rows = server.context().store.read(|tx| EVENTS.list_prefix(tx, &room.id())).unwrap();
        let heard = |event: &das_tern::domain::events::model::Event| {
            matches!(event.audience, Audience::Record(Scope::Vitals)) || event.kind == MARK
        };
        ids.extend(
            rows.into_iter().filter(|((_, id), row)| *id > after && heard(row)).map(|((_, id), _)| id),
        );
    }
    ids.sort_unstable();
    ids
}

/// One of the two ways to listen.
enum Listening {
    Stream(Events),
    Socket(Socket),
}

/// Listens until the mark, coming back again and again, by stream and by socket in turn.
async fn listen(server: Arc<TestServer>, sok: Client, stop_after: usize, hello: String) -> Vec<u64> {
    let (mut last, mut heard) = (hello, Vec::new());
    for round in 0.. {
        let mut listening = if round % 2 == 0 {
            Listening::Stream(server.events_after(&sok, Some(&last)).await)
        } else {
            Listening::Socket(server.socket_after(&sok, Some(&last)).await)
        };
        for _ in 0..stop_after {
            let event = match &mut listening {
                Listening::Stream(stream) => stream.next().await,
                Listening::Socket(socket) => socket.next().await,
            };
            assert_ne!(event.kind, "resync");
            last.clone_from(&event.id);
            heard.push(event.id.parse().unwrap());
            if event.kind == MARK {
                return heard;
            }
        }
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_everything_once_and_in_order() {
    // A stream that was left is closed a moment later.
    let server = TestServer::start_with(|settings| settings.real_time.streams_per_person_max = 1_000).await;
    let sok = server.doctor("sok").await;
    let mut patients = Vec::new();
    for number in 0..PATIENTS {
        let patient = server.patient(&format!("patient{number}")).await;
        server.connect(&sok, &patient).await;
        patients.push(patient);
    }
    let stranger = server.patient("stranger").await;
    let hello = server.events_after(&sok, None).await.next().await.id;
    let server = Arc::new(server);
    let mut listeners = Vec::new();
    for stop_after in [1, 7, 40, 100_000] {
        listeners.push(tokio::spawn(listen(Arc::clone(&server), sok.clone(), stop_after, hello.clone())));
    }
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let (server, patients, stranger) = (Arc::clone(&server), patients.clone(), stranger.clone());
        writers.push(tokio::spawn(async move {
            for number in 0..EVENTS_OF_EACH {
                // Some that he hears, some in his patients' rooms that he does not, some elsewhere.
                let (room, audience) = match (number + writer) % 5 {
                    0 => (&stranger, Audience::Record(Scope::Vitals)),
                    1 => (&patients[number % PATIENTS], Audience::Own),
                    _ => (&patients[number % PATIENTS], Audience::Record(Scope::Vitals)),
                };
                let data = json!({ "number": number });
                server.publish(NewEvent { room: room.id(), audience, kind: "test.storm", data }).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    server.mark(&sok).await;
    let mut rooms: Vec<&Client> = patients.iter().collect();
    rooms.push(&sok);
    let expected = expected(&server, &rooms, hello.parse().unwrap());
    assert!(expected.len() > WRITERS * EVENTS_OF_EACH / 2);
    for listener in listeners {
        assert_eq!(listener.await.unwrap(), expected);
    }
    Arc::into_inner(server).unwrap().finish().await;
}
