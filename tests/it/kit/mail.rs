//! A mail server of our own on the loopback: speaks SMTP, keeps what it gets, refuses when told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use das_tern::platform::mail::{MailEncryption, MailSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Split};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
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

/// Where in a conversation something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// In place of the greeting.
    Greeting,
    /// In answer to `MAIL FROM`.
    Sender,
    /// In answer to `RCPT TO`.
    Recipient,
    /// In answer to `DATA`.
    Data,
    /// After the first line of the letter.
    Middle,
    /// In answer to the whole letter, which is not kept.
    Letter,
    /// In answer to the whole letter, which is kept: the office has it, and the sender does not hear of it.
    Taken,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// This line instead of the usual one.
    Say(&'static str),
    /// The connection is closed.
    Close,
    /// Nothing is said any more.
    Hang,
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    troubles: VecDeque<(At, Trouble)>,
    /// Addresses that are refused, and with which line.
    unknown: HashMap<String, &'static str>,
    is_shut: bool,
    connections: u32,
}

impl State {
    /// The trouble that was ordered for this step, if it is the next one ordered.
    fn trouble(&mut self, at: At) -> Option<Trouble> {
        if self.is_shut {
            return Some(Trouble::Say("421 closed"));
        }
        let ordered = self.troubles.front().is_some_and(|(step, _)| *step == at);
        ordered.then(|| self.troubles.pop_front()).flatten().map(|(_, trouble)| trouble)
    }
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
                state.lock().unwrap().connections += 1;
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
    pub fn refuse_next(&self, line: &'static str) {
        self.trouble_next(At::Letter, Trouble::Say(line));
    }

    /// Makes trouble the next time a conversation gets to this step. Troubles happen in the order in which they were
    /// ordered.
    pub fn trouble_next(&self, at: At, trouble: Trouble) {
        self.state.lock().unwrap().troubles.push_back((at, trouble));
    }

    /// Refuses this recipient from now on with this line, `550 5.1.1 no such user`.
    pub fn refuse_address(&self, address: &str, line: &'static str) {
        self.state.lock().unwrap().unknown.insert(address.to_owned(), line);
    }

    /// Answers everything with 421 until it opens again.
    pub fn shut(&self) {
        self.state.lock().unwrap().is_shut = true;
    }

    /// Works again.
    pub fn open_again(&self) {
        self.state.lock().unwrap().is_shut = false;
    }

    /// Connections made so far.
    pub fn connections(&self) -> u32 {
        self.state.lock().unwrap().connections
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

/// One conversation.
struct Conversation {
    lines: Split<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
    state: Arc<Mutex<State>>,
}

async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, write) = stream.into_split();
    let mut talk = Conversation { lines: BufReader::new(read).split(b'\n'), write, state };
    talk.say(At::Greeting, "220 post.example ESMTP").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let line = talk.line().await?;
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => talk.write("250-post.example\r\n250 8BITMIME").await?,
            "MAIL" => {
                (from, to) = (address_of(&line), Vec::new());
                talk.say(At::Sender, "250 ok").await?;
            }
            "RCPT" => {
                let address = address_of(&line);
                let refusal = talk.state.lock().unwrap().unknown.get(&address).copied();
                to.push(address);
                talk.say(At::Recipient, refusal.unwrap_or("250 ok")).await?;
            }
            "DATA" if talk.say(At::Data, "354 go ahead").await? == Said::AsUsual => {
                let raw = talk.letter().await?;
                let letter = Letter { from: from.clone(), to: to.clone(), raw };
                if talk.say(At::Letter, "").await? == Said::AsUsual {
                    talk.state.lock().unwrap().letters.push(letter);
                    talk.say(At::Taken, "250 taken").await?;
                }
            }
            "DATA" => {}
            "QUIT" => return talk.write("221 bye").await,
            _ => talk.write("250 ok").await?,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Said {
    AsUsual,
    Trouble,
}

impl Conversation {
    async fn line(&mut self) -> Option<String> {
        let line = self.lines.next_segment().await.ok()??;
        Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())
    }

    async fn write(&mut self, line: &str) -> Option<()> {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await.ok()
    }

    /// Says the usual line, if it is not empty, or makes the trouble that was ordered.
    async fn say(&mut self, at: At, usual: &str) -> Option<Said> {
        let trouble = self.state.lock().unwrap().trouble(at);
        match trouble {
            Some(Trouble::Say(line)) => self.write(line).await.map(|()| Said::Trouble),
            Some(Trouble::Close) => None,
            Some(Trouble::Hang) => std::future::pending().await,
            None if usual.is_empty() => Some(Said::AsUsual),
            None => self.write(usual).await.map(|()| Said::AsUsual),
        }
    }

    /// Everything up to the line with the dot.
    async fn letter(&mut self) -> Option<String> {
        let mut raw = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                return Some(raw);
            }
            raw.push_str(line.strip_prefix('.').unwrap_or(&line));
            raw.push_str("\r\n");
            self.say(At::Middle, "").await?;
        }
    }
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
