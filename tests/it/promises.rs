//! What the product promises to those who come from the old system, numbered, and the stories that prove it.
//!
//! A promise whose stories are empty is not kept yet. A story that is renamed or removed fails the test below.

use std::path::Path;

/// Number, what it says in short, and the stories.
type Promise = (u8, &'static str, &'static [&'static str]);

const PROMISES: &[Promise] = &[
    (
        1,
        "the modules of the map are there",
        &["frame::contract::every_operation_is_described_with_all_its_failures"],
    ),
    (
        2,
        "what is cached lives so long and is dropped by what concerns it",
        &["prescriptions::seeing::reads_and_writes_at_once_show_no_stale_list"],
    ),
    (3, "requests are counted in a sliding minute", &["frame::limits::the_window_is_exact"]),
    (4, "people sign in with a token", &["people::sign_in::the_token_says_who_and_for_how_long"]),
    (
        5,
        "people are made, read, changed and deleted, and all of it is audited",
        &[
            "people::accounts::admins_list_search_make_and_change_people",
            "people::accounts::a_deleted_person_is_erased_after_thirty_days_and_the_audit_stands",
        ],
    ),
    (
        6,
        "one check decides who reaches whose record",
        &[
            "permissions::everybody_may_do_what_the_table_says",
            "circle::access::a_connection_gives_what_the_patient_says_from_the_next_request_on",
        ],
    ),
    (
        7,
        "medicines are searched in a catalogue that is cached and refreshed",
        &[
            "medicines::api::everybody_in_use_searches_and_reads",
            "medicines::rebuild::a_change_is_found_after_its_job",
        ],
    ),
    (
        8,
        "messages wait in a queue that staff can manage",
        &[
            "circle::messages::messages_are_counted_read_and_shown_in_both_languages",
            "channels::bad_days::what_waited_for_the_mail_server_goes_in_order_of_severity",
        ],
    ),
    (
        9,
        "e-mail goes over SMTP by named templates",
        &["circle::messages::with_a_mail_server_the_message_arrives_in_the_recipients_language"],
    ),
    (10, "subscriptions are managed and audited", &[]),
    (
        11,
        "the doctor has a dashboard",
        &[
            "doctor::board::the_board_counts_what_is_shared_and_says_who_needs_attention",
            "doctor::rights::what_is_shared_no_more_is_gone_from_every_figure_at_once",
        ],
    ),
    (12, "a paper prescription becomes a draft", &[]),
    (
        13,
        "a doctor prescribes for many at once, a patient uses several medicines together",
        &[
            "prescriptions::batch::each_patient_has_a_result_and_a_batch_can_be_taken_back",
            "prescriptions::batch::a_batch_that_was_cut_off_goes_on_and_nobody_has_two",
            "doses::together::all_are_marked_in_one_step_with_an_answer_for_each",
        ],
    ),
    (
        14,
        "every change and every look at another's record is audited without the handler's help",
        &[
            "circle::audit::the_patient_sees_who_when_what_and_why",
            "tidy::fences::only_listed_functions_pass_the_gate_by",
        ],
    ),
    (
        15,
        "a short prescription is active at once, with its doses",
        &["prescriptions::writing::a_doctor_prescribes_in_short_form"],
    ),
    (
        16,
        "a prescribed medicine stands in the catalogue",
        &["prescriptions::writing::every_bad_field_is_named_with_what_is_accepted"],
    ),
    (
        17,
        "marking a dose answers with the adherence that follows",
        &["doses::recording::today_shows_what_is_to_be_taken_and_what_became_of_it"],
    ),
    (
        18,
        "a patient reaches only his own",
        &["doses::recording::whoever_may_not_know_of_a_dose_cannot_tell_it_from_none"],
    ),
    (
        19,
        "a recorded dose praises, alarms and warns",
        &[
            "doses::alerts::a_better_mark_is_praised_once_a_day",
            "vitals::alerts::a_dose_brings_an_abnormal_reading_to_light",
        ],
    ),
    (
        20,
        "a signed webhook completes a payment",
        &[
            "payments::messages::a_message_that_is_believed_does_everything_at_once",
            "payments::messages::the_table_of_answers",
        ],
    ),
    (
        21,
        "what is paid is active",
        &["payments::messages::a_message_that_is_believed_does_everything_at_once"],
    ),
    (22, "a payment begins with a QR code", &["payments::asking::a_payer_gets_a_code_that_phones_read"]),
    (23, "what goes to a payment service of its own is encrypted", &[]),
    (24, "and carries its key", &[]),
    (
        25,
        "jobs are durable, planned, and tried again at growing distances",
        &[
            "jobs::life::a_job_exists_exactly_when_the_change_does",
            "jobs::life::back_off_grows_threefold_up_to_an_hour_and_spreads_by_a_fifth",
            "jobs::trouble::whichever_commit_fails_every_job_has_its_effect_once",
        ],
    ),
    (
        26,
        "what fails for good is a dead letter",
        &[
            "jobs::life::failures_back_off_and_end_among_the_dead_letters_from_which_an_admin_brings_them_back",
        ],
    ),
    (
        27,
        "messages are pushed to devices",
        &[
            "channels::clients::push::a_message_arrives_as_it_was_written_and_says_who_sends_it",
            "channels::clients::fcm::a_message_arrives_with_what_wakes_the_device",
        ],
    ),
    (28, "messages go by SMS", &["channels::clients::sms::a_gateway_that_takes_json"]),
    (29, "a profile is read through the cache", &["people::accounts::a_person_changes_his_own_profile"]),
    (
        30,
        "a dose, its audit and what follows are one transaction",
        &[
            "doses::recording::ten_marks_at_once_are_one_intake_with_one_answer",
            "store::kill::every_acknowledged_intake_survives_kill_9",
        ],
    ),
    (
        31,
        "an abnormal vital reaches the doctor's open screen at once",
        &[
            "realtime::rooms::an_abnormal_vital_reaches_the_open_screen_of_the_doctor_at_once",
            "realtime::rooms::after_a_revocation_the_very_next_event_is_not_heard",
            "realtime::storm::everybody_hears_everything_once_and_in_order",
            "vitals::alerts::a_low_saturation_is_stored_published_and_told_in_one_go",
        ],
    ),
    (
        32,
        "and his e-mail",
        &["vitals::escalation::the_doctor_gets_an_email_and_after_ten_minutes_everybody_hears"],
    ),
    (
        33,
        "wrong credentials are answered with 401",
        &["people::sign_in::wrong_credentials_and_unknown_accounts_look_alike"],
    ),
    (
        34,
        "a token says who, in which role, for a day",
        &["people::sign_in::the_token_says_who_and_for_how_long"],
    ),
    (
        35,
        "a token on the blacklist is refused",
        &["people::sessions::a_token_on_the_blacklist_is_refused_though_its_session_goes_on"],
    ),
    (
        36,
        "the signed-in person is read through the cache",
        &["people::sessions::signing_out_works_on_the_next_request"],
    ),
    (37, "the wrong role is answered with 403", &["permissions::everybody_may_do_what_the_table_says"]),
    (
        38,
        "a cached answer is never older than the last acknowledged change",
        &[
            "prescriptions::seeing::the_list_is_never_older_than_the_last_change",
            "circle::connections::the_list_of_accepted_connections_is_paged_and_never_stale",
            "circle::messages::parallel_events_and_readings_keep_the_counter_exact",
            "vitals::recording::the_newest_of_each_type_is_never_stale",
        ],
    ),
    (
        39,
        "the schema is brought up to date at the start",
        &["store::migrations::steps_run_in_order_after_a_copy_from_which_one_can_go_back"],
    ),
    (
        40,
        "what comes back regularly is registered at the start",
        &["jobs::recurring::each_runs_at_once_and_then_in_its_rhythm"],
    ),
    (
        41,
        "a failing store is tried at once, after 100 ms, after 200 ms, then 503",
        &[
            "store::failing::a_failing_commit_is_tried_at_once_after_100_ms_after_200_ms_then_refused_while_reads_go_on",
        ],
    ),
    (
        42,
        "every bad field is named",
        &[
            "frame::requests::every_bad_field_is_named_in_both_languages",
            "people::registration::every_bad_field_is_named_at_once",
        ],
    ),
    (43, "a password has eight characters", &["people::registration::every_bad_field_is_named_at_once"]),
    (
        44,
        "401 is logged, 403 is audited",
        &["jobs::admin::nobody_else_sees_or_touches_them_and_each_refusal_is_written_down"],
    ),
    (
        45,
        "requests are logged, other origins allowed by configuration, long answers compressed",
        &[
            "frame::requests::other_origins_are_allowed_only_by_configuration",
            "frame::requests::long_texts_are_compressed_but_never_secrets",
        ],
    ),
    (
        46,
        "it listens and says so",
        &["frame::process::it_says_when_it_is_ready_and_stops_in_order_when_told"],
    ),
    (
        47,
        "it runs behind a proxy as well as alone",
        &[
            "frame::addresses::forwarded_addresses_are_believed_only_from_trusted_proxies",
            "frame::proxies::behind_the_shipped_nginx_nobody_chooses_their_address",
        ],
    ),
    (
        48,
        "every message has its template",
        &[
            "channels::letters::every_type_has_a_template",
            "channels::letters::every_variant_is_whole_in_both_languages",
            "channels::letters::the_checked_in_examples_are_what_is_sent",
        ],
    ),
];

/// Whether `module::..::name` is a test: the function stands in that module's file, marked as one.
fn is_a_story(path: &str) -> bool {
    let Some((module, name)) = path.rsplit_once("::") else { return false };
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(module.replace("::", "/"))
        .with_extension("rs");
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    let Some(at) = text.find(&format!("fn {name}(")) else { return false };
    text[..at].trim_end_matches("async ").trim_end().ends_with(']') || text[..at].contains("proptest!")
}

#[test]
fn every_promise_names_stories_that_exist() {
    let numbers: Vec<u8> = PROMISES.iter().map(|(number, _, _)| *number).collect();
    assert_eq!(numbers, (1..=48).collect::<Vec<u8>>());
    let lost: Vec<_> = PROMISES
        .iter()
        .flat_map(|(number, _, stories)| stories.iter().map(move |story| (number, story)))
        .filter(|(_, story)| !is_a_story(story))
        .collect();
    assert!(lost.is_empty(), "stories that are gone: {lost:#?}");
}
