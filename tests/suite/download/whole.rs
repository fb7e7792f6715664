//! Downloads of servers that do as they should.

use super::*;

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
