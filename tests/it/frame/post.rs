//! The kit's mail server against the product's mailer.

use das_tern::platform::error::Error;
use das_tern::platform::mail::{Mail, Mailer};
use das_tern::platform::secret::Phi;

use crate::kit::PostOffice;

#[tokio::test]
async fn letters_arrive_and_are_refused_when_told() {
    let post = PostOffice::open().await;
    let mailer = Mailer::new(Some(post.settings())).unwrap();
    let mail = Mail::new(
        Phi::new("dara@example.com".to_owned()),
        "លេខកូដ".to_owned(),
        "លេខកូដរបស់អ្នកគឺ 123456 ។\n.A line that starts with a dot, and one that is much longer than a line of an e-mail may be."
            .to_owned(),
        "<p>123456</p>".to_owned(),
    );
    mailer.send(&mail).await.unwrap();
    let letter = post.last_to("dara@example.com");
    assert_eq!(letter.code(), "123456");
    assert!(letter.text().contains("\r\n.A line") || letter.text().contains("\n.A line"));
    post.refuse_next("451 try later");
    assert_eq!(Error::from(mailer.send(&mail).await.unwrap_err()).code(), "mail_failed");
    post.refuse_next("550 never");
    assert_eq!(Error::from(mailer.send(&mail).await.unwrap_err()).code(), "mail_refuses_us");
    assert_eq!(post.letters().len(), 1);
}
