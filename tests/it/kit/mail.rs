//! A mail server of our own on the loopback: speaks SMTP, keeps what it gets, refuses when told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use das_tern::platform::mail::{MailEncryption, MailSettings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::letter::Letter;
use super::tls::{Authority, Connection, accept};

/// Where in a conversation something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// In place of the greeting.
    Greeting,
    /// In answer to `EHLO`.
    Hello,
    /// In answer to `STARTTLS`.
    StartTls,
    /// In answer to `AUTH`.
    SignIn,
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
    /// A line without an end.
    Endless,
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    troubles: VecDeque<(At, Trouble)>,
    /// Addresses that are refused, and with which line.
    unknown: HashMap<String, &'static str>,
    /// What is said at a step to everybody.
    refusal: Option<(At, &'static str)>,
    is_shut: bool,
    offers_smtputf8: bool,
    connections: u32,
    /// Who the senders said they were.
    hellos: Vec<String>,
    /// The `MAIL` lines.
    senders: Vec<String>,
}

impl State {
    /// The trouble that was ordered for this step, if it is the next one ordered.
    fn trouble(&mut self, at: At) -> Option<Trouble> {
        if self.is_shut {
            return Some(Trouble::Say("421 closed"));
        }
        if let Some((_, line)) = self.refusal.filter(|(step, _)| *step == at) {
            return Some(Trouble::Say(line));
        }
        let ordered = self.troubles.front().is_some_and(|(step, _)| *step == at);
        ordered.then(|| self.troubles.pop_front()).flatten().map(|(_, trouble)| trouble)
    }
}

/// The mail server. It ends with the test's runtime.
#[derive(Clone)]
pub struct PostOffice {
    port: u16,
    encryption: MailEncryption,
    authority: Option<Authority>,
    state: Arc<Mutex<State>>,
}

impl PostOffice {
    /// Opens on a free port.
    pub async fn open() -> Self {
        Self::open_with(MailEncryption::None, None, "127.0.0.1").await
    }

    /// The same with TLS, and a certificate of `authority` for `name`.
    pub async fn open_with(encryption: MailEncryption, authority: Option<&Authority>, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let office = Self {
            port: listener.local_addr().unwrap().port(),
            encryption,
            authority: authority.cloned(),
            state: Arc::default(),
        };
        let state = Arc::clone(&office.state);
        let acceptor = authority.map(|authority| authority.acceptor(name));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().unwrap().connections += 1;
                tokio::spawn(receive(stream, encryption, acceptor.clone(), Arc::clone(&state)));
            }
        });
        office
    }

    /// Settings that lead here.
    pub fn settings(&self) -> MailSettings {
        MailSettings {
            port: Some(self.port),
            encryption: self.encryption,
            ca_file: self.authority.as_ref().map(|authority| authority.file().to_owned()),
            ..MailSettings::new("127.0.0.1", "Das Tern <clinic@example.org>")
        }
    }

    /// Says this line to everybody who gets to this step, until it relents.
    pub fn refuse_all(&self, at: At, line: &'static str) {
        self.state.lock().unwrap().refusal = Some((at, line));
    }

    /// Works again.
    pub fn relent(&self) {
        self.state.lock().unwrap().refusal = None;
    }

    /// Offers SMTPUTF8 from now on.
    pub fn offer_smtputf8(&self) {
        self.state.lock().unwrap().offers_smtputf8 = true;
    }

    /// Who the senders said they were, oldest first.
    pub fn hellos(&self) -> Vec<String> {
        self.state.lock().unwrap().hellos.clone()
    }

    /// The `MAIL` lines, oldest first.
    pub fn senders(&self) -> Vec<String> {
        self.state.lock().unwrap().senders.clone()
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
    stream: BufReader<Connection>,
    state: Arc<Mutex<State>>,
}

