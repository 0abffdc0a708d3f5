//! E-mail.

use das_tern::platform::mail::{Mail, MailEncryption, MailSettings, Mailer};
use das_tern::platform::secret::{Phi, Secret};

use super::fate;
use crate::kit::{At, Authority, PostOffice, Trouble};

fn mail(to: &str) -> Mail {
    let (text, html) = ("It is time.".to_owned(), "<p>It is time.</p>".to_owned());
    Mail::new(Phi::new(to.to_owned()), "ដល់ពេល".to_owned(), text, html)
}

fn mailer(settings: MailSettings) -> Mailer {
    Mailer::new(Some(settings)).unwrap()
}

async fn world() -> (PostOffice, Mailer) {
    let post = PostOffice::open().await;
    let mailer = mailer(MailSettings { timeout_seconds: 1, ..post.settings() });
    (post, mailer)
}

#[tokio::test]
async fn letters_share_a_connection_and_can_be_told_apart() {
    let (post, mailer) = world().await;
    let first = Mail {
        id: Some("0193-first".to_owned()),
        unsubscribe_url: Some("https://clinic.example/unsubscribe?token=x".to_owned()),
        ..mail("dara@example.com")
    };
    mailer.send(&first).await.unwrap();
    mailer.send(&first).await.unwrap();
    mailer.send(&mail("sok@example.com")).await.unwrap();
    assert_eq!((post.letters().len(), post.connections()), (3, 1));
    let raw = post.last_to("dara@example.com").raw;
    assert!(raw.contains("Message-ID: <0193-first@example.org>\r\n"), "{raw}");
    assert!(raw.contains("List-Unsubscribe: <https://clinic.example/unsubscribe?token=x>\r\n"), "{raw}");
    assert!(raw.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{raw}");
    assert!(raw.contains("multipart/alternative"));
    assert!(!post.last_to("sok@example.com").raw.contains("List-Unsubscribe"));
}

#[tokio::test]
async fn every_refusal_and_break_has_its_meaning() {
    let (post, mailer) = world().await;
    use Trouble::{Close, Hang, Say};
    for (at, trouble, expected) in [
        (At::Greeting, Say("421 4.3.2 too busy"), "later mail_failed"),
        (At::Greeting, Say("554 5.3.2 no service for you"), "later mail_failed"),
        (At::Greeting, Close, "later mail_failed"),
        (At::Greeting, Hang, "later mail_failed"),
        (At::Hello, Say("504 5.5.2 need a full name"), "later mail_failed"),
        (At::Hello, Close, "later mail_failed"),
        (At::Sender, Say("530 5.7.0 sign in first"), "later mail_failed"),
        (At::Sender, Say("553 5.7.1 not your address"), "later mail_failed"),
        (At::Sender, Say("451 4.3.0 try later"), "later mail_failed"),
        (At::Sender, Say("550 5.7.1 sender not allowed"), "later mail_failed"),
        (At::Recipient, Say("450 4.2.1 mailbox busy"), "later mail_busy"),
        (At::Recipient, Say("550 5.1.1 no such user dara"), "gone mail_address_gone"),
        (At::Recipient, Say("551 not here"), "doubtful mail_recipient_refused"),
        (At::Recipient, Say("553 no such name"), "doubtful mail_recipient_refused"),
        (At::Recipient, Say("550 5.7.1 you are on a list"), "later mail_refuses_us"),
        (At::Recipient, Say("550 5.2.2 mailbox full"), "refused mail_refused"),
        (At::Recipient, Say("554 5.7.1 relay denied"), "later mail_refuses_us"),
        (At::Recipient, Close, "later mail_failed"),
        (At::Data, Say("421 4.3.2 shutting down"), "later mail_failed"),
        (At::Data, Say("554 5.5.1 no"), "later mail_refuses_us"),
        (At::Middle, Close, "later mail_failed"),
        (At::Letter, Say("452 4.3.1 disk full"), "later mail_failed"),
        (At::Letter, Say("550 5.7.1 looks like spam"), "later mail_refuses_us"),
        (At::Letter, Say("552 5.3.4 too large"), "refused mail_refused"),
        (At::Letter, Close, "later mail_failed"),
        (At::Letter, Hang, "later mail_failed"),
    ] {
        post.trouble_next(at, trouble);
        assert_eq!(fate(mailer.send(&mail("dara@example.com")).await), expected, "{at:?} {trouble:?}");
    }
    assert!(post.letters().is_empty());
    mailer.send(&mail("dara@example.com")).await.unwrap();

    // The office has the letter, but its answer is lost: it is sent again and can be recognised.
    let twice = Mail { id: Some("once".to_owned()), ..mail("sok@example.com") };
    post.trouble_next(At::Taken, Close);
    assert_eq!(fate(mailer.send(&twice).await), "later mail_failed");
    mailer.send(&twice).await.unwrap();
    let letters = post.letters_to("sok@example.com");
    assert!(
        letters.len() == 2
            && letters.iter().all(|letter| letter.raw.contains("Message-ID: <once@example.org>"))
    );
}

#[tokio::test]
async fn of_many_recipients_only_the_missing_are_gone() {
    let (post, mailer) = world().await;
    for n in (0..10).step_by(2) {
        post.refuse_address(&format!("dara{n}@example.com"), "550 5.1.1 no such user");
    }
    for n in 0..10 {
        let expected = if n % 2 == 0 { "gone mail_address_gone" } else { "sent" };
        assert_eq!(fate(mailer.send(&mail(&format!("dara{n}@example.com"))).await), expected);
    }
    assert_eq!(post.letters().len(), 5);
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_costs_nothing() {
    let (post, mailer) = world().await;
    mailer.send(&mail("dara@example.com")).await.unwrap();
    post.shut();
    assert_eq!(fate(mailer.send(&mail("dara@example.com")).await), "later mail_failed");
    post.open_again();
    mailer.send(&mail("dara@example.com")).await.unwrap();
    assert_eq!(post.letters().len(), 2);

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = self::mailer(MailSettings { port: Some(free), ..post.settings() });
    assert_eq!(fate(nobody.send(&mail("dara@example.com")).await), "later mail_failed");
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_when_tls_is_wanted() {
    use das_tern::platform::mail::MailEncryption;
    let post = PostOffice::open().await;
    for encryption in [MailEncryption::StartTls, MailEncryption::Tls] {
        let settings = MailSettings { encryption, timeout_seconds: 2, ..post.settings() };
        assert_eq!(fate(mailer(settings).send(&mail("dara@example.com")).await), "later mail_failed");
    }
    assert!(post.letters().is_empty());
    let none = Mailer::new(None).unwrap();
    assert!(!none.is_configured());
    assert_eq!(fate(none.send(&mail("dara@example.com")).await), "not configured");
}

#[tokio::test]
async fn an_address_that_is_not_ascii_is_declared_or_left() {
    let (post, mailer) = world().await;
    assert_eq!(fate(mailer.send(&mail("ដារា@example.com")).await), "refused mail_lacks_smtputf8");
    assert!(post.senders().is_empty(), "nothing was asked for");
    post.offer_smtputf8();
    let again = self::mailer(post.settings());
    again.send(&mail("ស្រីមុំ@example.com")).await.unwrap();
    let raw = post.last_to("ស្រីមុំ@example.com").raw;
    assert!(raw.contains("To: ស្រីមុំ@example.com\r\n"), "{raw}");
    assert!(post.senders()[0].ends_with(" SMTPUTF8"), "{:?}", post.senders());
    // A domain goes over the line in ASCII, which every server understands.
    again.send(&mail("dara@bücher.example")).await.unwrap();
    assert_eq!(post.letters_to("dara@xn--bcher-kva.example").len(), 1);
    assert!(!post.senders()[1].contains("SMTPUTF8"), "{:?}", post.senders());
}

#[tokio::test]
async fn we_have_a_full_name() {
    let (post, mailer) = world().await;
    mailer.send(&mail("dara@example.com")).await.unwrap();
    let named = MailSettings { hello_name: Some("tern.clinic.example".to_owned()), ..post.settings() };
    self::mailer(named).send(&mail("dara@example.com")).await.unwrap();
    let hellos = post.hellos();
    assert!(hellos[0].contains('.'), "{hellos:?}");
    assert_eq!(hellos[1], "tern.clinic.example");
}

#[tokio::test]
async fn tls_is_shaken_with_whom_it_should() {
    use das_tern::platform::mail::MailEncryption::{StartTls, Tls};
    let (ours, theirs) = (Authority::new(), Authority::new());
    for encryption in [StartTls, Tls] {
        let post = PostOffice::open_with(encryption, Some(&ours), "127.0.0.1").await;
        let settings = MailSettings {
            user_name: Some("clinic".to_owned()),
            password: Some(Secret::new("s3cret".to_owned())),
            ..post.settings()
        };
        mailer(settings.clone()).send(&mail("dara@example.com")).await.unwrap();
        assert_eq!(post.letters().len(), 1, "{encryption:?}");
        post.trouble_next(At::SignIn, Trouble::Say("535 5.7.8 wrong password"));
        assert_eq!(fate(mailer(settings).send(&mail("dara@example.com")).await), "later mail_failed");
        let stranger = MailSettings { ca_file: Some(theirs.file().to_owned()), ..post.settings() };
        assert_eq!(fate(mailer(stranger).send(&mail("dara@example.com")).await), "later mail_failed");
        let other = PostOffice::open_with(encryption, Some(&ours), "other.example").await;
        let settings = MailSettings { timeout_seconds: 2, ..other.settings() };
        assert_eq!(fate(mailer(settings).send(&mail("dara@example.com")).await), "later mail_failed");
        assert_eq!((post.letters().len(), other.letters().len()), (1, 0));
    }
    let post = PostOffice::open_with(StartTls, Some(&ours), "127.0.0.1").await;
    for trouble in [Trouble::Say("454 4.7.0 TLS not available"), Trouble::Close, Trouble::Hang] {
        post.trouble_next(At::StartTls, trouble);
        let settings = MailSettings { timeout_seconds: 1, ..post.settings() };
        assert_eq!(fate(mailer(settings).send(&mail("dara@example.com")).await), "later mail_failed");
    }
}

#[test]
fn settings_that_cannot_work_are_told() {
    let good = || MailSettings::new("smtp.example.org", "Das Tern <clinic@example.org>");
    assert_eq!(good().faults(), Vec::<String>::new());
    let password = || Some(Secret::new("s3cret".to_owned()));
    for (settings, expected) in [
        (MailSettings { host: String::new(), ..good() }, "mail.host"),
        (MailSettings { from: "not an address".to_owned(), ..good() }, "mail.from"),
        (MailSettings { user_name: Some("clinic".to_owned()), ..good() }, "mail.password"),
        (
            MailSettings { encryption: MailEncryption::None, password: password(), ..good() },
            "mail.encryption",
        ),
        (MailSettings { hello_name: Some("vm".to_owned()), ..good() }, "mail.hello_name"),
        (MailSettings { hello_name: Some("a b.example".to_owned()), ..good() }, "mail.hello_name"),
        (MailSettings { messages_per_minute: Some(0), ..good() }, "mail.messages_per_minute"),
    ] {
        let faults = settings.faults();
        assert!(faults.len() == 1 && faults[0].contains(expected), "{faults:?}");
        assert!(Mailer::new(Some(settings)).is_err());
    }
    for name in ["tern.clinic.example", "[203.0.113.7]", "[IPv6:2001:db8::1]"] {
        assert!(MailSettings { hello_name: Some(name.to_owned()), ..good() }.faults().is_empty(), "{name}");
    }
    let missing = MailSettings { ca_file: Some("/nowhere/ca.pem".into()), ..good() };
    assert!(Mailer::new(Some(missing)).err().unwrap().to_string().contains("/nowhere/ca.pem"));
}
