//! Servers that refuse ranges, or change the file.

use super::*;

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
