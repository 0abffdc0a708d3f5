//! Keys: fixed-layout, big-endian, ordered as their values are, and self-delimiting so that tuples of keys
//! are keys.

use chrono::{Datelike, NaiveDate};

use crate::platform::clock::Timestamp;
use crate::platform::error::{Error, Result};

/// A value that can stand in a key.
pub trait Key: Sized {
    /// Appends the ordered encoding.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the encoding back.
    ///
    /// # Errors
    /// When the bytes are not such an encoding: the store is damaged or a cursor was tampered with.
    fn decode(from: &mut KeyReader<'_>) -> Result<Self>;

    /// The encoding by itself.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(48);
        self.encode(&mut out);
        out
    }
}

/// The rest of a key that is being decoded.
#[derive(Debug, Clone, Copy)]
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Reads `bytes` from their start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or_else(|| Error::internal("key too short"))?;
        self.0 = rest;
        Ok(*head)
    }

    /// # Errors
    /// When bytes are left over.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::internal("key too long")) }
    }
}

macro_rules! unsigned_keys {
    ($($type:ty),*) => {$(
        impl Key for $type {
            fn encode(&self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_be_bytes()); }
            fn decode(from: &mut KeyReader<'_>) -> Result<Self> { Ok(Self::from_be_bytes(from.take()?)) }
        }
    )*};
}
unsigned_keys!(u8, u16, u32, u64, u128);

/// Flipping the sign bit makes the byte order the numeric order.
impl Key for i64 {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.cast_unsigned() ^ (1 << 63)).encode(out);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        Ok((u64::decode(from)? ^ (1 << 63)).cast_signed())
    }
}

impl Key for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        u8::from(*self).encode(out);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        Ok(u8::decode(from)? != 0)
    }
}

impl Key for Timestamp {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_milliseconds().encode(out);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        Ok(Self::from_milliseconds(i64::decode(from)?))
    }
}

impl Key for NaiveDate {
    fn encode(&self, out: &mut Vec<u8>) {
        i64::from(self.num_days_from_ce()).encode(out);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        i32::try_from(i64::decode(from)?)
            .ok()
            .and_then(Self::from_num_days_from_ce_opt)
            .ok_or_else(|| Error::internal("key holds no date"))
    }
}

/// Ends with 0x00 0x01; a zero byte inside is written as 0x00 0xFF. So order is kept, no string is the beginning of
/// another one's encoding, and whatever follows in a tuple, be it 0xFF, cannot be taken for a part of the string.
impl Key for String {
    fn encode(&self, out: &mut Vec<u8>) {
        for byte in self.bytes() {
            out.push(byte);
            if byte == 0 {
                out.push(0xFF);
            }
        }
        out.extend_from_slice(&[0, 1]);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        let mut bytes = Vec::new();
        loop {
            match from.take::<1>()? {
                [0] => match from.take::<1>()? {
                    [1] => break,
                    [0xFF] => bytes.push(0),
                    _ => return Err(Error::internal("key holds no text")),
                },
                [byte] => bytes.push(byte),
            }
        }
        Self::from_utf8(bytes).map_err(|_| Error::internal("key holds no text"))
    }
}

impl<T: Key> Key for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        if bool::decode(from)? { T::decode(from).map(Some) } else { Ok(None) }
    }
}

impl<const N: usize> Key for [u8; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn decode(from: &mut KeyReader<'_>) -> Result<Self> {
        from.take()
    }
}

impl Key for () {
    fn encode(&self, _out: &mut Vec<u8>) {}
    fn decode(_from: &mut KeyReader<'_>) -> Result<Self> {
        Ok(())
    }
}

macro_rules! tuple_keys {
    ($(($($name:ident),+);)*) => {$(
        impl<$($name: Key),+> Key for ($($name,)+) {
            fn encode(&self, out: &mut Vec<u8>) {
                #[expect(non_snake_case, reason = "the type parameters name the parts")]
                let ($($name,)+) = self;
                $($name.encode(out);)+
            }
            fn decode(from: &mut KeyReader<'_>) -> Result<Self> { Ok(($($name::decode(from)?,)+)) }
        }
    )*};
}
tuple_keys! { (A); (A, B); (A, B, C); (A, B, C, D); }
