//! E-mail and phone: which of them count, and which wait to be confirmed.
//!
//! A contact counts once its owner confirmed it with a code. Only then are messages, codes for signing in and codes for
//! a new password sent there. A changed one waits beside the old one, which goes on counting until then.

use serde::{Deserialize, Serialize};

use super::model::User;
use super::rules::Identifier;
use crate::platform::clock::Timestamp;
use crate::platform::secret::Phi;

/// By what people are reached, and by what they name their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactKind {
    /// E-mail.
    Email,
    /// Telephone.
    Phone,
}

impl ContactKind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Phone];

    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
        }
    }
}

impl Identifier {
    /// What it is.
    pub const fn kind(&self) -> ContactKind {
        match self {
            Self::Email(_) => ContactKind::Email,
            Self::Phone(_) => ContactKind::Phone,
        }
    }
}

/// What is known of a person's contacts besides themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contacts {
    /// When the e-mail address was confirmed.
    pub email_confirmed_at: Option<Timestamp>,
    /// When the phone was confirmed.
    pub phone_confirmed_at: Option<Timestamp>,
    /// The e-mail address that is to replace the present one.
    pub waiting_email: Option<Phi<String>>,
    /// The phone that is to replace the present one.
    pub waiting_phone: Option<Phi<String>>,
    /// Contacts that ended and have yet to be told.
    pub former: Vec<Former>,
    /// Whether e-mail and phone are a carer's, who shares them: no codes, and nobody signs in by them.
    pub shared: bool,
    /// The contact that staff recorded when they saw the person, until it is confirmed.
    pub seen: Option<ContactKind>,
}

/// A contact that ended and has yet to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Tells it from others of this person.
    pub number: u32,
    /// What it is.
    pub kind: ContactKind,
    /// Itself.
    pub address: Phi<String>,
}

/// Why a contact ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FormerEnd {
    /// Another one was confirmed in its place.
    Replaced,
    /// It was taken away.
    Ended,
}

impl FormerEnd {
    /// The key of what is said first of it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Replaced => "former_contact.replaced.title",
            Self::Ended => "former_contact.ended.title",
        }
    }

    /// The key of what is said of it.
    pub const fn body(self) -> &'static str {
        match self {
            Self::Replaced => "former_contact.replaced.body",
            Self::Ended => "former_contact.ended.body",
        }
    }
}

impl User {
    /// Telephone and e-mail, as they are shown to who is to call.
    pub fn contacts_text(&self) -> String {
        let contacts = [&self.phone, &self.email].into_iter().flatten();
        contacts.map(|contact| contact.reveal().as_str()).collect::<Vec<_>>().join(", ")
    }

    /// A contact, whether or not it counts.
    pub const fn contact(&self, kind: ContactKind) -> Option<&Phi<String>> {
        match kind {
            ContactKind::Email => self.email.as_ref(),
            ContactKind::Phone => self.phone.as_ref(),
        }
    }

    /// When a contact was confirmed. Rows of the first releases know one time for both.
    pub fn confirmed_at(&self, kind: ContactKind) -> Option<Timestamp> {
        self.contact(kind)?;
        match (&self.contacts, kind) {
            (None, _) => self.contact_confirmed_at,
            (Some(contacts), _) if contacts.shared => None,
            (Some(contacts), ContactKind::Email) => contacts.email_confirmed_at,
            (Some(contacts), ContactKind::Phone) => contacts.phone_confirmed_at,
        }
    }

    /// A contact that counts.
    pub fn confirmed(&self, kind: ContactKind) -> Option<&Phi<String>> {
        self.contact(kind).filter(|_| self.confirmed_at(kind).is_some())
    }

    /// Whether anything that counts reaches them: from the first confirmation on.
    pub fn has_confirmed(&self) -> bool {
        ContactKind::ALL.into_iter().any(|kind| self.confirmed(kind).is_some())
    }

    /// Whether this contact, by its code alone, may be the first that counts: before any counted, whichever its owner
    /// confirms; from the day on which staff saw the person, only the one that they recorded.
    pub fn may_be_first(&self, kind: ContactKind) -> bool {
        match self.seen() {
            Some(seen) => seen == kind,
            None => self.contact_confirmed_at.is_none(),
        }
    }

    /// Whether a contact leads to this account: from its confirmation on, or while nothing of the account is confirmed
    /// and this may be the first. Otherwise anybody's address could be kept from its owner.
    pub fn leads_here(&self, kind: ContactKind) -> bool {
        let leads = || self.confirmed(kind).is_some() || (!self.has_confirmed() && self.may_be_first(kind));
        !self.shares_contacts() && leads()
    }

    /// Whether they sign in by this contact: by one that counts, and by any before the first one counted or staff saw
    /// the person.
    pub fn may_sign_in_by(&self, kind: ContactKind) -> bool {
        self.confirmed(kind).is_some() || (self.contact_confirmed_at.is_none() && self.seen().is_none())
    }

    /// The contact that is to replace the present one.
    pub fn waiting(&self, kind: ContactKind) -> Option<&Phi<String>> {
        let contacts = self.contacts.as_ref()?;
        match kind {
            ContactKind::Email => contacts.waiting_email.as_ref(),
            ContactKind::Phone => contacts.waiting_phone.as_ref(),
        }
    }

    /// Whether the contacts are a carer's, who shares them.
    pub fn shares_contacts(&self) -> bool {
        self.contacts.as_ref().is_some_and(|contacts| contacts.shared)
    }

