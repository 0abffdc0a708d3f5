//! Rule files that a clinic puts in the place of the shipped ones.

use std::sync::Arc;

use poem::{Request, RequestBody, Result};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type as _;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, Object, OpenApi};

use super::standing::FaultAnswer;
use crate::api::Area;
use crate::api::caller::SignedIn;
use crate::api::incoming::{gather, is_json, no_room};
use crate::api::input::parse;
use crate::api::problem::{Problem, unsupported_media_type};
use crate::api::types::named_lists;
use crate::domain::prescriptions::model::Tier;
use crate::domain::safety::foreign::UnknownNames;
use crate::domain::safety::import::{FileChange, Format, Happens, Sent};
use crate::domain::safety::{Files, Weakened};
use crate::flows::safety_import::{self as flow, ImportMode, ImportReport};
use crate::platform::context::Context;
use crate::platform::error::{Error, FieldError, FieldErrors, Kind};

/// Most bytes of all files of one request.
pub const FILES_MAX_BYTES: usize = 8 * 1024 * 1024;

named_lists! {
    /// How a rule file is written: as the shipped file of its name, as rules between classes in the shape of the French
    /// thesaurus, or as maximum doses in the shape of the product file of the Veterans Affairs.
    Format as "SafetyFileFormat": Rules, ClassRules, MaximumDoses;
    /// What becomes of a row of a rule file.
    Happens as "SafetyFileRowChange": Added, Changed, Lost;
}

/// A rule file that takes the place of another one.
#[derive(Debug, Object)]
#[oai(rename = "SafetyFile", rename_all = "camelCase")]
pub struct FileBody {
    /// Which: the name of a shipped file (`interactions.csv`, `doses.csv`, `classes.csv` and so on), or
    /// `more_interactions.csv`, `more_doses.csv`, `more_classes.csv`, which add to the shipped ones and so keep what newer
    /// versions of the program bring.
    #[oai(validator(min_length = 1, max_length = 40))]
    name: String,
    /// RULES when left out: the columns of the shipped file. CLASS_RULES (only `more_interactions.csv`): columns `a`, `b`
    /// (class or substance), `level` (contraindication, not advised, precaution, take into account; also in French),
    /// `risk`, `conduct`, `source`, `year`, and `hazard` if wanted. MAXIMUM_DOSES (only `more_doses.csv`): columns
    /// `generic`, `route`, `max_single_dose`, `max_daily_dose`, `unit` (mg, g, mcg, IU), `source`, `year`, and `product` if
    /// wanted.
    format: Option<Format>,
    /// The whole file as CSV with commas; left out, the shipped file is taken back.
    text: Option<String>,
    /// Only for lists of other houses: leaves out rows whose names nobody knows here, and names them in `skipped`.
    /// Otherwise such a name is an error.
    skip_unknown_names: Option<bool>,
}

/// Rule files that take the place of others, all of them or none.
#[derive(Debug, Object)]
#[oai(rename = "ImportSafetyRulesRequest", rename_all = "camelCase")]
pub struct ImportBody {
    /// The files, each once.
    #[oai(validator(min_items = 1, max_items = 18))]
    files: Vec<FileBody>,
}

impl ImportBody {
    fn typed(self) -> Result<Vec<Sent>, Error> {
        let mut errors = FieldErrors::new();
        let mut all: Vec<Sent> = Vec::with_capacity(self.files.len());
        for (place, file) in self.files.into_iter().enumerate() {
            let field = |name: &str| format!("files[{place}].{name}");
            let Some(name) = Files::names().find(|known| *known == file.name) else {
                let names = Files::names().collect::<Vec<_>>().join(", ");
                errors.push(FieldError::new(field("name"), "field_choice").with("choices", names));
                continue;
            };
            if all.iter().any(|sent| sent.name == name) {
                errors.add(field("name"), "field_twice");
            }
            let format = file.format.unwrap_or(Format::Rules);
            if !format.fits(name) {
                errors.add(field("format"), "safety_file_format_misfit");
            }
            if format == Format::Rules && file.skip_unknown_names.is_some() {
                errors.add(field("skipUnknownNames"), "safety_file_skips_nothing");
            }
            let skips = file.skip_unknown_names == Some(true);
            let unknown = if skips { UnknownNames::Skipped } else { UnknownNames::Refused };
            // Spreadsheet programs begin a file with a mark that no eye sees.
            let text = file.text.map(|text| text.trim_start_matches('\u{FEFF}').to_owned());
            all.push(Sent { name, format, text, unknown });
        }
        errors.finish()?;
        Ok(all)
    }
}

