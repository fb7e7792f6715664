//! Downloads from a server that cuts off, stalls, redirects, lies and changes its mind; and what is on disk afterwards.

mod known;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ocellus::data::download::{AddressError, Checksum, DownloadError, DownloadOptions, FileState, RemoteFile};
use ocellus::data::{Unit, Watch};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use server::{Answer, Request, Server, nowhere};

// --- Helpers ---------------------------------------------------------------------------------------------------------

const NAME: &str = "pictures.bin";
const BYTES: usize = 200_000;
const TAG: &str = "\"first\"";

/// A file's contents, different for each `seed` and nowhere repeating within reach of a wrong offset.
fn contents(seed: u32) -> Vec<u8> {
    (0..BYTES as u32).map(|i| ((i ^ seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn checksum(contents: &[u8]) -> Checksum {
    Checksum::Sha256(Sha256::digest(contents).into())
}

/// Waits and pauses short enough for tests.
fn options() -> DownloadOptions {
    DownloadOptions {
        connect: Duration::from_secs(5),
        stall: Duration::from_secs(5),
        tries: 3,
        pause: Duration::from_millis(1),
        redirects: 4,
        proxy: false,
    }
}

/// The same, for servers that fall silent.
fn impatient() -> DownloadOptions {
    DownloadOptions { stall: Duration::from_millis(150), ..options() }
}

/// A place for the file, and what is there.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sets").join(NAME)
    }

    fn file(&self, contents: &[u8], addresses: &[String]) -> RemoteFile {
        let (path, bytes, checksum) = (self.path(), contents.len() as u64, checksum(contents));
        RemoteFile { addresses: addresses.to_vec(), path, bytes, checksum }
    }

    /// The names beside the file's place that stand for its contents.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("sets")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }

    /// Expects the file to be there with these contents, and nothing else but the note that it is right.
    fn holds(&self, contents: &[u8]) {
        assert!(fs::read(self.path()).unwrap() == contents, "other contents than those of the file");
        assert_eq!(self.names(), [format!(".{NAME}.verified"), NAME.to_owned()]);
    }

    /// Puts the part there that an earlier program could have left.
    fn put_part(&self, part: &[u8], origin: &str) {
        let path = |suffix| self.path().with_file_name(format!("{NAME}{suffix}"));
        put(&path(".part"), part);
        put(&path(".part.json"), origin.as_bytes());
    }

    fn holds_nothing(&self) {
        assert_eq!(self.names(), [""; 0]);
    }

    /// Expects the beginning of `contents` and where it is from, and nothing else.
    fn holds_part(&self, contents: &[u8]) {
        assert_eq!(self.names(), [format!("{NAME}.part"), format!("{NAME}.part.json")]);
        let part = fs::read(self.path().with_file_name(format!("{NAME}.part"))).unwrap();
        assert!(part == contents, "{} bytes, expected {}", part.len(), contents.len());
    }
}

/// Downloads from a server with these answers; the result, what it was asked, and the place.
fn download(
    contents: &[u8],
    options: &DownloadOptions,
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> (Result<(), DownloadError>, Server, Place) {
    let (server, place) = (Server::start(answer), Place::new());
    let result = place.file(contents, &[server.address("/file")]).ensure(options, &());
    (result, server, place)
}

/// Why the only address did not give the file.
fn reason(result: Result<(), DownloadError>) -> AddressError {
    match result {
        Err(DownloadError::Failed { mut tried, .. }) if tried.len() == 1 => tried.remove(0).1,
        other => panic!("{other:?}"),
    }
}

// --- When all goes well ----------------------------------------------------------------------------------------------

#[derive(Default)]
struct Told {
    begun: Mutex<Vec<(String, Option<u64>, Unit)>>,
    advanced: AtomicU64,
    ended: AtomicU64,
}

impl Watch for Told {
    fn begin(&self, what: &str, total: Option<u64>, unit: Unit) {
        self.begun.lock().unwrap().push((what.to_owned(), total, unit));
    }

    fn advance(&self, amount: u64) {
        self.advanced.fetch_add(amount, Ordering::SeqCst);
    }

    fn end(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_file_is_downloaded_checked_and_told_of() {
    let body = contents(1);
    let (server, place, told) = (Server::start(|_, _| Answer::whole(&contents(1))), Place::new(), Told::default());
    place.file(&body, &[server.address("/file")]).ensure(&options(), &told).unwrap();
    place.holds(&body);
    let total = Some(BYTES as u64);
    let expected = ["downloading pictures.bin", "checking pictures.bin"].map(|what| (what.into(), total, Unit::Bytes));
    assert_eq!(*told.begun.lock().unwrap(), expected);
    assert_eq!(told.advanced.load(Ordering::SeqCst), 2 * BYTES as u64);
    assert_eq!(told.ended.load(Ordering::SeqCst), 2);
    let [request] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert_eq!(request.path, "/file");
    assert_eq!(request.header("user-agent"), Some(concat!("ocellus/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.first_byte(), None);
}

#[test]
fn a_file_of_unannounced_length_is_taken() {
    let body = contents(1);
    let (result, _, place) = download(&body, &options(), |_, _| Answer::bare(200).body(&contents(1)));
    result.unwrap();
    place.holds(&body);
    let chunked = |_: &Request, _| {
        let body = contents(1);
        let mut chunks = Vec::new();
        for chunk in body.chunks(7_000) {
            chunks.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            chunks.extend(chunk);
            chunks.extend(b"\r\n");
        }
        chunks.extend(b"0\r\n\r\n");
        Answer::bare(200).with("Transfer-Encoding", "chunked").body(&chunks)
    };
    let (result, _, place) = download(&body, &options(), chunked);
    result.unwrap();
    place.holds(&body);
}

#[test]
fn what_is_there_is_not_downloaded_again() {
    let (body, place) = (contents(1), Place::new());
    let server = Server::start(|_, _| Answer::whole(&contents(1)));
    let file = place.file(&body, &[server.address("/file")]);
    for _ in 0..3 {
        file.ensure(&options(), &()).unwrap();
    }
    assert_eq!(server.requests().len(), 1);
    place.holds(&body);
}

#[test]
fn downloads_of_the_same_file_at_a_time_wait_for_each_other() {
    let (body, place) = (contents(1), Place::new());
    let server = Server::start(|request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        if number == 0 { answer.stall(BYTES / 2) } else { answer }
    });
    let file = place.file(&body, &[server.address("/file")]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| file.ensure(&impatient(), &()).unwrap());
        }
    });
    assert_eq!(server.first_bytes(), [None, Some(BYTES / 2)]);
    place.holds(&body);
}

// --- Cut off and taken up again --------------------------------------------------------------------------------------

#[test]
fn a_cut_off_download_goes_on_where_it_was() {
    let body = contents(1);
    let (result, server, place) = download(&body, &options(), |request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        match number {
            0 => answer.cut(50_000),
            1 => answer.cut(70_000),
            _ => answer,
        }
    });
    result.unwrap();
    assert_eq!(server.first_bytes(), [None, Some(50_000), Some(120_000)]);
    assert!(server.requests()[1..].iter().all(|request| request.header("if-range") == Some(TAG)));
    place.holds(&body);
}

/// Sends 80,000 bytes, then twice none, then all that it is asked for.
fn cut_three_times() -> Server {
    Server::start(|request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        match number {
            0 => answer.cut(80_000),
            1 | 2 => answer.cut(0),
            _ => answer,
        }
    })
}

#[test]
fn a_download_is_taken_up_by_a_later_program() {
    let (body, place, server) = (contents(1), Place::new(), cut_three_times());
    let file = place.file(&body, &[server.address("/file")]);
    let error = reason(file.ensure(&options(), &()));
    assert_eq!(error, AddressError::CutOff { arrived: 80_000, bytes: BYTES as u64 });
    place.holds_part(&body[..80_000]);
    file.ensure(&options(), &()).unwrap();
    assert_eq!(server.first_bytes(), [None, Some(80_000), Some(80_000), Some(80_000)]);
    place.holds(&body);
}

#[test]
fn a_part_that_was_complete_is_checked_without_asking_again() {
    let (body, place) = (contents(1), Place::new());
    let server = Server::start(|_, _| Answer::bare(500));
    let file = place.file(&body, &[server.address("/file")]);
    // As a program leaves it that ended between the last byte and the check.
    place.put_part(&body, r#"{"address":"http://elsewhere/","validator":"\"first\""}"#);
    file.ensure(&options(), &()).unwrap();
    assert_eq!(server.requests().len(), 0);
    place.holds(&body);
}

#[test]
fn a_part_that_cannot_be_trusted_is_thrown_away() {
    let body = contents(1);
    let too_long = vec![0; BYTES + 1];
    for (part, origin) in [
        (&body[..1_000], ""),
        (&body[..1_000], "{"),
        (&body[..1_000], r#"{"address":"http://elsewhere/","validator":"\"first\""}"#),
        (&too_long[..], r#"{"address":"SERVER","validator":"\"first\""}"#),
    ] {
        let (server, place) = (Server::start(|request, _| Answer::file(request, &contents(1), TAG)), Place::new());
        let address = server.address("/file");
        place.put_part(part, &origin.replace("SERVER", &address));
        place.file(&body, &[address]).ensure(&options(), &()).unwrap();
        assert_eq!(server.first_bytes(), [None], "{origin}");
        place.holds(&body);
    }
}

#[test]
fn a_damaged_part_is_found_and_downloaded_again_from_its_start() {
    let (body, place, server) = (contents(1), Place::new(), cut_three_times());
    let file = place.file(&body, &[server.address("/file")]);
    file.ensure(&options(), &()).unwrap_err();
    let part = place.path().with_file_name(format!("{NAME}.part"));
    let mut damaged = fs::read(&part).unwrap();
    damaged[40_000] ^= 1;
    fs::write(&part, damaged).unwrap();
    file.ensure(&options(), &()).unwrap();
    assert_eq!(server.first_bytes()[3..], [Some(80_000), None]);
    place.holds(&body);
}

#[test]
fn a_server_that_stalls_is_asked_again() {
    let body = contents(1);
    let (result, server, place) = download(&body, &impatient(), |request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        if number == 0 { answer.stall(50_000) } else { answer }
    });
    result.unwrap();
    assert_eq!(server.first_bytes(), [None, Some(50_000)]);
    place.holds(&body);
}

#[test]
fn a_server_that_stays_silent_is_given_up() {
    let body = contents(1);
    let started = Instant::now();
    let (result, server, place) =
        download(&body, &impatient(), |request, _| Answer::file(request, &contents(1), TAG).stall(0));
    assert_eq!(reason(result), AddressError::Stalled { arrived: 0, bytes: BYTES as u64 });
    assert_eq!(server.requests().len(), 3);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    place.holds_nothing();
}

#[test]
fn tries_without_getting_ahead_are_counted() {
    let body = contents(1);
    // A byte at a time would take 200,000 tries.
    let (result, server, _) = download(&body, &options(), |request, _| Answer::file(request, &contents(1), TAG).cut(1));
    assert_eq!(reason(result), AddressError::CutOff { arrived: 3, bytes: BYTES as u64 });
    assert_eq!(server.requests().len(), 3);
    // Halves of the file, over and over, where the server cannot go on.
    let (result, server, place) = download(&body, &options(), |_, _| Answer::whole(&contents(1)).cut(100_000));
    assert_eq!(reason(result), AddressError::CutOff { arrived: 100_000, bytes: BYTES as u64 });
    assert_eq!(server.requests().len(), 3);
    // Without a name for this state of the file, nobody can go on with it.
    place.holds_nothing();
}

#[test]
fn a_busy_server_is_asked_again() {
    for status in [408, 429, 500, 502, 503, 504] {
        let body = contents(1);
        let (result, server, place) = download(&body, &options(), move |request, number| match number {
            0 => Answer::bare(status).with("Content-Length", 0),
            _ => Answer::file(request, &contents(1), TAG),
        });
        result.unwrap();
        assert_eq!(server.requests().len(), 2, "{status}");
        place.holds(&body);
    }
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_waited_for() {
    let body = contents(1);
    let target = Server::start(|request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        if number == 0 { answer.cut(50_000) } else { answer }
    });
    let (there, gone) = (target.address("/file"), nowhere());
    let (result, server, place) = download(&body, &options(), move |_, number| match number {
        1 => Answer::redirect(&gone),
        _ => Answer::redirect(&there),
    });
    result.unwrap();
    assert_eq!(server.requests().len(), 3);
    assert_eq!(target.first_bytes(), [None, Some(50_000)]);
    place.holds(&body);
}

// --- Servers that refuse ranges, or change the file ------------------------------------------------------------------

#[test]
fn a_server_without_ranges_sends_the_file_again() {
    let body = contents(1);
    for refusal in [200, 416] {
        let (result, server, place) = download(&body, &options(), move |request, number| {
            let whole = Answer::whole(&contents(1)).with("ETag", TAG);
            match (number, request.first_byte()) {
                (0, _) => whole.cut(50_000),
                (_, Some(_)) if refusal == 416 => Answer::bare(416).with("Content-Length", 0),
                _ => whole,
            }
        });
        result.unwrap();
        assert_eq!(server.first_bytes()[..2], [None, Some(50_000)]);
        place.holds(&body);
    }
}

#[test]
fn the_time_of_the_last_change_serves_where_there_is_no_strong_tag() {
    let body = contents(1);
    let changed = "Mon, 01 Jan 2024 00:00:00 GMT";
    let (result, server, place) = download(&body, &options(), move |request, number| {
        let answer = Answer::file(request, &contents(1), changed).with("ETag", "W/\"weak\"");
        let answer = answer.with("Last-Modified", changed);
        if number == 0 { answer.cut(50_000) } else { answer }
    });
    result.unwrap();
    assert_eq!(server.first_bytes(), [None, Some(50_000)]);
    assert_eq!(server.requests()[1].header("if-range"), Some(changed));
    place.holds(&body);
}

#[test]
fn a_file_that_nobody_can_vouch_for_is_downloaded_from_its_start() {
    let body = contents(1);
    let (result, server, place) = download(&body, &options(), |request, number| {
        let answer = Answer::file(request, &contents(1), "W/\"weak\"");
        if number == 0 { answer.cut(50_000) } else { answer }
    });
    result.unwrap();
    assert_eq!(server.first_bytes(), [None, None]);
    place.holds(&body);
}

#[test]
fn a_file_that_changes_between_two_tries_is_not_glued_together() {
    let (old, new) = (contents(1), contents(2));
    // The first proper, the second deaf to If-Range, the third deaf and without tags.
    for manners in 0..3 {
        let (result, server, place) = download(&new, &options(), move |request, number| {
            let (old, new) = (contents(1), contents(2));
            match (number, request.first_byte()) {
                (0, _) => Answer::file(request, &old, TAG).cut(50_000),
                (_, Some(first)) if manners == 1 => Answer::rest(&new, first).with("ETag", "\"second\""),
                (_, Some(first)) if manners == 2 => Answer::rest(&new, first),
                _ => Answer::file(request, &new, "\"second\""),
            }
        });
        result.unwrap();
        assert_eq!(server.first_bytes()[..2], [None, Some(50_000)], "{manners}");
        assert_eq!(server.requests().len(), if manners == 0 { 2 } else { 3 }, "{manners}");
        place.holds(&new);
        assert_ne!(old, new);
    }
}

#[test]
fn another_part_than_the_one_asked_for_is_not_taken() {
    let body = contents(1);
    let last = BYTES - 1;
    for range in [
        format!("bytes 0-{last}/{BYTES}"),
        format!("bytes 49999-{last}/{BYTES}"),
        format!("bytes 50001-{last}/*"),
        format!("bytes 50000-{BYTES}/{BYTES}"),
        "bytes 50000-1/*".to_owned(),
        "bytes */200000".to_owned(),
        "pictures 50000-1/2".to_owned(),
        String::new(),
    ] {
        let lie = range.clone();
        let (result, server, place) = download(&body, &options(), move |request, number| {
            let answer = Answer::file(request, &contents(1), TAG);
            match number {
                0 => answer.cut(50_000),
                1 => answer.with("Content-Range", &lie),
                _ => answer,
            }
        });
        result.unwrap();
        assert_eq!(server.first_bytes(), [None, Some(50_000), None], "{range}");
        place.holds(&body);
    }
}

#[test]
fn a_rest_that_comes_in_pieces_is_asked_for_piece_by_piece() {
    let body = contents(1);
    let (result, server, place) = download(&body, &options(), |request, _| match request.first_byte() {
        None => Answer::file(request, &contents(1), TAG).cut(50_000),
        Some(first) => {
            let end = (first + 60_000).min(BYTES);
            let range = format!("bytes {first}-{}/{BYTES}", end - 1);
            let answer = Answer::bare(206).with("Content-Range", range).with("Content-Length", end - first);
            answer.with("ETag", TAG).body(&contents(1)[first..end])
        }
    });
    result.unwrap();
    assert_eq!(server.first_bytes(), [None, Some(50_000), Some(110_000), Some(170_000)]);
    place.holds(&body);
}

#[test]
fn a_part_that_was_not_asked_for_is_refused() {
    let (result, _, place) = download(&contents(1), &options(), |_, _| Answer::rest(&contents(1), 0));
    assert_eq!(reason(result), AddressError::Status(206));
    place.holds_nothing();
}

// --- Servers that lie ------------------------------------------------------------------------------------------------

#[test]
fn a_wrong_file_is_not_kept_and_both_checksums_are_told() {
    let (expected, found) = (contents(1), contents(2));
    let (server, place) = (Server::start(|request, _| Answer::file(request, &contents(2), TAG)), Place::new());
    let address = server.address("/file");
    let error = place.file(&expected, std::slice::from_ref(&address)).ensure(&options(), &()).unwrap_err();
    place.holds_nothing();
    assert_eq!(server.requests().len(), 1);
    let message = error.to_string();
    let path = place.path().display().to_string();
    for word in [NAME, &address, &checksum(&expected).to_string(), &checksum(&found).to_string(), &path] {
        assert!(message.contains(word), "'{word}' is not in: {message}");
    }
    let (expected, found) = (checksum(&expected), checksum(&found));
    assert_eq!(reason(Err(error)), AddressError::Different { expected, found });
}

#[test]
fn wrong_pieces_are_downloaded_again_only_once() {
    let (result, server, place) = download(&contents(1), &options(), |request, _| {
        Answer::file(request, &contents(2), TAG).cut(if request.first_byte().is_none() { 150_000 } else { BYTES })
    });
    assert!(matches!(reason(result), AddressError::Different { .. }));
    assert_eq!(server.first_bytes(), [None, Some(150_000), None, Some(150_000)]);
    place.holds_nothing();
}

#[test]
fn a_file_of_another_length_is_refused_before_it_is_sent() {
    let (body, bytes) = (contents(1), BYTES as u64);
    for announced in [0, 1, bytes - 1, bytes + 1, u64::MAX] {
        let (result, server, place) =
            download(&body, &options(), move |_, _| Answer::whole(&contents(1)).with("Content-Length", announced));
        assert_eq!(reason(result), AddressError::Length { found: announced, bytes });
        assert_eq!(server.requests().len(), 1);
        place.holds_nothing();
    }
}

#[test]
fn a_server_that_announces_more_than_it_has_is_taken_for_cut_off() {
    let body = contents(1);
    let (result, server, place) = download(&body, &options(), |request, _| {
        // Says that all is there, and has 150,000 bytes.
        Answer::file(request, &contents(1), TAG).cut(150_000 - request.first_byte().unwrap_or(0))
    });
    assert_eq!(reason(result), AddressError::CutOff { arrived: 150_000, bytes: BYTES as u64 });
    assert_eq!(server.requests().len(), 3);
    place.holds_part(&body[..150_000]);
}

#[test]
fn a_server_that_does_not_stop_is_stopped() {
    let endless = |_: &Request, _| Answer::bare(200).body(&[0; 10 * BYTES]);
    let (result, server, place) = download(&contents(1), &options(), endless);
    assert_eq!(reason(result), AddressError::TooLong(BYTES as u64));
    assert_eq!(server.requests().len(), 1);
    place.holds_nothing();
}

#[test]
fn an_answer_that_is_none_is_told() {
    let (result, _, place) = download(&contents(1), &options(), |_, _| {
        Answer::bare(200).with("Transfer-Encoding", "chunked").body(b"no chunk at all\r\n")
    });
    let error = reason(result);
    assert!(matches!(error, AddressError::Answer(_)), "{error:?}");
    place.holds_nothing();
    // Without an announced length, the end of the connection is the end of the file, or is not.
    let (result, server, place) =
        download(&contents(1), &options(), |_, _| Answer::bare(200).body(&contents(1)).cut(150_000));
    assert_eq!(reason(result), AddressError::CutOff { arrived: 150_000, bytes: BYTES as u64 });
    assert_eq!(server.requests().len(), 3);
    place.holds_nothing();
}

#[test]
fn a_missing_file_is_not_asked_for_twice() {
    for status in [400, 401, 403, 404, 410, 501] {
        let (result, server, place) = download(&contents(1), &options(), move |_, _| {
            Answer::bare(status).with("Content-Length", 9).body(b"not here!")
        });
        assert_eq!(reason(result), AddressError::Status(status));
        assert_eq!(server.requests().len(), 1);
        place.holds_nothing();
    }
}

#[test]
fn a_broken_server_is_given_up_after_some_tries() {
    let (result, server, place) =
        download(&contents(1), &options(), |_, _| Answer::bare(503).with("Content-Length", 0));
    assert_eq!(reason(result), AddressError::Status(503));
    assert_eq!(server.requests().len(), 3);
    place.holds_nothing();
}

// --- Redirects and mirrors -------------------------------------------------------------------------------------------

#[test]
fn redirects_are_followed_and_keep_the_range() {
    let body = contents(1);
    let target = Server::start(|request, number| {
        let answer = Answer::file(request, &contents(1), TAG);
        if number == 0 { answer.cut(50_000) } else { answer }
    });
    let absolute = target.address("/elsewhere");
    let (result, server, place) = download(&body, &options(), move |request, _| match request.path.as_str() {
        "/file" => Answer::redirect("/moved"),
        _ => Answer::redirect(&absolute),
    });
    result.unwrap();
    assert_eq!(target.first_bytes(), [None, Some(50_000)]);
    assert_eq!(server.requests().len(), 4);
    place.holds(&body);
}

#[test]
fn redirects_in_a_circle_end() {
    let (result, server, place) = download(&contents(1), &options(), |_, _| Answer::redirect("/file"));
    assert_eq!(reason(result), AddressError::Redirects(4));
    assert!(server.requests().len() <= 5, "{}", server.requests().len());
    place.holds_nothing();
}

#[test]
fn the_next_mirror_is_asked_where_one_fails() {
    let body = contents(1);
    let missing = Server::start(|_, _| Answer::bare(404).with("Content-Length", 0));
    let wrong = Server::start(|_, _| Answer::whole(&contents(2)));
    let cut = Server::start(|request, _| Answer::file(request, &contents(1), TAG).cut(0));
    let good = Server::start(|request, _| Answer::file(request, &contents(1), TAG));
    let unused = Server::start(|_, _| Answer::bare(404));
    let place = Place::new();
    let mut addresses = vec![nowhere()];
    addresses.extend([&missing, &wrong, &cut, &good, &unused].map(|server| server.address("/file")));
    place.file(&body, &addresses).ensure(&options(), &()).unwrap();
    let asked = [&missing, &wrong, &cut, &good, &unused].map(|server| server.requests().len());
    assert_eq!(asked, [1, 1, 3, 1, 0]);
    place.holds(&body);
}

#[test]
fn a_part_from_one_mirror_is_not_gone_on_with_at_another() {
    let body = contents(1);
    let first = Server::start(|request, _| {
        Answer::file(request, &contents(1), TAG).cut(if request.first_byte().is_none() { 50_000 } else { 0 })
    });
    let gone = Server::start(|_, _| Answer::bare(404).with("Content-Length", 0));
    let second = Server::start(|request, _| Answer::file(request, &contents(1), TAG));
    let place = Place::new();
    let addresses = [&first, &gone].map(|server| server.address("/file"));
    place.file(&body, &addresses).ensure(&options(), &()).unwrap_err();
    // A mirror that has nothing does not cost what another has sent.
    place.holds_part(&body[..50_000]);
    let addresses = [&first, &second].map(|server| server.address("/file"));
    place.file(&body, &addresses).ensure(&options(), &()).unwrap();
    assert_eq!(second.first_bytes(), [None]);
    place.holds(&body);
}

#[test]
fn without_a_network_the_addresses_and_the_place_are_told() {
    let (body, place, addresses) = (contents(1), Place::new(), [nowhere(), nowhere()]);
    let started = Instant::now();
    // Whoever is offline is not kept waiting for tries that cannot help.
    let slow = DownloadOptions { pause: Duration::from_secs(10), ..options() };
    let error = place.file(&body, &addresses).ensure(&slow, &()).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    place.holds_nothing();
    let message = error.to_string();
    let words = [NAME, &addresses[0], &addresses[1], &place.path().display().to_string(), &checksum(&body).to_string()];
    for word in words.into_iter().chain(["no server can be reached", "put it at"]) {
        assert!(message.contains(word), "'{word}' is not in: {message}");
    }
}

// --- Files on disk ---------------------------------------------------------------------------------------------------

/// Puts a file in its place as a person does.
fn put(path: &Path, contents: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

#[test]
fn a_file_put_there_by_hand_is_checked_once() {
    let (body, place) = (contents(1), Place::new());
    let file = place.file(&body, &[nowhere()]);
    put(&place.path(), &body);
    let told = Told::default();
    file.ensure(&options(), &told).unwrap();
    file.ensure(&options(), &told).unwrap();
    assert_eq!(told.begun.lock().unwrap().len(), 1);
    place.holds(&body);
    // Another file of the same length, later.
    let other = contents(2);
    fs::write(place.path(), &other).unwrap();
    let later = std::time::SystemTime::now() + Duration::from_secs(10);
    fs::File::options().write(true).open(place.path()).unwrap().set_modified(later).unwrap();
    let error = file.ensure(&options(), &told).unwrap_err();
    assert!(matches!(error, DownloadError::Different { .. }), "{error:?}");
    assert_eq!(fs::read(place.path()).unwrap(), other);
}

#[test]
fn another_file_under_the_name_is_told_and_left_alone() {
    let (body, place) = (contents(1), Place::new());
    let server = Server::start(|_, _| Answer::whole(&contents(1)));
    let file = place.file(&body, &[server.address("/file")]);
    for other in [&b""[..], &body[..BYTES - 1], &contents(2)] {
        put(&place.path(), other);
        let message = file.ensure(&options(), &()).unwrap_err().to_string();
        let path = place.path().display().to_string();
        let sums = [checksum(&body), checksum(other)].map(|sum| sum.to_string());
        for word in [path.as_str(), &sums[0], &sums[1], &server.address("/file"), "delete it"] {
            assert!(message.contains(word), "'{word}' is not in: {message}");
        }
        assert_eq!(fs::read(place.path()).unwrap(), other);
        assert_eq!(place.names(), [NAME]);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn verifying_reads_the_file_whatever_was_noted() {
    let (body, place) = (contents(1), Place::new());
    let file = place.file(&body, &[]);
    assert_eq!(file.verify(&()).unwrap(), FileState::Missing);
    put(&place.path(), &body);
    assert_eq!(file.verify(&()).unwrap(), FileState::Right);
    let modified = fs::metadata(place.path()).unwrap().modified().unwrap();
    let other = contents(2);
    fs::write(place.path(), &other).unwrap();
    // As a failing disk changes a file: its length and its time stay.
    fs::File::options().write(true).open(place.path()).unwrap().set_modified(modified).unwrap();
    file.ensure(&options(), &()).unwrap();
    let (expected, found) = (checksum(&body), checksum(&other));
    assert_eq!(file.verify(&()).unwrap(), FileState::Different { expected, found });
    // And that is not forgotten.
    file.ensure(&options(), &()).unwrap_err();
}

#[test]
fn what_cannot_be_written_is_named() {
    let (body, place) = (contents(1), Place::new());
    let server = Server::start(|_, _| Answer::whole(&contents(1)));
    let file = place.file(&body, &[server.address("/file")]);
    // Where the folder should be is a file.
    let folder = place.folder.path().join("sets");
    fs::write(&folder, "").unwrap();
    let error = file.ensure(&options(), &()).unwrap_err();
    assert!(matches!(&error, DownloadError::Write { .. } | DownloadError::Read { .. }), "{error:?}");
    assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    // Where the part should be is a folder.
    fs::remove_file(&folder).unwrap();
    let part = folder.join(format!("{NAME}.part"));
    fs::create_dir_all(&part).unwrap();
    let error = file.ensure(&options(), &()).unwrap_err();
    assert!(matches!(&error, DownloadError::Write { path, .. } if *path == part), "{error:?}");
    assert_eq!(server.requests().len(), 0);
    // Where the file should be is a folder.
    fs::remove_dir(&part).unwrap();
    fs::create_dir(place.path()).unwrap();
    let error = file.ensure(&options(), &()).unwrap_err();
    assert!(matches!(&error, DownloadError::Read { path, .. } if *path == place.path()), "{error:?}");
}
