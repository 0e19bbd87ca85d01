//! Faults of the connection itself: a layer under HTTP that resets, closes or stalls in the middle of an answer.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

/// Where an answer is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before its first byte.
    Start,
    /// After so many bytes of the body.
    Body(usize),
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// RST: the client sees "connection reset by peer".
    Reset(Point),
    /// FIN: the client sees the end too early.
    Close(Point),
    /// Nothing for this time, then FIN.
    Stall(Point, Duration),
}

impl Cut {
    fn point(self) -> Point {
        match self {
            Self::Reset(point) | Self::Close(point) | Self::Stall(point, _) => point,
        }
    }
}

/// The end of one connection that an endpoint holds, to cut the answer that it is about to give.
#[derive(Clone)]
pub struct Scissors(Arc<Mutex<Option<Armed>>>);

/// A cut that waits for its point, and what is to be kept until the connection is gone.
struct Armed {
    cut: Cut,
    _keep: Box<dyn Send>,
}

impl Scissors {
    /// Cuts the next answer on this connection; `keep` is dropped with the connection.
    pub fn arm(&self, cut: Cut, keep: impl Send + 'static) {
        *self.lock() = Some(Armed { cut, _keep: Box::new(keep) });
    }

    fn cut(&self) -> Option<Cut> {
        self.lock().as_ref().map(|armed| armed.cut)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, CuttingListener>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, CuttingListener>) -> Self {
        stream.io().scissors.clone()
    }
}

/// A listener whose connections can be cut.
pub struct CuttingListener {
    inner: TcpListener,
    accepted: Box<dyn Fn() + Send>,
}

impl CuttingListener {
    /// Calls `accepted` for every connection.
    pub fn new(inner: TcpListener, accepted: impl Fn() + Send + 'static) -> Self {
        Self { inner, accepted: Box::new(accepted) }
    }
}

impl Listener for CuttingListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        // The listener of axum itself, for its patience when the process runs out of file descriptors.
        let (inner, addr) = Listener::accept(&mut self.inner).await;
        // Without this a small answer may wait for the client's delayed acknowledgement; it is only slower then.
        let _ = inner.set_nodelay(true);
        (self.accepted)();
        let scissors = Scissors(Arc::default());
        (CuttableStream { inner, scissors, progress: Progress::default(), stalled: None }, addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection that passes everything on until it is cut.
pub struct CuttableStream {
    inner: TcpStream,
    scissors: Scissors,
    progress: Progress,
    stalled: Option<Pin<Box<Sleep>>>,
}

/// How much of the answer that is to be cut has been written.
#[derive(Debug, Default)]
struct Progress {
    /// Bytes of the empty line after the head that were seen in a row: 4 means that the body has begun.
    ending: usize,
    body: usize,
}

impl Progress {
    /// How many bytes of `next` come before `point`.
    fn before(&self, point: Point, next: &[u8]) -> usize {
        let Point::Body(wanted) = point else {
            return 0;
        };
        let (mut ending, mut head) = (self.ending, 0);
        while ending < 4 && head < next.len() {
            ending = step(ending, next[head]);
            head += 1;
        }
        (head + wanted.saturating_sub(self.body)).min(next.len())
    }

    fn wrote(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.ending < 4 {
                self.ending = step(self.ending, *byte);
            } else {
                self.body += 1;
            }
        }
    }
}

/// Follows `\r\n\r\n` by one byte.
fn step(ending: usize, byte: u8) -> usize {
    match (ending, byte) {
        (0 | 2, b'\r') | (1 | 3, b'\n') => ending + 1,
        (_, b'\r') => 1,
        _ => 0,
    }
}

impl CuttableStream {
    /// The cut has reached its point: ends the connection, or lets time pass before that.
    fn end(&mut self, cut: Cut, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match cut {
            Cut::Reset(_) => self.inner.set_zero_linger()?,
            Cut::Close(_) => {}
            Cut::Stall(_, time) => {
                let sleep = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
                let is_over = sleep.as_mut().poll(context).is_ready();
                if !is_over && !self.client_hung_up(context) {
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Err(io::Error::other("cut on purpose")))
    }
}

impl CuttableStream {
    /// Whether the client has closed or reset the connection; wakes the task when it does.
    fn client_hung_up(&self, context: &mut Context<'_>) -> bool {
        let mut next = [0];
        let mut next = ReadBuf::new(&mut next);
        match self.inner.poll_peek(context, &mut next) {
            Poll::Ready(Ok(0) | Err(_)) => true,
            Poll::Ready(Ok(_)) | Poll::Pending => false,
        }
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(cut) = self.scissors.cut() else {
            return Pin::new(&mut self.inner).poll_write(context, bytes);
        };
        let allowed = self.progress.before(cut.point(), bytes);
        if allowed == 0 && !bytes.is_empty() {
            return self.end(cut, context);
        }
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, &bytes[..allowed]))?;
        self.progress.wrote(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_is_found_however_the_answer_is_split() {
        let answer = b"HTTP/1.1 200 OK\r\na: b\r\n\r\n0123456789";
        let head = answer.len() - 10;
        for piece in 1..=answer.len() {
            let (mut progress, mut passed) = (Progress::default(), 0);
            'whole: for part in answer.chunks(piece) {
                let mut rest = part;
                while !rest.is_empty() {
                    match progress.before(Point::Body(4), rest) {
                        0 => break 'whole,
                        n => {
                            progress.wrote(&rest[..n]);
                            passed += n;
                            rest = &rest[n..];
                        }
                    }
                }
            }
            assert_eq!(passed, head + 4, "in pieces of {piece}");
        }
        assert_eq!(Progress::default().before(Point::Start, answer), 0);
    }
}
