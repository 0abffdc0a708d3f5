//! Payments in the store: one transaction for the money and what it buys, and nothing twice.

use das_tern::domain::paying::take;
use das_tern::domain::payments::model::{Asked, Checks, Claim, Doubt, Outcome, Payment, Source, Status};
use das_tern::domain::payments::rules::Effect;
use das_tern::domain::payments::tables::{Arrival, OPEN, PAYMENTS, note_message};
use das_tern::domain::subscriptions::model::{PlanType, Purchase};
use das_tern::domain::subscriptions::rules::standing;
use das_tern::domain::subscriptions::tables::SUBSCRIPTIONS;
use das_tern::platform::clock::{Clock as _, Span};
use das_tern::platform::error::Result;
use das_tern::platform::ids::{PaymentId, UserId};
use das_tern::platform::money::{Currency, Money, Told};
use das_tern::platform::settings::Plans;
use das_tern::platform::store::{Reader as _, WriteTx};
use uuid::Uuid;

use crate::kit::TestServer;

fn dara() -> UserId {
    UserId(Uuid::from_u128(1))
}

/// A payment that is asked for now; its number makes its bill and its code.
fn asked(tx: &mut WriteTx<'_>, number: u32) -> Payment {
    Payment {
        id: PaymentId(Uuid::from_u128(u128::from(number))),
        payer: dara(),
        beneficiary: dara(),
        purchase: Purchase::Cycle(PlanType::Premium),
        asked: Asked {
            money: Money::new(2_000, Currency::Khr),
            account: "clinic@aclb".to_owned(),
            bill_number: format!("B{number}"),
            code: String::new(),
            md5: format!("{number:032x}"),
            since: tx.now(),
            expires: tx.now().plus(Span::minutes(10)),
        },
        status: Status::Pending,
        settled: None,
        doubts: Vec::new(),
        named: Vec::new(),
        further: Vec::new(),
        checks: Checks::default(),
        decisions: Vec::new(),
        refunds: Vec::new(),
    }
}

fn ask(tx: &mut WriteTx<'_>, number: u32) -> Result<PaymentId> {
    let payment = asked(tx, number);
    PAYMENTS.put(tx, &payment.id, &payment)?;
    Ok(payment.id)
}

fn paid(hash: &str) -> Claim {
    Claim {
        source: Source::Check,
        outcome: Outcome::Paid,
        money: Told::Is(Money::new(2_000, Currency::Khr)),
        account: Some("clinic@aclb".to_owned()),
        bill_number: None,
        md5: None,
        hash: Some(hash.to_owned()),
        sent: None,
    }
}

async fn write<T: Send + 'static>(
    server: &TestServer,
    change: impl FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    server.context().store.write(change).await
}

#[tokio::test]
async fn a_webhook_and_a_poll_at_once_grant_one_cycle() {
    let server = TestServer::start().await;
    let id = write(&server, |tx| ask(tx, 1)).await.unwrap();
    let claim =
        || async { write(&server, move |tx| take(tx, id, &paid("aa"), &Plans::default())).await.unwrap() };
    let (one, other) = tokio::join!(claim(), claim());
    assert!(matches!((one, other), (Effect::Paid, Effect::Nothing) | (Effect::Nothing, Effect::Paid)));
    let subscription =
        server.context().store.read(|tx| SUBSCRIPTIONS.require(tx, &dara(), "payment_not_found")).unwrap();
    assert_eq!(subscription.grants.len(), 1);
    let later = server.clock().now().plus(Span::days(29));
    assert_eq!(standing(&subscription, &Plans::default(), later).plan(), PlanType::Premium);
    server.finish().await;
}

#[tokio::test]
async fn one_transaction_pays_for_one_payment() {
    let server = TestServer::start().await;
    let first = write(&server, |tx| ask(tx, 1)).await.unwrap();
    assert_eq!(
        write(&server, |tx| ask(tx, 2)).await.unwrap_err().code(),
        "payment_open",
        "one at a time for each plan"
    );
    let plans = Plans::default();
    assert_eq!(write(&server, move |tx| take(tx, first, &paid("aa"), &plans)).await.unwrap(), Effect::Paid);
    let second = write(&server, |tx| ask(tx, 2)).await.unwrap();
    let effect = write(&server, move |tx| take(tx, second, &paid("aa"), &plans)).await.unwrap();
    assert_eq!(effect, Effect::Doubted(Doubt::HashOfAnother));
    let open =
        server.context().store.read(|tx| OPEN.find(tx, &(dara(), dara(), PlanType::Premium.key()))).unwrap();
    assert_eq!(open, Some(second), "what is doubted stays open");
    assert_eq!(write(&server, move |tx| take(tx, second, &paid("bb"), &plans)).await.unwrap(), Effect::Paid);
    server.finish().await;
}

#[tokio::test]
async fn a_bill_and_a_code_belong_to_one_payment() {
    let server = TestServer::start().await;
    let id = write(&server, |tx| ask(tx, 1)).await.unwrap();
    write(&server, move |tx| take(tx, id, &paid("aa"), &Plans::default())).await.unwrap();
    for number in [1, 2] {
        let copied = write(&server, move |tx| {
            let mut payment = asked(tx, 1);
            payment.id = PaymentId(Uuid::from_u128(9));
            match number {
                1 => payment.asked.md5 = "another".to_owned(),
                _ => payment.asked.bill_number = "another".to_owned(),
            }
            PAYMENTS.put(tx, &payment.id, &payment)
        });
        assert_eq!(copied.await.unwrap_err().code(), "payment_exists");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_fails_half_way_leaves_neither_money_nor_plan() {
    let server = TestServer::start().await;
    let id = write(&server, |tx| ask(tx, 1)).await.unwrap();
    let failed = write(&server, move |tx| {
        take(tx, id, &paid("aa"), &Plans::default())?;
        Err::<(), _>(das_tern::platform::error::Error::internal("the power went"))
    });
    assert!(failed.await.is_err());
    let payment = server.context().store.read(|tx| PAYMENTS.require(tx, &id, "payment_not_found")).unwrap();
    assert_eq!((payment.status, payment.settled), (Status::Pending, None));
    assert_eq!(server.context().store.read(|tx| SUBSCRIPTIONS.get(tx, &dara())).unwrap(), None);
    assert_eq!(
        write(&server, move |tx| take(tx, id, &paid("aa"), &Plans::default())).await.unwrap(),
        Effect::Paid
    );
    server.finish().await;
}

#[tokio::test]
async fn a_message_is_known_again_for_ever() {
    let server = TestServer::start().await;
    let note = |body: u8| write(&server, move |tx| note_message(tx, "msg_1", [body; 32]));
    assert_eq!(note(1).await.unwrap(), Arrival::First);
    server.clock().advance(Span::days(400));
    assert_eq!(note(1).await.unwrap(), Arrival::Again);
    assert_eq!(note(2).await.unwrap(), Arrival::Conflicting(1));
    assert_eq!(note(1).await.unwrap(), Arrival::Again, "what conflicts takes no place");
    server.finish().await;
}
