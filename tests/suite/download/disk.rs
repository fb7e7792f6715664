//! Files that are there already, and places that cannot be written.

use super::*;

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
