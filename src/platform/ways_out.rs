//! What is wrong with the settings of e-mail, Web Push, FCM and SMS.

use super::mail::MailSettings;
use super::settings::Settings;
use super::sms::SmsSettings;
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
    let is_contact = |contact: &String| contact.starts_with("mailto:") || contact.starts_with("https://");
    if !push.contact.as_ref().is_none_or(is_contact) {
        faults.push("`push.contact` must be like mailto:clinic@example.org, or an https page".to_owned());
    }
    faults.extend(mail.iter().flat_map(MailSettings::faults));
    faults.extend(sms.iter().flat_map(SmsSettings::faults));
    let files = mail.iter().map(|mail| &mail.ca_file).chain(sms.iter().map(|sms| &sms.ca_file));
    let files = files.chain([&push.ca_file, &fcm.ca_file]).filter_map(Option::as_deref);
    faults.extend(files.filter_map(|file| trust::read(file).err()).map(|error| error.to_string()));
    faults
}
