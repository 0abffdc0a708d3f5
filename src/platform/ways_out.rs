//! What is wrong with the settings of e-mail, Web Push, FCM and SMS.

use std::sync::Arc;

use super::clock::{Clock, SystemClock};
use super::error::Error;
use super::fcm::Fcm;
use super::http_client::Url;
use super::mail::{MailSettings, Mailer};
use super::push;
use super::settings::Settings;
use super::sms::{SmsSender, SmsSettings};
use super::trust;

/// Longest time for a message to be handed over that may be set, in seconds.
const TIMEOUT_MAX: u64 = 240;

/// Everything that is wrong, each with its mend.
pub fn faults(settings: &Settings) -> Vec<String> {
    let Settings { mail, push, fcm, sms, .. } = settings;
    let mut faults = Vec::new();
    let timeouts = [push.timeout_seconds, fcm.timeout_seconds];
    let timeouts = timeouts.into_iter().chain(mail.iter().map(|mail| mail.timeout_seconds));
    let mut timeouts = timeouts.chain(sms.iter().map(|sms| sms.timeout_seconds));
    if !timeouts.all(|seconds| (1..=TIMEOUT_MAX).contains(&seconds)) {
        faults.push(format!("`timeout_seconds` of mail, push, fcm and sms must be from 1 to {TIMEOUT_MAX}"));
    }
    if !push.contact.as_deref().is_none_or(is_contact) {
        faults.push("`push.contact` must be like mailto:clinic@example.org, or an https page".to_owned());
    }
    faults.extend(mail.iter().flat_map(MailSettings::faults));
    faults.extend(sms.iter().flat_map(SmsSettings::faults));
    let files = mail.iter().map(|mail| &mail.ca_file).chain(sms.iter().map(|sms| &sms.ca_file));
    let files = files.chain([&push.ca_file, &fcm.ca_file]).filter_map(Option::as_deref);
    faults.extend(files.filter_map(|file| trust::read(file).err()).map(|error| said(&error)));
    if faults.is_empty() {
        faults.extend(refusals(settings));
    }
    faults
}

/// What the ways out themselves refuse when they are built, as they are at the start.
fn refusals(settings: &Settings) -> Vec<String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let built = [
        Mailer::new(settings.mail.clone()).map(|_| ()),
        push::check(&settings.push),
        Fcm::new(&settings.fcm, Arc::clone(&clock)).map(|_| ()),
        SmsSender::new(settings.sms.clone(), clock).map(|_| ()),
    ];
    built.into_iter().filter_map(|part| part.err()).map(|error| said(&error)).collect()
}

/// Why, for the sysadmin.
fn said(error: &Error) -> String {
    error.private_context().map_or_else(|| error.to_string(), str::to_owned)
}

/// `mailto:` with an address, or a page (RFC 8292, 2.1).
fn is_contact(contact: &str) -> bool {
    match contact.strip_prefix("mailto:") {
        Some(address) => address.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && !host.is_empty() && !address.contains(char::is_whitespace)
        }),
        None => Url::parse(contact).is_ok_and(|url| url.scheme() == "https" && url.has_host()),
    }
}
