//! A layer in memory over a file that must not be written: writes stay in the layer, reads see them over the
//! file. With it the engine can recover its view of a file whose disk refuses every write.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// Bytes of a block, the granularity of the layer.
const BLOCK: u64 = 4096;

#[derive(Debug)]
pub(super) struct Aside<B> {
    below: B,
    layer: Mutex<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Whole blocks that differ from the file, by number.
    blocks: BTreeMap<u64, Vec<u8>>,
    length: u64,
    /// Bytes of the file that still show through; what lies behind was cut off and is zero.
    below_length: u64,
}

impl<B: StorageBackend> Aside<B> {
    pub(super) fn new(below: B) -> io::Result<Self> {
        let length = below.len()?;
        Ok(Self { below, layer: Mutex::new(Layer { blocks: BTreeMap::new(), length, below_length: length }) })
    }

    fn layer(&self) -> MutexGuard<'_, Layer> {
        self.layer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The content of a block: from the layer, else from the file, zeros behind its end.
    fn block(&self, layer: &Layer, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = layer.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut block = vec![0; usize_of(BLOCK)?];
        let start = number * BLOCK;
        let there = usize_of(layer.below_length.saturating_sub(start).min(BLOCK))?;
        if let Some(part) = block.get_mut(..there).filter(|part| !part.is_empty()) {
            self.below.read(start, part)?;
        }
        Ok(block)
    }
}

/// The pieces of `length` bytes from `offset`, cut at block borders: block, place in it, place in the whole, size.
fn pieces(offset: u64, length: usize) -> io::Result<Vec<(u64, usize, usize, usize)>> {
    let mut found = Vec::new();
    let mut done = 0;
    while done < length {
        let at = offset + u64::try_from(done).map_err(io::Error::other)?;
        let inside = usize_of(at % BLOCK)?;
        let size = (usize_of(BLOCK)? - inside).min(length - done);
        found.push((at / BLOCK, inside, done, size));
        done += size;
    }
    Ok(found)
}

fn usize_of(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}

fn out_of_range() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "beyond the end of the storage")
}

impl<B: StorageBackend> StorageBackend for Aside<B> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.layer().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let layer = self.layer();
        let end = u64::try_from(out.len()).ok().and_then(|length| offset.checked_add(length));
        if end.is_none_or(|end| end > layer.length) {
            return Err(out_of_range());
        }
        for (number, inside, at, size) in pieces(offset, out.len())? {
            let block = self.block(&layer, number)?;
            let (Some(to), Some(from)) = (out.get_mut(at..at + size), block.get(inside..inside + size))
            else {
                return Err(out_of_range());
            };
            to.copy_from_slice(from);
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut layer = self.layer();
        if length < layer.length {
            layer.below_length = layer.below_length.min(length);
            layer.blocks.retain(|number, _| number * BLOCK < length);
            // What was cut off must not come back when the storage grows again.
            let kept = usize_of(length % BLOCK)?;
            if let Some(tail) =
                layer.blocks.get_mut(&(length / BLOCK)).and_then(|block| block.get_mut(kept..))
            {
                tail.fill(0);
            }
        }
        layer.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut layer = self.layer();
        for (number, inside, at, size) in pieces(offset, data.len())? {
            let mut block = self.block(&layer, number)?;
            let (Some(to), Some(from)) = (block.get_mut(inside..inside + size), data.get(at..at + size))
            else {
                return Err(out_of_range());
            };
            to.copy_from_slice(from);
            layer.blocks.insert(number, block);
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.below.close()
    }
}