async fn receive(
    stream: TcpStream,
    encryption: MailEncryption,
    acceptor: Option<TlsAcceptor>,
    state: Arc<Mutex<State>>,
) -> Option<()> {
    let at_once = acceptor.as_ref().filter(|_| encryption == MailEncryption::Tls);
    let stream = BufReader::new(accept(stream, at_once).await?);
    let mut talk = Conversation { stream, state };
    talk.say(At::Greeting, "220 post.example ESMTP").await?;
    let mut offered = acceptor.filter(|_| encryption == MailEncryption::StartTls);
    while let Some(acceptor) = talk.converse(offered.take()).await? {
        let stream = BufReader::new(accept(talk.stream.into_inner(), Some(&acceptor)).await?);
        talk = Conversation { stream, state: talk.state };
    }
    Some(())
}

impl Conversation {
    /// Talks until the end, or until TLS begins, with what is `offered`.
    async fn converse(&mut self, offered: Option<TlsAcceptor>) -> Option<Option<TlsAcceptor>> {
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = self.line().await?;
            let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.greet(&line, offered.is_some()).await?,
                "STAR" if offered.is_some() => {
                    if self.say(At::StartTls, "220 go ahead").await? == Said::AsUsual {
                        return Some(offered);
                    }
                }
                "AUTH" => {
                    self.say(At::SignIn, "235 2.7.0 welcome").await?;
                }
                "MAIL" => {
                    (from, to) = (address_of(&line), Vec::new());
                    self.state.lock().unwrap().senders.push(line);
                    self.say(At::Sender, "250 ok").await?;
                }
                "RCPT" => to.push(self.recipient(&line).await?),
                "DATA" if self.say(At::Data, "354 go ahead").await? == Said::AsUsual => {
                    let raw = self.letter().await?;
                    let letter = Letter { from: from.clone(), to: to.clone(), raw };
                    if self.say(At::Letter, "").await? == Said::AsUsual {
                        self.state.lock().unwrap().letters.push(letter);
                        self.say(At::Taken, "250 taken").await?;
                    }
                }
                "DATA" => {}
                "QUIT" => {
                    self.write("221 bye").await?;
                    return Some(None);
                }
                _ => self.write("250 ok").await?,
            }
        }
    }

    async fn greet(&mut self, line: &str, offers_tls: bool) -> Option<()> {
        let mut offers = vec!["post.example", "8BITMIME", "AUTH PLAIN LOGIN"];
        {
            let mut state = self.state.lock().unwrap();
            state.hellos.push(line.get(5..).unwrap_or_default().to_owned());
            offers.extend(state.offers_smtputf8.then_some("SMTPUTF8"));
        }
        offers.extend(offers_tls.then_some("STARTTLS"));
        let last = offers.pop().unwrap();
        let mut lines: Vec<String> = offers.iter().map(|offer| format!("250-{offer}")).collect();
        lines.push(format!("250 {last}"));
        self.say(At::Hello, &lines.join("\r\n")).await.map(drop)
    }

    /// As strict as a server may be: an address that is not ASCII needs SMTPUTF8 (RFC 6531).
    async fn recipient(&mut self, line: &str) -> Option<String> {
        let address = address_of(line);
        let refusal = {
            let state = self.state.lock().unwrap();
            let is_declared = state.senders.last().is_some_and(|line| line.ends_with("SMTPUTF8"));
            let undeclared =
                (!address.is_ascii() && !is_declared).then_some("553 5.6.7 Must declare SMTPUTF8");
            state.unknown.get(&address).copied().or(undeclared)
        };
        self.say(At::Recipient, refusal.unwrap_or("250 ok")).await?;
        Some(address)
    }
}

#[derive(PartialEq, Eq)]
enum Said {
    AsUsual,
    Trouble,
}

impl Conversation {
    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn write(&mut self, line: &str) -> Option<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }

    /// Says the usual line, if it is not empty, or makes the trouble that was ordered.
    async fn say(&mut self, at: At, usual: &str) -> Option<Said> {
        let trouble = self.state.lock().unwrap().trouble(at);
        match trouble {
            Some(Trouble::Say(line)) => self.write(line).await.map(|()| Said::Trouble),
            Some(Trouble::Close) => None,
            Some(Trouble::Hang) => std::future::pending().await,
            Some(Trouble::Endless) => loop {
                self.stream.write_all(&[b'x'; 10_000]).await.ok()?;
            },
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
