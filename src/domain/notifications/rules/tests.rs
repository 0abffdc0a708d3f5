use proptest::prelude::*;

use super::*;
use crate::domain::notifications::params::Params;
use crate::platform::ids::NotificationId;

fn message(kind: NotificationType, urgency: Urgency) -> Notification {
    Notification {
        id: NotificationId(uuid::Uuid::nil()),
        kind,
        variant: "default".to_owned(),
        urgency,
        params: Params::new(),
        patient: None,
        resource_kind: None,
        resource_id: None,
        created_at: Timestamp::default(),
        read_at: None,
        delivery: Delivery::Pending,
        passages: Vec::new(),
        expires_at: None,
        withdrawn_at: None,
        lost_at: None,
    }
}

fn device(number: u128) -> Option<DeviceId> {
    Some(DeviceId(uuid::Uuid::from_u128(number)))
}

fn all_routes() -> Vec<Route> {
    vec![
        Route { carrier: Carrier::WebPush, device: device(1) },
        Route { carrier: Carrier::Fcm, device: device(2) },
        Route { carrier: Carrier::Email, device: None },
        Route { carrier: Carrier::Sms, device: None },
    ]
}

const ALL: Configured = Configured { email: true, web_push: true, fcm: true, sms: true };

fn carriers(
    kind: NotificationType,
    urgency: Urgency,
    preferences: &NotificationPreferences,
    means: &Means,
) -> Vec<Carrier> {
    let message = message(kind, urgency);
    first_routes(&message, &wanted(preferences, kind, urgency), preferences, means)
        .into_iter()
        .filter(|(_, state)| *state == Delivery::Pending)
        .map(|(route, _)| route.carrier)
        .collect()
}

#[test]
fn the_usual_channels_are_push_and_email() {
    use Carrier::{Email, Fcm, Sms, WebPush};
    let (usual, means) =
        (NotificationPreferences::default(), Means { routes: all_routes(), configured: ALL });
    let shared = NotificationType::PrescriptionShared;
    assert_eq!(carriers(shared, Urgency::Normal, &usual, &means), [WebPush, Fcm, Email]);
    assert_eq!(carriers(NotificationType::DoseReminder, Urgency::Normal, &usual, &means), [WebPush, Fcm]);
    assert_eq!(carriers(shared, Urgency::Critical, &usual, &means), [WebPush, Fcm, Email, Sms]);
    let by_sms = NotificationPreferences {
        channels: [(shared.name().to_owned(), vec![Channel::Sms])].into(),
        ..NotificationPreferences::default()
    };
    assert_eq!(carriers(shared, Urgency::Normal, &by_sms, &means), [Sms]);
}

#[test]
fn the_next_channel_steps_in() {
    use Carrier::{Email, Sms};
    let usual = NotificationPreferences::default();
    let only = |configured: Configured| Means { routes: all_routes(), configured };
    let email = only(Configured { email: true, sms: true, ..Configured::default() });
    assert_eq!(carriers(NotificationType::DoseReminder, Urgency::Normal, &usual, &email), [Email]);
    let sms = only(Configured { sms: true, ..Configured::default() });
    assert_eq!(carriers(NotificationType::DoseReminder, Urgency::Normal, &usual, &sms), []);
    assert_eq!(carriers(NotificationType::VitalAnomaly, Urgency::Warning, &usual, &sms), [Sms]);
    let no_sms = NotificationPreferences { sms: false, ..NotificationPreferences::default() };
    assert_eq!(carriers(NotificationType::VitalAnomaly, Urgency::Warning, &no_sms, &sms), []);
    assert_eq!(carriers(NotificationType::VitalAnomaly, Urgency::Critical, &no_sms, &sms), [Sms]);
}

#[test]
fn summaries_come_at_their_time_every_day() {
    let at = |text: &str| instant_of(text.parse().unwrap(), Tz::Asia__Phnom_Penh);
    let usual = NotificationPreferences::default();
    let next = |now: &str| next_digest(&usual, at(now), Tz::Asia__Phnom_Penh);
    assert_eq!(next("2026-11-22T19:59:00"), at("2026-11-22T20:00:00"));
    assert_eq!(next("2026-11-22T20:00:00"), at("2026-11-23T20:00:00"));
}

prop_compose! {
    fn preferences()(
        (email, push, sms) in any::<(bool, bool, bool)>(),
        muted in prop::sample::subsequence(NotificationType::ALL.to_vec(), 0..NotificationType::ALL.len()),
        chosen in prop::collection::vec(prop::sample::subsequence(ORDER.to_vec(), 0..=3), NotificationType::ALL.len()),
    ) -> NotificationPreferences {
        NotificationPreferences {
            email,
            push,
            sms,
            muted: muted.iter().map(|kind| kind.name().to_owned()).collect(),
            channels: NotificationType::ALL.iter().map(|kind| kind.name().to_owned()).zip(chosen).collect(),
            ..NotificationPreferences::default()
        }
    }
}

prop_compose! {
    fn means()(
        routes in prop::sample::subsequence(all_routes(), 0..=4),
        (email, web_push, fcm, sms) in any::<(bool, bool, bool, bool)>(),
    ) -> Means {
        Means { routes, configured: Configured { email, web_push, fcm, sms } }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_critical_goes_every_way_there_is(
        kind in prop::sample::select(NotificationType::ALL.to_vec()), preferences in preferences(), means in means(),
    ) {
        let mut found = carriers(kind, Urgency::Critical, &preferences, &means);
        found.sort_unstable();
        let usable = means.routes.iter().map(|route| route.carrier).filter(|&carrier| means.configured.has(carrier));
        let mut usable: Vec<Carrier> = usable.collect();
        usable.sort_unstable();
        prop_assert_eq!(found, usable);
    }

    #[test]
    fn nothing_goes_where_it_is_not_wanted(
        kind in prop::sample::select(NotificationType::ALL.to_vec()), preferences in preferences(), means in means(),
    ) {
        let found = carriers(kind, Urgency::Normal, &preferences, &means);
        for carrier in &found {
            prop_assert!(means.configured.has(*carrier));
            prop_assert!(is_on(&preferences, kind, carrier.channel()) || is_always_sent(kind));
        }
        let chose_sms = preferences.channels[kind.name()].contains(&Channel::Sms);
        prop_assert!(chose_sms || !found.contains(&Carrier::Sms), "SMS costs money");
        if preferences.muted.contains(kind.name()) && !is_always_sent(kind) {
            prop_assert!(wanted(&preferences, kind, Urgency::Normal).is_empty());
        }
    }

    #[test]
    fn no_way_is_taken_twice(
        kind in prop::sample::select(NotificationType::ALL.to_vec()), preferences in preferences(), means in means(),
        urgency in prop::sample::select(vec![Urgency::Normal, Urgency::Warning, Urgency::Critical]),
    ) {
        let mut message = message(kind, urgency);
        let starts = first_routes(&message, &wanted(&preferences, kind, urgency), &preferences, &means);
        message.passages = starts.into_iter().map(|start| passage(start, Timestamp::default())).collect();
        // Everything fails, until nothing is left.
        for _ in 0..5 {
            message.passages.iter_mut().for_each(|passage| passage.state = Delivery::Refused);
            let next = next_routes(&message, &message.passages, &preferences, &means);
            message.passages.extend(next.into_iter().map(|start| passage(start, Timestamp::default())));
        }
        prop_assert!(message.passages.len() <= means.routes.len());
        prop_assert_eq!(overall(&message.passages), Delivery::NoChannel);
    }
}
