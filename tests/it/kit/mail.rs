//! A mail server of our own on the loopback: speaks SMTP, keeps what it gets, refuses when told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use das_tern::platform::mail::{MailEncryption, MailSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

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

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    refusals: VecDeque<String>,
}

/// The mail server. It ends with the test's runtime.
#[derive(Clone)]
pub struct PostOffice {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl PostOffice {
    /// Opens on a free port.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let office = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = Arc::clone(&office.state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&state)));
            }
        });
        office
    }

    /// Settings that lead here.
    pub fn settings(&self) -> MailSettings {
        MailSettings {
            port: Some(self.port),
            encryption: MailEncryption::None,
            ..MailSettings::new("127.0.0.1", "Das Tern <clinic@example.org>")
        }
    }

    /// Answers the next e-mail with this line, `451 try later`, instead of taking it.
    pub fn refuse_next(&self, line: &str) {
        self.state.lock().unwrap().refusals.push_back(line.to_owned());
    }

    /// Everything delivered so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.state.lock().unwrap().letters.clone()
    }

    /// What was delivered to this address, oldest first.
    pub fn letters_to(&self, address: &str) -> Vec<Letter> {
        let mut letters = self.letters();
        letters.retain(|letter| letter.to.iter().any(|to| to == address));
        letters
    }

    /// The last e-mail to this address.
    #[track_caller]
    pub fn last_to(&self, address: &str) -> Letter {
        self.letters_to(address).pop().unwrap_or_else(|| panic!("no e-mail to {address}"))
    }
}

/// One connection.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).split(b'\n');
    write.write_all(b"220 post.example ESMTP\r\n").await.ok()?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = lines.next_segment().await.ok()? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-post.example\r\n250 8BITMIME".to_owned(),
            "MAIL" => {
                (from, to) = (address_of(&line), Vec::new());
                "250 ok".to_owned()
            }
            "RCPT" => {
                to.push(address_of(&line));
                "250 ok".to_owned()
            }
            "DATA" => {
                write.write_all(b"354 go ahead\r\n").await.ok()?;
                let mut raw = String::new();
                while let Some(line) = lines.next_segment().await.ok()? {
                    let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
                    if line == "." {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                let mut state = state.lock().unwrap();
                match state.refusals.pop_front() {
                    Some(refusal) => refusal,
                    None => {
                        state.letters.push(Letter { from: from.clone(), to: to.clone(), raw });
                        "250 taken".to_owned()
                    }
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "250 ok".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

/// What stands between `<` and `>`.
fn address_of(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split_once('>').map_or(rest, |(address, _)| address).to_owned()
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
