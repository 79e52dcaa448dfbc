//! The part of SPDY/3.1 that an API server needs for exec and port-forward: every stream is accepted, and bytes go both ways.

use flate2::{Compress, Compression, FlushCompress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const SYN_STREAM: u8 = 1;
const SYN_REPLY: u8 = 2;
const FIN: u8 = 1;

/// A frame of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A stream was opened. Its headers name its kind; kubectl opens streams in a fixed order and waits for each.
    Opened(u32),
    /// Bytes, possibly the last ones.
    Data { stream: u32, bytes: Vec<u8>, last: bool },
    /// A frame that needs no reply.
    Other,
}

/// The server's end of a connection.
pub struct Spdy<S> {
    io: S,
    /// One stream of compressed headers for the whole connection.
    headers: Compress,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Spdy<S> {
    pub fn over(io: S) -> Spdy<S> {
        Spdy { io, headers: Compress::new(Compression::default(), true) }
    }

    /// The next frame; `None` after the client's end.
    pub async fn read(&mut self) -> Option<Frame> {
        let mut head = [0; 8];
        self.io.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, x, y, z] = head;
        let mut bytes = vec![0; u32::from_be_bytes([0, x, y, z]) as usize];
        self.io.read_exact(&mut bytes).await.ok()?;
        let number = |four: [u8; 4]| u32::from_be_bytes(four) & 0x7fff_ffff;
        Some(match (a & 0x80 != 0, kind) {
            (false, _) => Frame::Data { stream: number([a, b, c, kind]), bytes, last: flags & FIN != 0 },
            (true, SYN_STREAM) => Frame::Opened(number(*bytes.first_chunk().expect("a stream's number"))),
            (true, _) => Frame::Other,
        })
    }

    /// Accepts a stream.
    pub async fn agree(&mut self, stream: u32) {
        // Without headers: their count is all there is.
        let mut block = Vec::with_capacity(64);
        self.headers.compress_vec(&0_u32.to_be_bytes(), &mut block, FlushCompress::Sync).expect("compressed");
        let length = u32::try_from(4 + block.len()).expect("short").to_be_bytes();
        let frame = [&[0x80, 3, 0, SYN_REPLY, 0], &length[1..], &stream.to_be_bytes(), &block].concat();
        self.io.write_all(&frame).await.expect("sent");
    }

    /// Sends bytes; closes the stream if they are the last.
    pub async fn send(&mut self, stream: u32, bytes: &[u8], last: bool) {
        let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
        let frame = [&stream.to_be_bytes(), &[if last { FIN } else { 0 }][..], &length[1..], bytes].concat();
        self.io.write_all(&frame).await.expect("sent");
    }
}
