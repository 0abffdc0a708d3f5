//! Rule files of a clinic in the place of the shipped ones, and lists of other houses taken over into such files.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::delivery::tell_each_admin;
use super::prescriptions::tell_of_rules;
use crate::domain::auth::model::Caller;
use crate::domain::gate;
use crate::domain::notifications::model::Urgency;
use crate::domain::notifications::params::Params;
use crate::domain::safety::import::{Examined, FileChange, Sent, examine};
use crate::domain::safety::{Fault, Rules, Weakened, tables};
use crate::domain::safety_lines::catalogue_name;
use crate::domain::safety_rules::{RulesInForce, State, known_medicines, stocked_ingredients, with_texts};
use crate::domain::users::model::Role;
use crate::domain::users::tables as users;
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::store::{Reader as _, Store, WriteTx};

/// Faults and rows left out that are described one by one; the rest is only counted.
pub const DESCRIBED_MAX: usize = 200;
/// How often an import starts over because the catalogue or the files changed while it was examined.
const ATTEMPTS: usize = 3;

/// What an import shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Only tell what it would change and what is wrong.
    DryRun,
    /// Take all files, or none when anything is wrong.
    Apply {
        /// How many rules whoever sends them means to take away, to lower or to say in other words.
        weakened: usize,
    },
}

/// Rules that are named to staff when an import takes them away or lowers them; the rest is only counted.
const NAMED_MAX: usize = 5;

/// What an import did, or would do.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What becomes of each file; empty when something is wrong.
    pub files: Vec<FileChange>,
    /// How many rules there were.
    pub rules_before: usize,
    /// How many there are afterwards.
    pub rules_after: usize,
    /// Rules that stopped or warned and do so no more, less than before, in other words, or perhaps more seldom.
    pub weakened: (usize, Vec<Weakened>),
    /// Rules of which a confirmation or a silence ends, because they say something else now or are there no more.
    pub decisions_ended: Vec<String>,
    /// Rules of which the files say something that stands in English alone, by id.
    pub without_khmer: (usize, Vec<String>),
    /// Rows that were left out or have no effect.
    pub skipped: (usize, Vec<Fault>),
    /// What is wrong.
    pub faults: (usize, Vec<Fault>),
}

/// Whether this caller may import at all; asked before a large body is read.
///
/// # Errors
/// `role_not_allowed` for everybody but admins.
pub async fn may_import(context: &Context, caller: &Caller) -> Result<()> {
    let by = caller.clone();
    gate::read(context, caller, "safety.import_rules", |_| by.with_role(Role::Admin).map(drop)).await
}

/// Puts files in the place of others, or tells what that would do. All are taken or none, and the rules that prescriptions
/// are held against change with the files.
///
/// # Errors
/// `role_not_allowed`; every fault of the files, where it is no dry run; `safety_rules_weakened` when more or fewer rules
/// would be lost or lowered than was said; `safety_rules_changed` when others changed the catalogue or the files all the
/// time.
pub async fn import(
    context: &Context,
    caller: &Caller,
    sent: Vec<Sent>,
    mode: ImportMode,
) -> Result<ImportReport> {
    may_import(context, caller).await?;
    let in_force = context.extensions.get::<RulesInForce>();
    let sent = Arc::new(sent);
    for _ in 0..ATTEMPTS {
        let (store, files, rules) = (context.store.clone(), Arc::clone(&sent), Arc::clone(&in_force));
        let weighed = blocking(move || weigh(&store, &files, &rules)).await?;
        let Weighed { examined, base, rules_before, decided, weakened } = weighed;
        let untold = examined.rules.as_ref().map(|rules| rules.without_khmer(&examined.touched));
        let untold = untold.unwrap_or_default();
        let without_khmer = (untold.len(), untold.into_iter().take(DESCRIBED_MAX).collect());
        let report = ImportReport {
            dry_run: mode == ImportMode::DryRun,
            files: examined.changes.clone(),
            rules_before,
            rules_after: examined.rules.as_ref().map_or(0, Rules::len),
            weakened: (weakened.len(), weakened.iter().take(DESCRIBED_MAX).cloned().collect()),
            decisions_ended: decided,
            without_khmer,
            skipped: described(&examined.skipped),
            faults: described(&examined.faults),
        };
        let ImportMode::Apply { weakened: meant } = mode else { return Ok(report) };
        if !examined.faults.is_empty() {
            return Err(Error::invalid_fields(report.faults.1.iter().map(field_error).collect()));
        }
        if !weakened.is_empty() && meant != weakened.len() {
            let error = FieldError::new("rulesWeakened", "safety_rules_weakened");
            let error = error.with("count", weakened.len()).with("rules", named(&weakened));
            return Err(Error::invalid_fields(vec![error]));
        }
        match write(context, caller, (examined, weakened), base).await {
            Err(error) if error.code() == "safety_rules_changed" => {}
            Err(error) => return Err(error),
            Ok(Written { decisions_ended }) => {
                // Read at once, beside everybody: the next who prescribes need not wait for it.
                let store = context.store.clone();
                blocking(move || store.read(|tx| in_force.read(tx).map(drop))).await?;
                return Ok(ImportReport { decisions_ended, ..report });
            }
        }
    }
    Err(Error::conflict("safety_rules_changed"))
}