    /// What is known of the contacts, to be changed.
    fn contacts_mut(&mut self) -> &mut Contacts {
        let (email, phone) = (self.confirmed_at(ContactKind::Email), self.confirmed_at(ContactKind::Phone));
        self.contacts.get_or_insert_with(|| Contacts {
            email_confirmed_at: email,
            phone_confirmed_at: phone,
            ..Contacts::default()
        })
    }

    /// Lets a contact wait beside the present one, in place of another that waited.
    pub fn set_waiting(&mut self, kind: ContactKind, address: Option<Phi<String>>) {
        let contacts = self.contacts_mut();
        match kind {
            ContactKind::Email => contacts.waiting_email = address,
            ContactKind::Phone => contacts.waiting_phone = address,
        }
    }

    /// Puts another contact in the place of the present one, which ends at once. Returns under which number the
    /// present one is kept until it was told; nothing when it did not count, and so is told nothing.
    pub fn replace_contact(
        &mut self,
        kind: ContactKind,
        address: Option<Phi<String>>,
        confirmed_at: Option<Timestamp>,
    ) -> Option<u32> {
        let old = self.confirmed(kind).filter(|old| Some(*old) != address.as_ref()).cloned();
        let contacts = self.contacts_mut();
        let number = contacts.former.iter().map(|former| former.number).max().unwrap_or(0) + 1;
        contacts.former.extend(old.iter().map(|old| Former { number, kind, address: old.clone() }));
        contacts.seen = contacts.seen.filter(|seen| *seen != kind);
        match kind {
            ContactKind::Email => {
                (contacts.email_confirmed_at, contacts.waiting_email) = (confirmed_at, None)
            }
            ContactKind::Phone => {
                (contacts.phone_confirmed_at, contacts.waiting_phone) = (confirmed_at, None)
            }
        }
        match kind {
            ContactKind::Email => self.email = address,
            ContactKind::Phone => self.phone = address,
        }
        // Their own contact takes the place of what a carer shared.
        if self.contact(kind).is_some() && std::mem::take(&mut self.contacts_mut().shared) {
            match kind {
                ContactKind::Email => self.phone = None,
                ContactKind::Phone => self.email = None,
            }
        }
        if let Some(now) = confirmed_at {
            // Whoever shows the code that went there was reached there.
            self.refused_email =
                self.refused_email.take().filter(|refused| Some(refused) != self.email.as_ref());
            self.contact_confirmed_at.get_or_insert(now);
        }
        old.map(|_| number)
    }

    /// Lets no contact wait any longer to replace another. Says whether one did.
    pub fn drop_waiting(&mut self) -> bool {
        let waited = ContactKind::ALL.into_iter().any(|kind| self.waiting(kind).is_some());
        for kind in ContactKind::ALL.into_iter().filter(|_| waited) {
            self.set_waiting(kind, None);
        }
        waited
    }

    /// Takes every contact away that does not count: whoever gave them may be another than the owner.
    pub fn drop_unconfirmed(&mut self) {
        for kind in ContactKind::ALL {
            if self.confirmed(kind).is_none() {
                self.replace_contact(kind, None, None);
            }
        }
        self.drop_waiting();
    }

    /// Forgets a former contact that was told.
    pub fn forget_former(&mut self, number: u32) {
        self.contacts_mut().former.retain(|former| former.number != number);
    }

    /// Notes that staff saw the person whose contact this is.
    pub fn note_seen(&mut self, kind: ContactKind) {
        self.contacts_mut().seen = Some(kind);
    }

    /// Whether staff saw the person whose contact this is.
    pub fn was_seen(&self, kind: ContactKind) -> bool {
        self.seen() == Some(kind)
    }

    /// The contact that staff recorded when they saw the person, until it is confirmed.
    fn seen(&self) -> Option<ContactKind> {
        self.contacts.as_ref().and_then(|contacts| contacts.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Role;
    use super::*;
    use ContactKind::{Email, Phone};

    fn person() -> User {
        User { email: Some(Phi::new("a@x.com".to_owned())), ..User::blank(Role::Patient) }
    }

    #[test]
    fn one_time_of_the_first_releases_counts_for_both() {
        let old = Timestamp::from_milliseconds(5);
        let mut user =
            User { phone: Some(Phi::new("+1".to_owned())), contact_confirmed_at: Some(old), ..person() };
        assert_eq!((user.confirmed_at(Email), user.confirmed_at(Phone)), (Some(old), Some(old)));
        user.set_waiting(Email, Some(Phi::new("b@x.com".to_owned())));
        assert_eq!((user.confirmed_at(Email), user.confirmed_at(Phone)), (Some(old), Some(old)));
        assert!(User { contact_confirmed_at: Some(old), ..person() }.confirmed_at(Phone).is_none());
    }

    #[test]
    fn only_what_counted_is_told_that_it_ended() {
        let now = Timestamp::from_milliseconds(9);
        let new = |text: &str| Some(Phi::new(text.to_owned()));
        let mut user = person();
        user.contacts = Some(Contacts::default());
        assert_eq!(user.replace_contact(Email, new("b@x.com"), Some(now)), None);
        assert_eq!(user.replace_contact(Email, new("b@x.com"), Some(now)), None, "the same one");
        assert_eq!(user.replace_contact(Email, new("c@x.com"), None), Some(1));
        assert!(!user.has_confirmed() && user.contact_confirmed_at == Some(now));
        assert_eq!(user.replace_contact(Email, new("d@x.com"), Some(now)), None);
        user.forget_former(1);
        assert!(user.contacts.as_ref().is_some_and(|contacts| contacts.former.is_empty()));
        user.set_waiting(Phone, new("+1"));
        user.drop_unconfirmed();
        assert_eq!((user.waiting(Phone), user.confirmed(Email)), (None, new("d@x.com").as_ref()));
    }
}
