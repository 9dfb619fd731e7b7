//! The files that a trace is written to.
//!
//! ```text
//! --trace-file F    a regular file: written by a thread, at its end: it can be cut meanwhile
//!                   a FIFO or a device: opened and written by a thread, as its reader may stop
//! ```
//!
//! A trace holds what clients have sent, so a file of it is for its owner alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use wirestep::trace::queue_writer::QueueWriter;

/// A file that is there to be written.
pub(crate) enum OutputFile {
    /// It is empty, and written at its end.
    Regular(File),
    /// A FIFO or a device.
    Stream(PathBuf),
}

/// Opens the files, and empties them when all of them can be written.
///
/// # Errors
/// One of them cannot be written, or two of them are the same; the error names it.
pub(crate) fn open_files<const N: usize>(paths: [Option<&Path>; N]) -> io::Result<[Option<OutputFile>; N]> {
    let mut files = [const { None }; N];
    for (path, file) in paths.into_iter().zip(&mut files) {
        *file = path.map(|path| open(path).map_err(|error| name(path, &error))).transpose()?;
    }
    let mut seen = Vec::new();
    for (path, file) in paths.into_iter().zip(&files) {
        let (Some(path), Some(OutputFile::Regular(file))) = (path, file) else { continue };
        let metadata = file.metadata()?;
        if seen.contains(&(metadata.dev(), metadata.ino())) {
            return Err(io::Error::other(format!("{} cannot hold both the trace and the capture", path.display())));
        }
        seen.push((metadata.dev(), metadata.ino()));
    }
    for file in files.iter().flatten() {
        if let OutputFile::Regular(file) = file {
            file.set_len(0)?;
        }
    }
    Ok(files)
}

fn open(path: &Path) -> io::Result<OutputFile> {
    let is_stream = std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.file_type().is_fifo() || metadata.file_type().is_char_device());
    if is_stream {
        return Ok(OutputFile::Stream(path.to_owned()));
    }
    OpenOptions::new().create(true).append(true).mode(FOR_ITS_OWNER).open(path).map(OutputFile::Regular)
}

fn name(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
}

impl OutputFile {
    /// A writer for records.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn writer(self, note: fn(u64) -> Vec<u8>) -> io::Result<Box<dyn Write + Send>> {
        match self {
            OutputFile::Regular(file) => Ok(Box::new(QueueWriter::complete(file)?)),
            OutputFile::Stream(path) => {
                let open = move || OpenOptions::new().write(true).open(path);
                Ok(Box::new(QueueWriter::new(Some("a FIFO of the trace"), note, open)?))
            }
        }
    }
}

/// Read and write for the owner, nothing for the others.
const FOR_ITS_OWNER: u32 = 0o600;
