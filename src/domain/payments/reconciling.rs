//! What the bank shows, held against what is known here.
//!
//! Every line of the bank's file is found by the transaction's hash or by the bill number, and is said to match only where
//! amount, currency and transaction agree. What is known here and on no line is said too. Nothing is changed by that.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Payment, Status, receipt_text, transaction_hash};
use super::rules::is_paid_by;
use crate::platform::clock::Timestamp;
use crate::platform::ids::PaymentId;
use crate::platform::money::{Money, Told};

/// Most lines of a bank's file.
pub const LINES_MAX: usize = 5_000;
/// Columns that are understood. Others are passed over.
const COLUMNS: [&str; 4] = ["hash", "bill", "amount", "currency"];

/// Columns of the report.
const HEADING: [&str; 12] = [
    "line",
    "finding",
    "hash",
    "bill",
    "amount",
    "currency",
    "paymentId",
    "status",
    "asked",
    "receipt",
    "knownHash",
    "paidAt",
];

/// What of a file cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no CSV: this line is not.
    Csv(u64),
    /// This column is missing, or there twice.
    Column(&'static str),
    /// It has more lines than [`LINES_MAX`].
    TooLong,
}

/// A line of the bank's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// Its number in the file; the heading is 1.
    pub number: u64,
    /// The transaction's hash, as it is kept here.
    pub hash: Option<String>,
    /// The bill number.
    pub bill: Option<String>,
    /// How much came in.
    pub money: Told,
    /// As it was written.
    pub written: [String; 4],
}

/// What is found of a line, or of a payment that is on none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// It is paid here by this transaction, and amount and currency agree.
    Matches,
    /// It came in, and is not paid here: decide about it.
    NotPaidHere,
    /// Another amount or currency came in than was asked for.
    AmountDiffers,
    /// It is paid here by another transaction, or stands on a line before: it may have come in twice.
    OtherTransaction,
    /// The hash is of one payment and the bill number of another.
    Contradiction,
    /// Nothing like it was asked for here.
    Unknown,
    /// The same transaction stands on a line before.
    Again,
    /// Neither a hash nor a bill number, or no amount that can be read.
    Unreadable,
    /// Paid here in this time, and on no line.
    MissingAtBank,
}

impl Finding {
    /// As the report writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matches => "MATCHES",
            Self::NotPaidHere => "NOT_PAID_HERE",
            Self::AmountDiffers => "AMOUNT_DIFFERS",
            Self::OtherTransaction => "OTHER_TRANSACTION",
            Self::Contradiction => "CONTRADICTION",
            Self::Unknown => "UNKNOWN",
            Self::Again => "AGAIN",
            Self::Unreadable => "UNREADABLE",
            Self::MissingAtBank => "MISSING_AT_BANK",
        }
    }
}

/// Reads a bank's file.
///
/// # Errors
/// What of it cannot be understood.
pub fn read(text: &str) -> Result<Vec<BankLine>, Unreadable> {
    // Spreadsheet programs begin a file with a mark that no eye sees.
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let heading = reader.headers().map_err(|_| Unreadable::Csv(1))?.clone();
    let place = |name: &'static str| {
        let mut places = heading.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
        match (places.next(), places.next()) {
            (found, None) => Ok(found.map(|(place, _)| place)),
            _ => Err(Unreadable::Column(name)),
        }
    };
    let [hash, bill, amount, currency] = COLUMNS.map(place);
    let (hash, bill) = (hash?, bill?);
    let (amount, currency) = (amount?.ok_or(Unreadable::Column("amount"))?, currency?);
    let currency = currency.ok_or(Unreadable::Column("currency"))?;
    if hash.is_none() && bill.is_none() {
        return Err(Unreadable::Column("hash"));
    }
    let mut lines = Vec::new();
    for (number, record) in (2u64..).zip(reader.records()) {
        let record = record.map_err(|_| Unreadable::Csv(number))?;
        if lines.len() >= LINES_MAX {
            return Err(Unreadable::TooLong);
        }
        let field =
            |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default().to_owned();
        let written = [field(hash), field(bill), field(Some(amount)), field(Some(currency))];
        let [told_hash, told_bill, told_amount, told_currency] = &written;
        lines.push(BankLine {
            number,
            hash: transaction_hash(told_hash),
            bill: (!told_bill.is_empty()).then(|| told_bill.to_ascii_uppercase()),
            money: Told::read(Some(told_amount), Some(&told_currency.to_ascii_uppercase())),
            written,
        });
    }
    Ok(lines)
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// The line of the bank's file.
    pub line: Option<BankLine>,
    /// What is found of it.
    pub finding: Finding,
    /// The payment.
    pub payment: Option<Payment>,
}

