//! Redirects and mirrors.

use super::*;

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
