//! One question to a server, and what it answers.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode, header};
use ureq::{Agent, Timeout};

use super::error::Trouble;
use super::part::{Origin, Part};
use super::{AddressError, DownloadOptions, Work};
use crate::data::{Unit, Watch};

/// The longest that resolving a name may take.
const RESOLVE: Duration = Duration::from_secs(20);

/// What asks servers for files.
pub(super) fn agent(options: &DownloadOptions) -> Agent {
    let mut config = Agent::config_builder()
        .user_agent(concat!("ocellus/", env!("CARGO_PKG_VERSION")))
        // Files are wanted as they are: their checksums say so.
        .accept_encoding("identity")
        .http_status_as_error(false)
        .max_redirects(options.redirects)
        .timeout_resolve(Some(RESOLVE))
        .timeout_connect(Some(options.connect))
        .timeout_per_read(Some(options.stall))
        .timeout_per_write(Some(options.stall));
    if !options.proxy {
        config = config.proxy(None);
    }
    config.build().into()
}

/// One question for a file.
pub(super) struct Transfer<'a> {
    pub(super) agent: &'a Agent,
    pub(super) address: &'a str,
    /// The file's name, for the watch.
    pub(super) name: &'a str,
    /// The file's length.
    pub(super) bytes: u64,
    pub(super) watch: &'a dyn Watch,
}

impl Transfer<'_> {
    /// Asks for what `part` lacks, and appends it. What the server cannot go on with is thrown away and begun again,
    /// once the server has shown that it sends something in its place.
    pub(super) fn run(&self, part: &mut Part) -> Result<(), Trouble> {
        let mut request = self.agent.get(self.address);
        let validator = part.validator_at(self.address).map(str::to_owned);
        if let Some(validator) = &validator {
            request = request
                .header(header::RANGE, format!("bytes={}-", part.bytes()))
                // Only if the file is still the same; else the server sends the whole of the new one.
                .header(header::IF_RANGE, validator);
        }
        let response = request.call().map_err(|error| self.trouble(error, part))?;
        let headers = response.headers();
        match (response.status(), &validator) {
            (StatusCode::OK, _) => {
                if let Some(length) = number(headers, header::CONTENT_LENGTH) {
                    self.check_length(length)?;
                }
                let address = self.address.to_owned();
                part.restart(validator_of(headers).map(|validator| Origin { address, validator }))?;
            }
            (StatusCode::PARTIAL_CONTENT, Some(validator)) => {
                if let Some(reason) = self.mismatch(headers, validator, part.bytes())? {
                    part.restart(None)?;
                    return Err(AddressError::Rest(reason).into());
                }
                part.resume();
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
                part.restart(None)?;
                return Err(AddressError::Rest("it refuses to".to_owned()).into());
            }
            (status, _) => return Err(AddressError::Status(status.as_u16()).into()),
        }
        self.receive(response.into_body().into_reader(), part)
    }

    /// Appends what `reader` gives.
    fn receive(&self, mut reader: impl Read, part: &mut Part) -> Result<(), Trouble> {
        let work = Work::begin(self.watch, &format!("downloading {}", self.name), Some(self.bytes), Unit::Bytes);
        work.advance(part.bytes());
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.trouble(error.into(), part)),
            };
            if part.bytes() + read as u64 > self.bytes {
                part.restart(None)?;
                return Err(AddressError::TooLong(self.bytes).into());
            }
            part.append(&buffer[..read])?;
            work.advance(read as u64);
        }
        if part.bytes() < self.bytes {
            return Err(AddressError::CutOff { arrived: part.bytes(), bytes: self.bytes }.into());
        }
        Ok(())
    }

    fn check_length(&self, found: u64) -> Result<(), AddressError> {
        if found != self.bytes {
            return Err(AddressError::Length { found, bytes: self.bytes });
        }
        Ok(())
    }

    /// Why an answer does not continue the part of `have` bytes; `None` when it does.
    fn mismatch(&self, headers: &HeaderMap, validator: &str, have: u64) -> Result<Option<String>, AddressError> {
        let range = headers.get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
        let Some((first, length)) = content_range(range) else {
            return Ok(Some(format!("it calls the part that it sends '{range}'")));
        };
        if let Some(length) = length {
            self.check_length(length)?;
        }
        if first != have {
            return Ok(Some(format!("it was asked for the bytes from {have}, and sends those from {first}")));
        }
        let changed = validator_of(headers).is_some_and(|now| now != validator && same_kind(&now, validator));
        Ok(changed.then(|| "the file there has changed since".to_owned()))
    }

    /// What an error of the network means.
    fn trouble(&self, error: ureq::Error, part: &Part) -> Trouble {
        let (arrived, bytes) = (part.bytes(), self.bytes);
        let unreachable = |reason: String| {
            let proxy = self.agent.config().proxy().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
            AddressError::Unreachable { via: proxy, reason }
        };
        let error = match error {
            ureq::Error::Timeout(Timeout::Resolve) => unreachable("looking up the host took too long".to_owned()),
            ureq::Error::Timeout(Timeout::Connect) => unreachable("connecting took too long".to_owned()),
            ureq::Error::Timeout(_) => AddressError::Stalled { arrived, bytes },
            ureq::Error::HostNotFound => unreachable("the host was not found".to_owned()),
            ureq::Error::TooManyRedirects => AddressError::Redirects(self.agent.config().max_redirects()),
            ureq::Error::Io(error) => match error.kind() {
                ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe => AddressError::CutOff { arrived, bytes },
                ErrorKind::TimedOut | ErrorKind::WouldBlock => AddressError::Stalled { arrived, bytes },
                _ => unreachable(error.to_string()),
            },
            error @ (ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_)
            | ureq::Error::Tls(_)
            | ureq::Error::Rustls(_)) => unreachable(error.to_string()),
            error => AddressError::Answer(error.to_string()),
        };
        error.into()
    }
}

fn number(headers: &HeaderMap, name: header::HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the server calls this state of the file, where a later question can be put on the condition that it is still
/// the same: the `ETag` unless it is weak (RFC 9110, 13.1.5), else the time of the last change.
fn validator_of(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(header::ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(header::LAST_MODIFIED))
}

/// Whether both are `ETag`s, which are quoted, or both are times: an answer need not repeat the latter.
fn same_kind(a: &str, b: &str) -> bool {
    a.starts_with('"') == b.starts_with('"')
}

/// The first byte and the whole length, where that is told, of `bytes FIRST-LAST/LENGTH`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, length) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let length = match length.trim() {
        "*" => None,
        length => Some(length.parse().ok()?),
    };
    (first <= last && length.is_none_or(|length| last < length)).then_some((first, length))
}
