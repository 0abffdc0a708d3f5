//! The name by which an entry is shown where it must not be taken for another one: on a prescription line, in a list of
//! doses, in a message.

use super::model::{Content, Form, Release, Route};
use crate::platform::i18n::{Language, text};

impl Content {
    /// Whether it is swallowed. A gel for the mouth is rubbed in.
    pub const fn is_swallowed(&self) -> bool {
        matches!(self.route, Route::Oral) && !matches!(self.form, Form::Gel)
    }

    /// Name, strength and form, with the route where the form does not tell it: `ciprofloxacin 0.3% eye drops`,
    /// `epinephrine 1 mg/mL injection (IM)`, `diazepam 5 mg rectal solution`, `gliclazide 30 mg modified-release tablet`.
    /// No two active entries of the shipped list share one.
    pub fn display_name(&self, language: Language) -> String {
        let name = match language {
            Language::English => &self.generic,
            Language::Khmer => &self.khmer,
        };
        let mut shown = format!("{name} {}", self.strength);
        let form = presentation(language, self.form, self.route, self.release);
        // "multivitamins 1 tablet" says its form already.
        if !form.is_empty() && !shown.ends_with(&form) && !names_vaccine(language, name, self.form) {
            shown = format!("{shown} {form}");
        }
        let routes = if self.routes.is_empty() { std::slice::from_ref(&self.route) } else { &self.routes };
        let ways: Vec<String> = routes
            .iter()
            .filter_map(|route| abbreviated(self.form, *route))
            .map(|key| text(language, key, &[]))
            .collect();
        if ways.is_empty() { shown } else { format!("{shown} ({})", ways.join("/")) }
    }
}

/// "bcg vaccine 0.05 mL vaccine" would say it twice.
fn names_vaccine(language: Language, name: &str, form: Form) -> bool {
    form == Form::Vaccine && name.contains(&text(language, "medicine_form_vaccine", &[]))
}

/// The form with what its release and route add to it.
fn presentation(language: Language, form: Form, route: Route, release: Release) -> String {
    let Some(form_key) = form_key(form, route) else { return String::new() };
    let form_text = text(language, form_key, &[]);
    let placed = match place_key(form, route) {
        Some(key) => text(language, key, &[("form", form_text)]),
        None => form_text,
    };
    match release {
        Release::Plain => placed,
        Release::Modified => text(language, "medicine_release_modified", &[("form", placed)]),
        Release::GastroResistant => text(language, "medicine_release_gastro_resistant", &[("form", placed)]),
    }
}

const fn form_key(form: Form, route: Route) -> Option<&'static str> {
    Some(match form {
        Form::Tablet => "medicine_form_tablet",
        Form::Capsule => "medicine_form_capsule",
        Form::Syrup => "medicine_form_syrup",
        Form::Suspension => "medicine_form_suspension",
        Form::Solution => "medicine_form_solution",
        Form::Drops => "medicine_form_drops",
        Form::Sachet => "medicine_form_sachet",
        Form::Powder => "medicine_form_powder",
        Form::Suppository => "medicine_form_suppository",
        Form::Pessary => "medicine_form_pessary",
        Form::Injection => "medicine_form_injection",
        Form::Infusion => "medicine_form_infusion",
        Form::Vaccine => "medicine_form_vaccine",
        Form::Inhaler => "medicine_form_inhaler",
        Form::NebuliserSolution => "medicine_form_nebuliser_solution",
        Form::NasalSpray => "medicine_form_nasal_spray",
        Form::EyeDrops => "medicine_form_eye_drops",
        Form::EarDrops => "medicine_form_ear_drops",
        Form::Cream => "medicine_form_cream",
        Form::Ointment => "medicine_form_ointment",
        // A gel for the mouth is rubbed in, not swallowed.
        Form::Gel if matches!(route, Route::Oral) => "medicine_form_mouth_gel",
        Form::Gel => "medicine_form_gel",
        Form::Lotion => "medicine_form_lotion",
        Form::Shampoo => "medicine_form_shampoo",
        Form::Patch => "medicine_form_patch",
        Form::Implant => "medicine_form_implant",
        Form::Device | Form::Other => return None,
    })
}

/// The place of the body, as a word before the form, unless the form says it.
const fn place_key(form: Form, route: Route) -> Option<&'static str> {
    match (form, route) {
        (Form::Tablet | Form::Capsule | Form::Syrup | Form::Sachet | Form::Gel, Route::Oral)
        | (Form::Suppository, Route::Rectal)
        | (Form::Pessary, Route::Vaginal)
        | (Form::Cream | Form::Ointment | Form::Gel | Form::Lotion | Form::Shampoo, Route::Topical)
        | (Form::Inhaler | Form::NebuliserSolution, Route::Inhaled)
        | (Form::NasalSpray, Route::Nasal)
        | (Form::EyeDrops, Route::Ophthalmic)
        | (Form::EarDrops, Route::Otic)
        | (Form::Vaccine | Form::Injection | Form::Infusion | Form::Implant | Form::Patch, _) => None,
        (_, Route::Oral) => Some("medicine_place_oral"),
        (_, Route::Sublingual) => Some("medicine_place_sublingual"),
        (_, Route::Rectal) => Some("medicine_place_rectal"),
        (_, Route::Vaginal) => Some("medicine_place_vaginal"),
        (_, Route::Inhaled) => Some("medicine_place_inhaled"),
        (_, Route::Nasal) => Some("medicine_place_nasal"),
        (_, Route::Ophthalmic) => Some("medicine_place_eye"),
        (_, Route::Otic) => Some("medicine_place_ear"),
        (_, Route::Topical) => Some("medicine_place_topical"),
        _ => None,
    }
}

/// The route behind the name: of what is given with a needle, of vaccines and of what has no form word.
const fn abbreviated(form: Form, route: Route) -> Option<&'static str> {
    match (form, route) {
        (Form::Infusion, Route::Intravenous) | (Form::Implant, Route::Subcutaneous) => None,
        (_, Route::Intravenous) => Some("medicine_route_iv"),
        (_, Route::Intramuscular) => Some("medicine_route_im"),
        (_, Route::Subcutaneous) => Some("medicine_route_sc"),
        (_, Route::Intradermal) => Some("medicine_route_id"),
        (Form::Vaccine, Route::Oral) => Some("medicine_route_oral"),
        (Form::Vaccine, Route::Nasal) => Some("medicine_route_nasal"),
        (Form::Other | Form::Device, Route::Inhaled) => Some("medicine_route_inhaled"),
        _ => None,
    }
}