/// Holds the lines against payments. `find` finds one by a hash, or by a bill number; `paid` are those that were paid in the
/// time of the file.
///
/// # Errors
/// Those of `find`.
pub fn reconcile<E>(
    lines: Vec<BankLine>,
    paid: Vec<Payment>,
    find: impl Fn(Option<&String>, Option<&String>) -> Result<Option<Payment>, E>,
) -> Result<Vec<Reconciled>, E> {
    let (mut seen, mut named) = (BTreeSet::new(), BTreeSet::<PaymentId>::new());
    let mut counted = Counted::default();
    let mut report = Vec::with_capacity(lines.len());
    for line in lines {
        let by_hash = match &line.hash {
            Some(hash) => find(Some(hash), None)?,
            None => None,
        };
        let by_bill = match &line.bill {
            Some(bill) => find(None, Some(bill))?,
            None => None,
        };
        let contradicts =
            by_hash.as_ref().zip(by_bill.as_ref()).is_some_and(|(one, other)| one.id != other.id);
        let hash = line.hash.clone().filter(|_| !contradicts);
        let is_again = hash.is_some_and(|hash| !seen.insert(hash));
        let payment = by_hash.or(by_bill);
        let finding = match &payment {
            _ if is_again => Finding::Again,
            _ if is_unreadable(&line) => Finding::Unreadable,
            None => Finding::Unknown,
            Some(_) if contradicts => Finding::Contradiction,
            Some(payment) => counted.weigh(&line, payment, compare(&line, payment)),
        };
        named.extend(payment.as_ref().map(|payment| payment.id));
        report.push(Reconciled { line: Some(line), finding, payment });
    }
    let missing = paid.into_iter().filter(|payment| !named.contains(&payment.id));
    report.extend(missing.map(|payment| Reconciled {
        line: None,
        finding: Finding::MissingAtBank,
        payment: Some(payment),
    }));
    Ok(report)
}

/// For which payments a line was found.
#[derive(Default)]
struct Counted {
    payments: BTreeSet<PaymentId>,
    /// Those of which one line names no transaction.
    unnamed: BTreeSet<PaymentId>,
}

impl Counted {
    /// A second line for one payment is another transaction, unless both name transactions that are known to have paid it.
    fn weigh(&mut self, line: &BankLine, payment: &Payment, finding: Finding) -> Finding {
        if !matches!(finding, Finding::Matches | Finding::NotPaidHere) {
            return finding;
        }
        let is_known = line.hash.as_ref().is_some_and(|hash| is_paid_by(payment, hash));
        let was_named = is_known && !self.unnamed.contains(&payment.id);
        let is_second = !self.payments.insert(payment.id);
        if line.hash.is_none() {
            self.unnamed.insert(payment.id);
        }
        if is_second && !was_named { Finding::OtherTransaction } else { finding }
    }
}

fn is_unreadable(line: &BankLine) -> bool {
    let [hash, ..] = &line.written;
    let names_nothing = line.hash.is_none() && line.bill.is_none();
    names_nothing || (line.hash.is_none() && !hash.is_empty()) || !matches!(line.money, Told::Is(_))
}

fn compare(line: &BankLine, payment: &Payment) -> Finding {
    let known = payment.settled.as_ref().and_then(|settled| settled.hash.as_ref());
    let is_another = line.hash.as_ref().is_some_and(|told| known.is_some() && !is_paid_by(payment, told));
    match &line.money {
        Told::Is(money) if *money != payment.asked.money => Finding::AmountDiffers,
        _ if payment.status != Status::Paid => Finding::NotPaidHere,
        _ if is_another => Finding::OtherTransaction,
        _ => Finding::Matches,
    }
}

/// Writes a report as CSV, after it two lines for each currency: the sum of what came in, and that of the payments above
/// which are paid here.
///
/// # Errors
/// When it cannot be written.
pub fn write(report: &[Reconciled], show: impl Fn(Timestamp) -> String) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADING)?;
    let mut sums: BTreeMap<&str, (u64, u64, Money)> = BTreeMap::new();
    let mut counted = BTreeSet::new();
    for one in report {
        let number = one.line.as_ref().map_or_else(String::new, |line| line.number.to_string());
        let written = one.line.as_ref().map_or_else(Default::default, |line| line.written.clone());
        let mut record = vec![number, one.finding.name().to_owned()];
        record.extend(written.iter().map(|text| harmless(text)));
        if let Some(Told::Is(money)) = one.line.as_ref().map(|line| &line.money)
            && one.finding != Finding::Again
        {
            let sum = sums.entry(money.currency().code()).or_insert((0, 0, *money));
            sum.0 = sum.0.saturating_add(money.minor());
        }
        if let Some(payment) = &one.payment {
            record.extend(of_payment(payment, &show));
        }
        if let Some(payment) = &one.payment
            && payment.status == Status::Paid
            && counted.insert(payment.id)
        {
            let money = payment.asked.money;
            let sum = sums.entry(money.currency().code()).or_insert((0, 0, money));
            sum.1 = sum.1.saturating_add(money.minor());
        }
        record.resize(HEADING.len(), String::new());
        writer.write_record(&record)?;
    }
    for (code, (bank, here, money)) in sums {
        let shown = |minor| Money::new(minor, money.currency()).to_string();
        for (name, minor) in [("SUM_AT_BANK", bank), ("SUM_HERE", here)] {
            let mut record = ["", name, "", "", &shown(minor), code].map(str::to_owned).to_vec();
            record.resize(HEADING.len(), String::new());
            writer.write_record(&record)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn of_payment(payment: &Payment, show: impl Fn(Timestamp) -> String) -> [String; 6] {
    let settled = payment.settled.as_ref();
    let asked = payment.asked.money;
    [
        payment.id.to_string(),
        format!("{:?}", payment.status).to_uppercase(),
        format!("{asked} {}", asked.currency().code()),
        settled.and_then(|settled| settled.receipt).map(receipt_text).unwrap_or_default(),
        settled.and_then(|settled| settled.hash.clone()).unwrap_or_default(),
        settled.map_or_else(String::new, |settled| show(settled.known)),
    ]
}

/// A text of the bank's that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
