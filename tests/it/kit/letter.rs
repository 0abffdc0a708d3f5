//! An e-mail that was delivered, and how to read it.

use base64::Engine as _;

/// One delivered e-mail.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Headers and body as they came.
    pub raw: String,
}

impl Letter {
    /// The plain text part.
    pub fn text(&self) -> String {
        plain_part(&self.raw).unwrap_or_default()
    }

    /// The first run of exactly six digits in the text: a one-time code.
    pub fn find_code(&self) -> Option<String> {
        let text = self.text();
        text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).map(str::to_owned)
    }

    /// As [`Letter::find_code`], for a letter that must have one.
    pub fn code(&self) -> String {
        self.find_code().unwrap_or_else(|| panic!("no code in: {}", self.text()))
    }
}

/// The decoded text/plain part of a message, found in any depth of multipart.
fn plain_part(entity: &str) -> Option<String> {
    let (head, body) = entity.split_once("\r\n\r\n")?;
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let kind = header("content-type").unwrap_or_else(|| "text/plain".to_owned());
    if kind.starts_with("multipart/") {
        let boundary = kind.split_once("boundary=\"")?.1.split('"').next()?.to_owned();
        let separator = format!("--{boundary}");
        let parts = body.split(&separator).skip(1);
        return parts.map(|part| part.trim_start_matches("\r\n")).find_map(plain_part);
    }
    if !kind.starts_with("text/plain") {
        return None;
    }
    let encoding = header("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase();
    let bytes = match encoding.as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            base64::prelude::BASE64_STANDARD.decode(packed).unwrap()
        }
        "quoted-printable" => unquote(body),
        _ => body.as_bytes().to_vec(),
    };
    Some(String::from_utf8(bytes).unwrap())
}

fn unquote(text: &str) -> Vec<u8> {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'=' && at + 2 < bytes.len() {
            let pair = std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap();
            out.push(u8::from_str_radix(pair, 16).unwrap());
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
