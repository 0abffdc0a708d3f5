//! What may be said of a payment, in every order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::claims::{self, Unreadable};
use super::model::*;
use super::rules::*;
use crate::domain::subscriptions::model::{PlanType, Purchase};
use crate::platform::clock::{Span, Timestamp};
use crate::platform::ids::{PaymentId, UserId};
use crate::platform::money::{Currency, Money, Told};

const START: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);
const END: Timestamp = START.plus(Span::minutes(10));

fn payment(number: u128) -> Payment {
    Payment {
        id: PaymentId(Uuid::from_u128(number)),
        payer: UserId(Uuid::from_u128(1)),
        beneficiary: UserId(Uuid::from_u128(2)),
        purchase: Purchase::Cycle(PlanType::Premium),
        asked: Asked {
            money: Money::new(2_000, Currency::Khr),
            account: "clinic@aclb".to_owned(),
            bill_number: format!("B{number}"),
            code: String::new(),
            md5: format!("{number:032x}"),
            since: START,
            expires: END,
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

/// Everything told, and right.
fn paid(payment: &Payment, source: Source, hash: &str) -> Claim {
    let Asked { money, account, bill_number, md5, .. } = payment.asked.clone();
    Claim {
        source,
        outcome: Outcome::Paid,
        money: Told::Is(money),
        account: Some(account),
        bill_number: Some(bill_number),
        md5: Some(md5),
        hash: Some(hash.to_owned()),
        sent: Some(START.plus(Span::minutes(1))),
    }
}

fn said(outcome: Outcome) -> Claim {
    Claim { outcome, money: Told::Nothing, hash: None, ..paid(&payment(1), Source::Check, "") }
}

#[test]
fn what_differs_is_never_paid_by_itself() {
    let right = paid(&payment(1), Source::Webhook, "aa");
    let other = |change: fn(&mut Claim)| {
        let mut claim = right.clone();
        change(&mut claim);
        claim
    };
    for (claim, doubt) in [
        (other(|claim| claim.money = Told::Nothing), Doubt::AmountUntold),
        (other(|claim| claim.money = Told::Is(Money::new(1_999, Currency::Khr))), Doubt::OtherAmount),
        (other(|claim| claim.money = Told::Is(Money::new(2_000, Currency::Usd))), Doubt::OtherCurrency),
        (other(|claim| claim.money = Told::Strange("much".to_owned())), Doubt::OtherAmount),
        (other(|claim| claim.account = Some("evil@aclb".to_owned())), Doubt::OtherAccount),
        (other(|claim| claim.bill_number = Some("B2".to_owned())), Doubt::OtherBill),
        (other(|claim| claim.md5 = Some("00".to_owned())), Doubt::OtherCode),
    ] {
        for status in [Status::Pending, Status::Expired, Status::Failed, Status::Cancelled] {
            let mut payment = Payment { status, ..payment(1) };
            for _ in 0..2 {
                assert_eq!(apply(&mut payment, &claim, None, START), Effect::Doubted(doubt));
            }
            assert_eq!((payment.status, &payment.doubts[..], payment.settled), (status, &[doubt][..], None));
        }
    }
    let mut mine = payment(1);
    let effect = apply(&mut mine, &right, Some(PaymentId(Uuid::from_u128(9))), START);
    assert_eq!((effect, mine.status), (Effect::Doubted(Doubt::HashOfAnother), Status::Pending));
}

#[test]
fn late_truth_is_still_true() {
    for status in [Status::Pending, Status::Failed, Status::Expired, Status::Cancelled] {
        let mut payment = Payment { status, ..payment(1) };
        let claim = paid(&payment, Source::Check, "aa");
        assert_eq!(apply(&mut payment, &claim, None, END.plus(Span::days(1))), Effect::Paid, "{status:?}");
        assert!(!payment.settled.unwrap().late, "sent in time, known late");
    }
    let mut payment = payment(1);
    let sent = Some(END.plus(Span::minutes(2)));
    let claim = Claim { sent, ..paid(&payment, Source::Check, "aa") };
    assert_eq!(apply(&mut payment, &claim, None, END.plus(Span::minutes(3))), Effect::Paid);
    assert!(payment.settled.unwrap().late);
}

#[test]
fn paid_stays_paid() {
    let mut payment = payment(1);
    let claim = paid(&payment, Source::Webhook, "aa");
    assert_eq!(apply(&mut payment, &claim, None, START), Effect::Paid);
    let before = payment.clone();
    for outcome in [Outcome::Failed, Outcome::Expired, Outcome::Unpaid, Outcome::Paid] {
        let again = Claim { outcome, ..claim.clone() };
        assert_eq!(apply(&mut payment, &again, Some(before.id), END.plus(Span::days(2))), Effect::Nothing);
    }
    assert_eq!(
        (expire(&mut payment, Timestamp::MAX), cancel(&mut payment)),
        (Effect::Nothing, Effect::Nothing)
    );
    assert_eq!(payment, before);
    let second = paid(&payment, Source::Check, "bb");
    assert_eq!(apply(&mut payment, &second, None, START), Effect::Doubted(Doubt::PaidTwice));
    assert_eq!((payment.status, payment.settled), (Status::Paid, before.settled));
}

#[test]
fn only_a_payment_whose_time_is_over_expires() {
    let mut payment = payment(1);
    assert_eq!(apply(&mut payment, &said(Outcome::Unpaid), None, END), Effect::Nothing);
    let after = END.plus(Span::milliseconds(1));
    assert_eq!(apply(&mut payment, &said(Outcome::Unpaid), None, after), Effect::Ended(Status::Expired));
    assert_eq!(
        apply(&mut payment, &said(Outcome::Failed), None, after),
        Effect::Nothing,
        "the first end stands"
    );
}

#[test]
fn what_a_webhook_did_not_tell_a_check_adds() {
    let mut payment = payment(1);
    let claim = Claim { hash: None, sent: None, ..paid(&payment, Source::Webhook, "") };
    assert_eq!(apply(&mut payment, &claim, None, START), Effect::Paid);
    let check = Claim { money: Told::Nothing, ..paid(&payment, Source::Check, "aa") };
    assert_eq!(apply(&mut payment, &check, None, START), Effect::Nothing);
    let settled = payment.settled.unwrap();
    assert_eq!((settled.hash.as_deref(), settled.source), (Some("aa"), Source::Webhook));
}

#[test]
fn no_more_is_given_back_than_was_paid() {
    let back = |minor, currency| Refund {
        money: Money::new(minor, currency),
        by: UserId(Uuid::from_u128(3)),
        reason: "paid twice".to_owned(),
        at: END,
    };
    let mut payment = payment(1);
    assert!(!refund(&mut payment, back(1, Currency::Khr)), "nothing was paid");
    let claim = paid(&payment, Source::Webhook, "aa");
    apply(&mut payment, &claim, None, START);
    assert!(!refund(&mut payment, back(1, Currency::Usd)) && !refund(&mut payment, back(0, Currency::Khr)));
    assert!(
        refund(&mut payment, back(1_500, Currency::Khr)) && !refund(&mut payment, back(501, Currency::Khr))
    );
    assert!(
        !refund(&mut payment, back(u64::MAX, Currency::Khr))
            && refund(&mut payment, back(500, Currency::Khr))
    );
    assert_eq!((balance(&payment).minor(), payment.status), (0, Status::Paid));
}

#[test]
fn a_decision_takes_the_transactions_of_the_payment_and_no_others() {
    let decided = |is_paid| Decided {
        by: UserId(Uuid::from_u128(3)),
        at: END,
        is_paid,
        reason: "seen at the bank".to_owned(),
        doubts: Vec::new(),
    };
    let hashes = |all: &[Transaction]| all.iter().map(|one| one.hash.clone()).collect::<Vec<_>>();
    let mut one = payment(1);
    let right = |hash: &str| paid(&payment(1), Source::Webhook, hash);
    apply(&mut one, &right("aa"), None, START);
    // A second whole one, one of another bill, and one that names another account.
    apply(&mut one, &right("bb"), None, START);
    apply(&mut one, &Claim { bill_number: Some("B2".to_owned()), ..right("cc") }, None, START);
    apply(&mut one, &Claim { account: Some("evil@aclb".to_owned()), ..right("dd") }, None, START);
    assert_eq!(hashes(&one.named), ["bb"]);
    let mut refused = one.clone();
    decide(&mut refused, decided(false), Vec::new());
    assert_eq!((refused.status, hashes(&refused.further), refused.named.len()), (Status::Paid, vec![], 0));
    assert_eq!(balance(&refused).minor(), 2_000);
    let named = one.named.clone();
    decide(&mut one, decided(true), named.clone());
    assert_eq!((one.status, hashes(&one.further)), (Status::Paid, vec!["bb".to_owned()]));
    assert_eq!(balance(&one).minor(), 4_000);
    // Once it is known to have paid this, it is no doubt any more, and deciding again adds nothing.
    let id = one.id;
    assert_eq!(apply(&mut one, &right("bb"), Some(id), START), Effect::Nothing);
    decide(&mut one, decided(true), named);
    assert_eq!((one.further.len(), one.needs_review()), (1, false));
}

/// One thing that is said of one of three payments, at some time.
#[derive(Debug, Clone)]
struct Said {
    of: usize,
    outcome: Outcome,
    hash: Option<u8>,
    source: Source,
    wrong: u8,
    minute: i64,
}

fn anything() -> impl Strategy<Value = Said> {
    let outcome = prop::sample::select(vec![
        Outcome::Paid,
        Outcome::Paid,
        Outcome::Failed,
        Outcome::Expired,
        Outcome::Unpaid,
    ]);
    let source = prop::sample::select(vec![Source::Webhook, Source::Check]);
    (0..3usize, outcome, prop::option::of(0..4u8), source, 0..8u8, -5..60i64).prop_map(
        |(of, outcome, hash, source, wrong, minute)| Said { of, outcome, hash, source, wrong, minute },
    )
}

proptest! {
    /// Whatever is said, twice, wrong and in any order, clocks that jump included: what was granted is what was paid,
    /// once for each payment, and no transaction pays for two.
    #[test]
    fn the_ledger_balances(all in prop::collection::vec(anything(), 0..40)) {
        let mut payments: Vec<Payment> = (1..=3).map(payment).collect();
        let mut holders: BTreeMap<String, PaymentId> = BTreeMap::new();
        let mut granted = Vec::new();
        for said in all {
            let payment = &mut payments[said.of];
            let mut claim = paid(payment, said.source, "");
            claim.outcome = said.outcome;
            claim.hash = said.hash.map(|hash| format!("{hash:064x}"));
            match said.wrong {
                0 => claim.money = Told::Is(Money::new(1, Currency::Khr)),
                1 => claim.account = Some("evil@aclb".to_owned()),
                2 => claim.money = Told::Nothing,
                _ => {}
            }
            let before = payment.clone();
            let holder = claim.hash.as_ref().and_then(|hash| holders.get(hash)).copied();
            let effect = apply(payment, &claim, holder, START.plus(Span::minutes(said.minute)));
            if effect == Effect::Paid {
                granted.push((payment.id, payment.asked.money));
            }
            if let Some(hash) = payment.settled.as_ref().and_then(|settled| settled.hash.clone()) {
                prop_assert_eq!(*holders.entry(hash).or_insert(payment.id), payment.id);
            }
            prop_assert!(before.status != Status::Paid || payment.status == Status::Paid);
            prop_assert!(before.status == Status::Pending || payment.status != Status::Pending);
            prop_assert_eq!(payment.settled.is_some(), payment.status == Status::Paid);
        }
        let distinct: BTreeSet<PaymentId> = granted.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(distinct.len(), granted.len());
        let sum: u64 = granted.iter().map(|(_, money)| money.minor()).sum();
        prop_assert_eq!(sum, payments.iter().map(|payment| balance(payment).minor()).sum::<u64>());
    }
}

fn of_body(body: &str) -> Result<Claim, Unreadable> {
    claims::of_message(body.as_bytes()).map(|notice| notice.claim(Currency::Khr))
}

#[test]
fn a_message_is_understood_in_each_form() {
    for body in [
        r#"{"transactionId":"T","status":"PAID","amount":2000,"timestamp":1,"signature":"x"}"#,
        r#"{"transactionId":"T","status":"COMPLETED","amount":"2000","currency":"KHR","surprise":[1]}"#,
        r#"{"type":"payment.succeeded","timestamp":"x","data":{"transactionId":"T","amount":"2000.00"}}"#,
        r#"{"event":"payment.completed","data":{"transactionId":"T","status":"PAID","amount":2000.0}}"#,
    ] {
        let claim = of_body(body).unwrap();
        assert_eq!(
            (claim.outcome, claim.money),
            (Outcome::Paid, Told::Is(Money::new(2_000, Currency::Khr))),
            "{body}"
        );
    }
    let notice = claims::of_message(br#"{"transactionId":"T","status":"FAILED","a":1,"b":2}"#).unwrap();
    assert_eq!((notice.transaction_id.as_str(), notice.unknown), ("T", 2));
    let claim = notice.claim(Currency::Usd);
    assert_eq!((claim.outcome, claim.money), (Outcome::Failed, Told::Nothing));
}

#[test]
fn a_message_that_is_not_understood_says_why() {
    use Unreadable::{Contradiction, Form, Missing, NotJson, Status, Twice};
    let twice = || Twice("transactionId".to_owned());
    for (body, why) in [
        ("", NotJson),
        ("[]", NotJson),
        (r#"{"status":"PAID"}"#, Missing("transactionId")),
        (r#"{"transactionId":"T"}"#, Missing("status")),
        (r#"{"transactionId":"T","status":"FAILED","status":"PAID"}"#, Twice("status".to_owned())),
        (r#"{"type":"payment.completed","data":{"transactionId":"S","transactionId":"T"}}"#, twice()),
        (r#"{"transactionId":"","status":"PAID"}"#, Form("transactionId")),
        (r#"{"transactionId":1,"status":"PAID"}"#, Form("transactionId")),
        (r#"{"transactionId":"T","status":"paid"}"#, Status("paid".to_owned())),
        (r#"{"transactionId":"T","status":"REFUNDED"}"#, Status("REFUNDED".to_owned())),
        (r#"{"transactionId":"T","status":"PAID","amount":[2000]}"#, Form("amount")),
        (r#"{"transactionId":"T","status":"PAID","amount":true}"#, Form("amount")),
        (r#"{"type":"payment.failed","data":{"transactionId":"T","status":"PAID"}}"#, Contradiction),
        (r#"{"type":"payment.completed","data":"T"}"#, Form("data")),
        (r#"{"type":7,"data":{"transactionId":"T","status":"PAID"}}"#, Form("type")),
    ] {
        assert_eq!(of_body(body).unwrap_err(), why, "{body}");
    }
}

#[test]
fn an_amount_is_compared_by_its_value_and_never_rounded() {
    let body = |amount: &str| format!(r#"{{"transactionId":"T","status":"PAID","amount":{amount}}}"#);
    let verdict = |amount: &str| {
        let mut payment = payment(1);
        let claim = of_body(&body(amount)).unwrap();
        apply(&mut payment, &claim, None, START)
    };
    for amount in ["2000", "2000.0", "\"2000\"", "\"2000.00\""] {
        assert_eq!(verdict(amount), Effect::Paid, "{amount}");
    }
    for amount in [
        "2000.4",
        "1999.9999",
        "\"2,000\"",
        "\"2e3\"",
        "-2000",
        "\"\"",
        "\" 2000\"",
        "20",
        "2000000",
        "\"2000.\"",
    ] {
        assert_eq!(verdict(amount), Effect::Doubted(Doubt::OtherAmount), "{amount}");
    }
    assert_eq!(verdict("null"), Effect::Doubted(Doubt::AmountUntold));
    let dollars = r#"{"transactionId":"T","status":"PAID","amount":2000,"currency":"USD"}"#;
    assert_eq!(
        apply(&mut payment(1), &of_body(dollars).unwrap(), None, START),
        Effect::Doubted(Doubt::OtherCurrency)
    );
}

#[test]
fn what_bakong_does_not_say_is_no_claim() {
    use crate::platform::bakong::answer::read;
    let claim = |status, body: &str| claims::of_answer(&read(status, body.as_bytes()));
    assert_eq!(claim(200, "<html>"), None);
    assert_eq!(claim(200, r#"{"responseCode":1,"errorCode":17}"#), None);
    assert_eq!(claim(401, ""), None);
    assert_eq!(claim(200, r#"{"responseCode":1,"errorCode":1}"#).unwrap().outcome, Outcome::Unpaid);
    let strange = r#"{"responseCode":0,"data":{"hash":"a","amount":2000.5,"currency":"KHR"}}"#;
    let mut payment = payment(1);
    let effect = apply(&mut payment, &claim(200, strange).unwrap(), None, START);
    assert_eq!((effect, payment.status), (Effect::Doubted(Doubt::OtherAmount), Status::Pending));
    let bare = r#"{"responseCode":0,"data":{"hash":"a"}}"#;
    assert_eq!(apply(&mut payment, &claim(200, bare).unwrap(), None, START), Effect::Paid);
}

#[test]
fn a_transaction_is_written_in_one_way_and_an_amount_is_never_rounded() {
    let message = |hash: &str, amount: &str| {
        let body =
            format!(r#"{{"transactionId": "t", "status": "PAID", "hash": {hash}, "amount": {amount}}}"#);
        claims::of_message(body.as_bytes()).map(|notice| notice.claim(Currency::Khr))
    };
    let whole = |part: &str| format!("\"{}\"", part.repeat(16));
    let upper = message(&whole("AB12"), "2000").unwrap();
    let lower = whole("ab12");
    assert_eq!(upper, message(&lower, "2000").unwrap());
    // The first digits of a transaction may be those of another one.
    for strange in ["\" ab12\"", "\"0xab12\"", "\"ab12\"", "\"\"", "12.5", &whole("zz11")] {
        assert!(message(strange, "2000").is_err(), "{strange}");
    }
    for near in
        ["1999.9999999999999", "2000.0000000000001", "1999.99999999999999999999", "\"1999.9999999999999\""]
    {
        let told = message(&lower, near).unwrap().money;
        assert_ne!(told, Told::Is(Money::new(2_000, Currency::Khr)), "{near}");
    }
    assert_eq!(message(&lower, "2000.0").unwrap().money, message(&lower, "\"2000.00\"").unwrap().money);
}

#[test]
fn what_is_compared_has_one_name() {
    let message = |member: &str| {
        let body = format!(r#"{{"transactionId": "t", "status": "PAID", "amount": 2000, "{member}": "x"}}"#);
        claims::of_message(body.as_bytes())
    };
    for other in [
        "toAccount",
        "to_account_id",
        "account",
        "receiver",
        "bill_number",
        "BillNo",
        "transactionHash",
        "bakong-hash",
        "MD5",
    ] {
        assert_eq!(message(other), Err(claims::Unreadable::Misnamed(other.to_owned())));
    }
    for unknown in ["fromAccountId", "description", "acknowledgedDateMs", "externalRef"] {
        assert_eq!(message(unknown).unwrap().unknown, 1, "{unknown}");
    }
}
