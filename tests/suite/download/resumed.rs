//! Downloads that are cut off and taken up again.

use super::*;

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
