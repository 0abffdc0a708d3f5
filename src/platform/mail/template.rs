//! The frame of an e-mail: the same content as plain text and as HTML.

/// What an e-mail says, in one language.
#[derive(Debug, Clone)]
pub struct MailContent<'a> {
    /// BCP 47 tag of the language.
    pub language: &'a str,
    /// Who writes: the clinic.
    pub sender: &'a str,
    /// The heading, also the subject.
    pub title: &'a str,
    /// Paragraphs in order.
    pub paragraphs: Vec<String>,
    /// Shown large, such as a code.
    pub highlight: Option<&'a str>,
}

/// The plain text and the HTML.
pub fn render(content: &MailContent<'_>) -> (String, String) {
    let mut text = format!("{}\n\n", content.title);
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"font-family:'Noto Sans Khmer','Khmer OS',sans-serif;line-height:1.6;color:#1a1a2e\">\
         <h1 style=\"font-size:1.25em\">{title}</h1>",
        escape(content.language),
        title = escape(content.title),
    );
    if let Some(highlight) = content.highlight {
        text.push_str(&format!("    {highlight}\n\n"));
        html.push_str(&format!(
            "<p style=\"font-size:2em;letter-spacing:0.2em;font-weight:bold\">{}</p>",
            escape(highlight)
        ));
    }
    for paragraph in &content.paragraphs {
        text.push_str(&format!("{paragraph}\n\n"));
        html.push_str(&format!("<p>{}</p>", escape(paragraph)));
    }
    text.push_str(&format!("-- \n{}\n", content.sender));
    html.push_str(&format!("<p style=\"color:#667\">{}</p></body></html>", escape(content.sender)));
    (text, html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_holds_the_text_and_no_foreign_markup() {
        let content = MailContent {
            language: "en",
            sender: "Clinic <A>",
            title: "A & B",
            paragraphs: vec!["<script>".to_owned()],
            highlight: Some("123456"),
        };
        let (text, html) = render(&content);
        assert!(text.contains("A & B") && text.contains("123456") && text.contains("<script>"));
        assert!(html.contains("A &amp; B") && html.contains("&lt;script&gt;") && !html.contains("<script>"));
    }
}