/// What becomes of a row.
#[derive(Debug, Object)]
#[oai(rename = "SafetyFileRow", rename_all = "camelCase")]
pub struct RowAnswer {
    /// Its id or name.
    key: String,
    /// What happens to it.
    change: Happens,
}

/// What becomes of a rule file.
#[derive(Debug, Object)]
#[oai(rename = "SafetyFileChange", rename_all = "camelCase")]
pub struct FileChangeAnswer {
    /// Which.
    name: String,
    /// Whether the shipped one is in force afterwards.
    shipped: bool,
    /// Rows afterwards.
    rows: u64,
    /// Rows that were not there.
    added: u64,
    /// Rows that say something else.
    changed: u64,
    /// Rows that are there no more.
    lost: u64,
    /// The first 100 of them.
    examples: Vec<RowAnswer>,
}

impl FileChangeAnswer {
    fn of(change: FileChange) -> Self {
        let examples = change.examples.into_iter().map(|(key, change)| RowAnswer { key, change }).collect();
        Self {
            name: change.name,
            shipped: change.shipped,
            rows: change.rows,
            added: change.added,
            changed: change.changed,
            lost: change.lost,
            examples,
        }
    }
}

/// A rule that stopped or warned and does so no more, less than before, in other words, or perhaps more seldom.
#[derive(Debug, Object)]
#[oai(rename = "WeakenedSafetyRule", rename_all = "camelCase")]
pub struct WeakenedAnswer {
    /// Which; of a file on which rules rest its name and the row: `classes.csv c-nsaid`.
    rule_id: String,
    /// In which tier it speaks before.
    tier_before: Tier,
    /// In which afterwards; left out when it is there no more.
    tier_after: Option<Tier>,
}

impl WeakenedAnswer {
    fn of(one: Weakened) -> Self {
        Self { rule_id: one.rule, tier_before: one.before, tier_after: one.after }
    }
}

/// What an import of rules did, or what a dry run found.
#[derive(Debug, Object)]
#[oai(rename = "SafetyImportReport", rename_all = "camelCase")]
pub struct ReportAnswer {
    /// Whether nothing was written.
    dry_run: bool,
    /// What becomes of each file; empty when something is wrong.
    files: Vec<FileChangeAnswer>,
    /// How many rules are in force before it.
    rules_before: u64,
    /// How many afterwards; 0 when something is wrong.
    rules_after: u64,
    /// How many rules stopped or warned and do so no more, less than before, in other words, or under other conditions.
    rules_weakened: u64,
    /// The first 200 of them, the gravest first.
    weakened: Vec<WeakenedAnswer>,
    /// Rules that say something else afterwards or are there no more, and about which something was decided: they are
    /// neither confirmed nor silent any more.
    decisions_ended: Vec<String>,
    /// How many rules say something in these files for which `khmer.csv` has no Khmer: whoever reads Khmer reads the English,
    /// marked as such.
    without_khmer_count: u64,
    /// The first 200 of them, by id.
    without_khmer: Vec<String>,
    /// Rows of lists of other houses that are left out, and rows that were written anew and have no effect: they repeat
    /// another one, or no medicine of the catalogue is of what they name.
    skipped_count: u64,
    /// The first 200 of them, and why.
    skipped: Vec<FaultAnswer>,
    /// All faults; files with faults cannot be imported.
    error_count: u64,
    /// The first 200 of them.
    errors: Vec<FaultAnswer>,
}

