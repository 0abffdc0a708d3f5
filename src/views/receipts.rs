//! Receipts for print, in Khmer and English side by side: whoever pays and whoever keeps the books may read either.

use askama::Template;

use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::payments::model::{Payment, receipt_text};
use crate::domain::payments::tables::PAYMENTS;
use crate::domain::subscriptions::model::Purchase;
use crate::domain::users::model::Role;
use crate::domain::users::tables as users;
use crate::platform::clock::Timestamp;
use crate::platform::context::Context;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Language, day_text, moment_text, text};
use crate::platform::ids::PaymentId;
use crate::platform::money::Money;
use crate::platform::store::Reader as _;

/// One line of a receipt.
struct Line {
    km: String,
    en: String,
    value: String,
}

impl Line {
    fn new(label: &str, value: String) -> Self {
        let key = format!("receipt.{label}");
        Self { km: text(Language::Khmer, &key, &[]), en: text(Language::English, &key, &[]), value }
    }
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptHtml {
    clinic: String,
    title: Line,
    lines: Vec<Line>,
    note: Line,
}

/// The receipt of a payment, as a page.
///
/// # Errors
/// `payment_not_found`, also for what others asked for unless it is clinic staff who ask; `payment_not_paid`.
pub async fn page(context: &Context, caller: &Caller, id: PaymentId) -> Result<String> {
    let zone = context.zone();
    let html = gate::read(context, caller, "payment.view_receipt", |tx| {
        let me = caller.active()?;
        let is_staff = caller.with_role(Role::Admin).is_ok();
        let found = PAYMENTS.get(tx, &id)?.filter(|payment| is_staff || payment.payer == me);
        let payment = found.ok_or_else(|| Error::not_found("payment_not_found"))?;
        tx.trail().resource = Some(("payment", id.to_string()));
        if payment.payer != me {
            tx.trail().must_record();
        }
        let payer = users::require(tx, payment.payer)?.full_name.into_inner();
        let moment = |time: Timestamp| moment_text(time.to_utc().with_timezone(&zone).naive_local());
        let day = |time: Timestamp| day_text(time.day_in(zone));
        written(&context.settings.clinic.name, &payment, payer, moment, day)
            .ok_or_else(|| Error::conflict("payment_not_paid"))
    })
    .await?;
    html.render().map_err(|error| Error::internal(format!("a receipt: {error}")))
}

/// What stands on a receipt; nothing where nothing was paid. Of whose plan it is it says nothing: the payer need not know
/// them by more than they told.
fn written(
    clinic: &str,
    payment: &Payment,
    payer: String,
    moment: impl Fn(Timestamp) -> String,
    day: impl Fn(Timestamp) -> String,
) -> Option<ReceiptHtml> {
    let settled = payment.settled.as_ref()?;
    let shown = |money: Money| format!("{money} {}", money.currency().code());
    let bought = match payment.purchase {
        Purchase::Cycle(_) => "cycle",
        Purchase::Upgrade { .. } => "upgrade",
    };
    let both = |key: &str| {
        let of = |language| text(language, &format!("receipt.{key}"), &[]);
        format!("{} / {}", of(Language::Khmer), of(Language::English))
    };
    let mut lines = vec![
        Line::new("number", receipt_text(settled.receipt?)),
        Line::new("date", moment(settled.known)),
        Line::new("payer", payer),
        Line::new("for", format!("{} ({})", payment.purchase.plan().name(), both(bought))),
        Line::new("amount", shown(payment.asked.money)),
        Line::new("account", payment.asked.account.clone()),
        Line::new("bill", payment.asked.bill_number.clone()),
    ];
    lines.extend(settled.hash.clone().map(|hash| Line::new("transaction", hash)));
    for refund in &payment.refunds {
        lines.push(Line::new("given_back", format!("{}, {}", shown(refund.money), day(refund.at))));
    }
    Some(ReceiptHtml {
        clinic: clinic.to_owned(),
        title: Line::new("title", String::new()),
        lines,
        note: Line::new("note", String::new()),
    })
}
