//! The one error of the product, neutral to transport.
//!
//! An error has a stable `code` (`dose_too_early`), which names its text in both languages in
//! `assets/messages`, and a [`Kind`], from which only `api/problem.rs` derives a status code.
//! `context` is for the log and never leaves the server.

use std::fmt;

/// What sort of failure this is. Deliberately without HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing, or the caller may not know that there is.
    NotFound,
    /// The caller may know that it exists, but may not do this.
    Forbidden,
    /// Nobody is signed in, or the credentials are wrong or no longer valid.
    Unauthenticated,
    /// The request itself is wrong; `fields` name what and how to mend it.
    Invalid,
    /// The request is well formed but the state of things does not allow it.
    Conflict,
    /// `If-Match` named another version than the current one.
    PreconditionFailed,
    /// The plan does not include this; the text says what is needed.
    PaymentRequired,
    /// The content cannot be processed, for example an idempotency key used for another request.
    Unprocessable,
    /// The request is larger than the documented limit.
    TooLarge,
    /// Too many requests; `retry_after_seconds` says when to come back.
    TooMany,
    /// The store, a queue or a pool cannot serve now; `retry_after_seconds` says when to come back.
    Unavailable,
    /// What is needed lies on a damaged page of the data file. Others are not concerned.
    Damaged,
    /// A fault of ours. The caller hears nothing but the request id.
    Internal,
}

impl Kind {
    /// Whether it says something of the server and nothing of the request.
    pub const fn is_of_server(self) -> bool {
        matches!(self, Self::Unavailable | Self::Damaged | Self::Internal)
    }
}

/// One bad field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as the client wrote it, nested ones with dots and brackets:
    /// `medications[0].doseAmount`.
    pub field: String,
    /// Message key in `assets/messages`.
    pub code: &'static str,
    /// Values for the placeholders of the message.
    pub args: Vec<(&'static str, String)>,
}

impl FieldError {
    /// A bad field whose message has no placeholders.
    pub fn new(field: impl Into<String>, code: &'static str) -> Self {
        Self { field: field.into(), code, args: Vec::new() }
    }

    /// Fills a placeholder of the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    kind: Kind,
    code: &'static str,
    args: Vec<(&'static str, String)>,
    fields: Vec<FieldError>,
    retry_after_seconds: Option<u64>,
    context: Option<String>,
}

/// A failure, cheap to move. See the module documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Detail>);

/// The result type of every fallible function of the product.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        $($(#[$doc])* pub fn $name(code: &'static str) -> Self { Self::new(Kind::$kind, code) })*
    };
}

impl Error {
    fn new(kind: Kind, code: &'static str) -> Self {
        Self(Box::new(Detail {
            kind,
            code,
            args: Vec::new(),
            fields: Vec::new(),
            retry_after_seconds: None,
            context: None,
        }))
    }

    constructors! {
        /// No such thing, or no permission to know of it: `not_found("dose_not_found")`.
        not_found => NotFound;
        /// Known to exist, not allowed.
        forbidden => Forbidden;
        /// Missing, wrong or ended credentials.
        unauthenticated => Unauthenticated;
        /// The state of things does not allow it.
        conflict => Conflict;
        /// Somebody else changed it meanwhile.
        precondition_failed => PreconditionFailed;
        /// A limit of the caller's plan.
        payment_required => PaymentRequired;
        /// Understood but not processable.
        unprocessable => Unprocessable;
        /// Larger than allowed.
        too_large => TooLarge;
    }

    /// A request with one bad field.
    pub fn invalid(field: impl Into<String>, code: &'static str) -> Self {
        Self::invalid_fields(vec![FieldError::new(field, code)])
    }

    /// A request with bad fields; every one of them, not the first.
    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let mut error = Self::new(Kind::Invalid, "validation_failed");
        error.0.fields = fields;
        error
    }

    /// Too many requests; try again in `retry_after_seconds`.
    pub fn too_many(code: &'static str, retry_after_seconds: u64) -> Self {
        Self::new(Kind::TooMany, code).retry_after(retry_after_seconds)
    }

    /// Not possible now; try again in `retry_after_seconds`.
    pub fn unavailable(code: &'static str, retry_after_seconds: u64) -> Self {
        Self::new(Kind::Unavailable, code).retry_after(retry_after_seconds)
    }

    /// What is needed cannot be read, because the data are damaged there; `context` goes to the log only.
    pub fn damaged(context: impl fmt::Display) -> Self {
        const LATER_SECONDS: u64 = 60;
        Self::new(Kind::Damaged, "data_damaged").retry_after(LATER_SECONDS).context(context)
    }

    /// A fault of ours; `context` goes to the log only.
    pub fn internal(context: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, "internal").context(context)
    }

    /// Fills a placeholder of the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    /// Adds private context for the log: what was being done.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.context = Some(match self.0.context.take() {
            Some(inner) => format!("{context}: {inner}"),
            None => context.to_string(),
        });
        self
    }

    #[must_use]
    fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// What sort of failure this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The stable code, also the message key.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Values for the placeholders of the message.
    pub fn args(&self) -> &[(&'static str, String)] {
        &self.0.args
    }

    /// The bad fields of an [`Kind::Invalid`] error.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Seconds after which trying again may succeed.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after_seconds
    }

    /// Private context, for the log.
    pub fn private_context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)?;
        for field in &self.0.fields {
            write!(f, " {}:{}", field.field, field.code)?;
        }
        match &self.0.context {
            Some(context) => write!(f, " ({context})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Collects every bad field of a request before refusing it.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a bad field.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Notes a bad field whose message has no placeholders.
    pub fn add(&mut self, field: impl Into<String>, code: &'static str) {
        self.push(FieldError::new(field, code));
    }

    /// Keeps the value of a check, or notes the fields it complains about.
    ///
    /// # Errors
    /// Failures other than [`Kind::Invalid`] are handed through.
    pub fn take<T>(&mut self, checked: Result<T>) -> Result<Option<T>> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == Kind::Invalid => {
                self.0.extend_from_slice(error.fields());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether nothing has been noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// One [`Kind::Invalid`] error with every noted field, if there is any.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.0)) }
    }
}
