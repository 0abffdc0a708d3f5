//! The interactive documentation in a real browser, under the policy that it is served with.

use serde_json::{Value, json};

use crate::kit::{Client, PASSWORD, Page, TestServer};

async fn page_of(server: &TestServer) -> Option<Page> {
    let mut page = Page::open(&format!("http://{}/docs", server.address())).await?;
    page.wait_for("document.getElementById('introduction')").await;
    Some(page)
}

/// Opens an operation and gives it back as `operation`.
async fn open(page: &mut Page, operation: &str) {
    page.run(&format!(
        "globalThis.operation = document.getElementById('{operation}'); operation.open = true; 1"
    ))
    .await;
    page.wait_for("operation.querySelector('.inside')").await;
}

/// The text of what the server answered.
async fn sent(page: &mut Page) -> String {
    page.run(
        "[...operation.querySelectorAll('button')].find((one) => one.textContent === 'Send').click(); 1",
    )
    .await;
    // A stream goes on after its head; anything else is there when one may send again.
    let is_there = "operation.querySelector('.output .status') && \
                    (operation.querySelector('.events') || !operation.querySelector('button').disabled)";
    page.wait_for(is_there).await;
    let text = page.run("operation.querySelector('.output').innerText");
    text.await.as_str().unwrap().to_owned()
}

async fn be(page: &mut Page, who: &Client) {
    page.run(&format!("document.getElementById('token').value = {}; 1", json!(who.token()))).await;
}

#[tokio::test]
async fn descriptions_are_shown_as_they_are_meant_and_as_nothing_more() {
    let server = TestServer::start().await;
    let Some(mut page) = page_of(&server).await else { return server.finish().await };
    let introduction = page.run("document.getElementById('introduction').innerText").await;
    let introduction = introduction.as_str().unwrap();
    assert!(introduction.contains("Every failure is application/problem+json"), "{introduction}");
    assert!(!introduction.contains('`') && introduction.lines().count() > 2, "{introduction}");
    open(&mut page, "stream_events").await;
    let shown = page.run("operation.querySelector('.inside > p').innerHTML").await;
    assert!(shown.as_str().unwrap().contains("<code>Last-Event-ID</code>"), "{shown}");
    // What stands in a description stays text.
    let written = json!(
        "See [the page](https://example.org/a?b=c) and `<b>`:\n- one `x`\n- two\n  goes on\n\n1. first\n\n**Now** \
         https://example.org. <img src=x onerror=alert(1)> [run](javascript:alert(1)) [x](//evil.example)"
    );
    let shown = page
        .run(&format!(
            "(() => {{ const box = document.createElement('div'); box.append(...markdown({written})); \
             return box.innerHTML; }})()"
        ))
        .await;
    assert_eq!(
        shown,
        "<p>See <a href=\"https://example.org/a?b=c\" rel=\"noreferrer\">the page</a> and \
         <code>&lt;b&gt;</code>:</p><ul><li>one <code>x</code></li><li>two goes on</li></ul><ol><li>first</li></ol>\
         <p><strong>Now</strong> <a href=\"https://example.org\" rel=\"noreferrer\">https://example.org</a>. \
         &lt;img src=x onerror=alert(1)&gt; [run](javascript:alert(1)) [x](//evil.example)</p>"
    );
    assert!(page.complaints().is_empty(), "{:#?}", page.complaints());
    server.finish().await;
}

#[tokio::test]
async fn bodies_start_from_the_examples_and_a_sign_in_is_kept() {
    let server = TestServer::start().await;
    server.patient("dara").await;
    let Some(mut page) = page_of(&server).await else { return server.finish().await };
    let document: Value = server.stranger().get("!/openapi.json").await.ok();
    for (path, operation) in [("/auth/login", "login"), ("/prescriptions", "create_prescription")] {
        open(&mut page, operation).await;
        let start = page.run("operation.querySelector('textarea').value").await;
        let start: Value = serde_json::from_str(start.as_str().unwrap()).unwrap();
        let body = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(start, body["example"], "{operation}");
    }
    open(&mut page, "login").await;
    let body = json!({ "identifier": "dara@example.com", "password": PASSWORD }).to_string();
    page.run(&format!("operation.querySelector('textarea').value = {}; 1", json!(body))).await;
    let answer = sent(&mut page).await;
    assert!(answer.starts_with("200"), "{answer}");
    open(&mut page, "get_own_profile").await;
    let answer = sent(&mut page).await;
    assert!(answer.starts_with("200") && answer.contains("\"email\": \"dara@example.com\""), "{answer}");
    assert!(page.complaints().is_empty(), "{:#?}", page.complaints());
    server.finish().await;
}

#[tokio::test]
async fn events_are_shown_as_they_come_until_they_are_stopped() {
    let server = TestServer::start().await;
    let dara = server.patient("dara").await;
    let Some(mut page) = page_of(&server).await else { return server.finish().await };
    be(&mut page, &dara).await;
    open(&mut page, "stream_events").await;
    let answer = sent(&mut page).await;
    assert!(answer.starts_with("200"), "{answer}");
    page.wait_for("operation.querySelector('.events').textContent.includes('event: hello')").await;
    let sok = server.doctor("sok").await;
    sok.post("/connections", json!({ "targetUserId": dara.id() })).await.ok();
    page.wait_for("operation.querySelector('.events').textContent.includes('notification.created')").await;
    let is_busy = page.run("operation.querySelector('button').disabled").await;
    assert_eq!(is_busy, true);
    page.run("operation.querySelector('.stop').click(); 1").await;
    page.wait_for("operation.querySelector('.output').innerText.includes('Stopped.')").await;
    assert_eq!(page.wait_for("operation.querySelector('.stop').hidden").await, true);
    assert_eq!(page.run("operation.querySelector('button').disabled").await, false);
    assert!(page.complaints().is_empty(), "{:#?}", page.complaints());
    server.finish().await;
}

#[tokio::test]
async fn a_list_of_medicines_is_sent_as_text_or_as_a_file() {
    const LIST: &str = "generic_name,khmer_name,form,strength,route,unit\n\
                        paracetamol,ប៉ារ៉ាសេតាមុល,TABLET,500 mg,ORAL,TABLET\n";
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let Some(mut page) = page_of(&server).await else { return server.finish().await };
    be(&mut page, &admin).await;
    open(&mut page, "import_medicines").await;
    page.run("operation.querySelector('[name=dryRun]').value = 'true'; 1").await;
    page.run(&format!("operation.querySelector('textarea').value = {}; 1", json!(LIST))).await;
    let typed = sent(&mut page).await;
    assert!(typed.starts_with("200") && typed.contains("\"errorCount\": 0"), "{typed}");
    let choose = format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], 'list.csv', {{type: 'text/csv'}})); \
         operation.querySelector('textarea').value = ''; \
         operation.querySelector('input[type=file]').files = files.files; return 1; }})()",
        json!(LIST)
    );
    page.run(&choose).await;
    let answer = |text: &str| text.split("\n{").nth(1).unwrap_or_default().to_owned();
    page.run("operation.querySelector('.output').replaceChildren(); 1").await;
    let from_file = sent(&mut page).await;
    assert!(from_file.starts_with("200"), "{from_file}");
    assert_eq!(answer(&from_file), answer(&typed));
    assert!(page.complaints().is_empty(), "{:#?}", page.complaints());
    server.finish().await;
}