/// What was found, and of which state of the store.
struct Weighed {
    examined: Examined,
    base: State,
    rules_before: usize,
    /// Rules about which something was decided that ends.
    decided: Vec<String>,
    weakened: Vec<Weakened>,
}

fn weigh(store: &Store, sent: &[Sent], in_force: &RulesInForce) -> Result<Weighed> {
    store.read(|tx| {
        let base = State::of(tx)?;
        let (texts, _) = base.texts(tx)?;
        let entries = known_medicines(tx)?;
        let catalogue: Vec<_> = entries.iter().map(catalogue_name).collect();
        let examined = examine(&with_texts(&texts), sent, &catalogue, &stocked_ingredients(tx)?);
        let present = in_force.rules(tx)?;
        let (now, mut then) = (tables::adjustments(tx)?, tables::adjustments(tx)?);
        // What was decided about rules that say something else ends.
        then.confirmed.retain(|rule| !examined.touched.contains(rule));
        let after = examined.rules.as_ref();
        let weakened = after
            .map(|after| present.weakened_in(after, &now, &then, &examined.narrowed))
            .unwrap_or_default();
        let mut decided = Vec::new();
        for rule in &examined.touched {
            if tables::CARE.get(tx, rule)?.is_some() {
                decided.push(rule.clone());
            }
        }
        Ok(Weighed { examined, base, rules_before: present.len(), decided, weakened })
    })
}

/// What was written.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    decisions_ended: Vec<String>,
}

async fn write(
    context: &Context,
    caller: &Caller,
    (examined, weakened): (Examined, Vec<Weakened>),
    base: State,
) -> Result<Written> {
    let by = caller.clone();
    gate::write(context, caller, "safety.import_rules", move |tx| {
        let admin = by.with_role(Role::Admin)?;
        if State::of(tx)? != base {
            return Err(Error::conflict("safety_rules_changed"));
        }
        let decisions_ended = end_decisions(tx, &examined.touched)?;
        let mut said = Vec::with_capacity(examined.texts.len());
        for ((name, text), change) in examined.texts.iter().zip(&examined.changes) {
            tables::put_file(tx, name, text.as_deref(), admin)?;
            said.push(serde_json::json!({
                "file": name, "sha256": text.as_deref().map(tables::digest), "rows": change.rows,
                "added": change.added, "changed": change.changed, "lost": change.lost,
            }));
        }
        if !weakened.is_empty() {
            let name = users::require(tx, admin)?.full_name.into_inner();
            let count = weakened.len().to_string();
            let params = Params::new().text("name", name).text("count", count);
            let params = params.text("rules", named(&weakened));
            tell_each_admin(tx, None, ("rules_weakened", Urgency::Warning), &params, None)?;
        }
        let names: Vec<&str> = examined.texts.iter().map(|(name, _)| *name).collect();
        tx.trail().resource = Some(("safety_files", names.join(", ")));
        tx.trail().change = Some(serde_json::json!({ "files": said, "decisionsEnded": decisions_ended,
            "weakened": weakened.len() }));
        Ok(Written { decisions_ended })
    })
    .await
}

/// The first of them by id, the gravest first.
fn named(weakened: &[Weakened]) -> String {
    let named: Vec<&str> = weakened.iter().take(NAMED_MAX).map(|one| one.rule.as_str()).collect();
    let more = if weakened.len() > NAMED_MAX { ", \u{2026}" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// Ends what was decided about rules that say something else from now on: nobody has stood for what they say now.
fn end_decisions(tx: &mut WriteTx<'_>, touched: &BTreeSet<String>) -> Result<Vec<String>> {
    let (mut ended, mut speaking) = (Vec::new(), BTreeSet::new());
    for rule in touched {
        let Some(care) = tables::CARE.get(tx, rule)? else { continue };
        tables::CARE.delete(tx, rule)?;
        ended.push(rule.clone());
        if care.suppressed.is_some() {
            speaking.insert(rule.clone());
        }
    }
    tell_of_rules(tx, speaking)?;
    Ok(ended)
}

fn described(faults: &[Fault]) -> (usize, Vec<Fault>) {
    (faults.len(), faults.iter().take(DESCRIBED_MAX).cloned().collect())
}

fn field_error(fault: &Fault) -> FieldError {
    let column = if fault.column.is_empty() { String::new() } else { format!(", {}", fault.column) };
    let place = format!("{} line {}{column}", fault.file, fault.line);
    FieldError::new(place, "safety_file_fault").with("sentence", &fault.sentence)
}

/// Runs what takes its time on a thread made for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::internal(format!("an import of rules ended early: {error}")))?
}
