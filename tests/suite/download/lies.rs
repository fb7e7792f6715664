//! Servers that lie.

use super::*;

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