impl ReportAnswer {
    fn of(report: ImportReport) -> Self {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (rules_weakened, weakened) = report.weakened;
        let (without_khmer_count, without_khmer) = report.without_khmer;
        let (skipped_count, skipped) = report.skipped;
        let (error_count, errors) = report.faults;
        Self {
            dry_run: report.dry_run,
            files: report.files.into_iter().map(FileChangeAnswer::of).collect(),
            rules_before: count(report.rules_before),
            rules_after: count(report.rules_after),
            rules_weakened: count(rules_weakened),
            weakened: weakened.into_iter().map(WeakenedAnswer::of).collect(),
            decisions_ended: report.decisions_ended,
            without_khmer_count: count(without_khmer_count),
            without_khmer,
            skipped_count: count(skipped_count),
            skipped: skipped.into_iter().map(FaultAnswer::of).collect(),
            error_count: count(error_count),
            errors: errors.into_iter().map(FaultAnswer::of).collect(),
        }
    }
}

/// Rule files as the body, not read before the caller has proved that they may send them.
pub struct FilesUpload(poem::Body);

impl<'a> ApiExtractor<'a> for FilesUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        ImportBody::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: Some("The files, together at most 8 MiB."),
            content: vec![MetaMediaType {
                content_type: "application/json; charset=utf-8",
                schema: ImportBody::schema_ref(),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        if !request.content_type().is_some_and(is_json) {
            return Err(unsupported_media_type("application/json").into());
        }
        Ok(Self(body.take()?))
    }
}

/// Rule files of a clinic.
pub struct SafetyImportApi(pub Arc<Context>);

#[OpenApi(prefix_path = "/safety", tag = "Area::Safety")]
impl SafetyImportApi {
    /// Import safety rules
    ///
    /// For clinic staff: puts rule files in the place of the shipped ones, or takes these back. All files are taken or
    /// none: a name that the catalogue does not know, a contradiction, an unknown tier, an empty class, a condition that is
    /// not understood are named with file, line and column, and the rules before stay in force. With `dryRun=true` nothing
    /// is written and the faults are part of the answer. What a clinic writes counts as IMPORTED, never as verified, until
    /// a reviewer confirms it rule by rule. Where rules that stop or warn would be lost, lowered or said in other words, or might
    /// speak more seldom under other conditions, amounts or classes, their number has to be said in `rulesWeakened`, and all clinic staff are told.
    /// Rows that were written and have no effect are named in `skipped`. Importing the same again changes nothing.
    #[oai(path = "/import", method = "post", operation_id = "import_safety_rules")]
    async fn import(
        &self,
        SignedIn(caller): SignedIn,
        /// Whether to tell only what would happen.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        /// How many rules that stop or warn are meant to be lost, lowered, said in other words or changed in when they speak, as the dry run counts them, rows on which rules rest included; 0 when left out.
        #[oai(name = "rulesWeakened")]
        rules_weakened: Query<Option<u32>>,
        upload: FilesUpload,
    ) -> Result<Json<ReportAnswer>, Problem> {
        flow::may_import(&self.0, &caller).await?;
        // Files are large, so one request of them comes at a time.
        let _room = Arc::clone(&self.0.rooms.upload).try_acquire_owned().map_err(|_| no_room())?;
        let bytes = gather(&self.0, upload.0, FILES_MAX_BYTES, |_| true).await;
        let bytes = bytes.map_err(|error| match error.kind() {
            Kind::TooLarge => {
                Error::too_large("safety_files_too_large").with("max", FILES_MAX_BYTES / 1024 / 1024)
            }
            _ => error,
        })?;
        let sent = parse::<ImportBody>(&bytes)?.typed()?;
        let weakened = usize::try_from(rules_weakened.0.unwrap_or_default()).unwrap_or(usize::MAX);
        let is_dry = dry_run.0.unwrap_or_default();
        let mode = if is_dry { ImportMode::DryRun } else { ImportMode::Apply { weakened } };
        Ok(Json(ReportAnswer::of(flow::import(&self.0, &caller, sent, mode).await?)))
    }
}
