//! `ocellus lecture`, from beginning to end and interrupted.

use super::{names, ocellus, refuses, succeeds, text};
use crate::support::gpu;

#[test]
fn the_lecture_leaves_a_page_and_every_picture_that_it_shows() {
    if gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = succeeds(folder.path(), &["lecture", "--epochs", "1", "--limit", "640", "-o", "the lecture"]);
    assert!(ran.stdout.contains("\n19 25\n37 43\n") && ran.stdout.contains("[13/13]"), "{}", ran.stdout);
    let lecture = folder.path().join("the lecture");
    let page = text(&lecture.join("lecture.md"));
    let shown: Vec<&str> = page.split("](").skip(1).map(|rest| rest.split_once(')').unwrap().0).collect();
    assert_eq!(shown.len(), 11, "{page}");
    for picture in &shown {
        assert!(image::open(lecture.join(picture)).is_ok(), "{picture}");
    }
    let mut expected: Vec<String> = shown.iter().map(|name| (*name).to_owned()).collect();
    expected.extend(["lecture.md", "run"].map(str::to_owned));
    expected.sort();
    assert_eq!(names(&lecture), expected);
    assert_eq!(page.matches("```sh\nocellus ").count(), 13, "{page}");
    assert!(page.contains("ocellus filters 'the lecture/run' --output 'the lecture/filters.png'"), "{page}");
    assert!(page.contains("Total params: 93,322") && page.contains("Epoch 1 of 1 was the best"), "{page}");
}

#[cfg(unix)]
#[test]
fn a_lecture_that_is_interrupted_ends_there() {
    use super::resume::{begin, ctrl_c_is_ignored, end, signal};
    if gpu().is_none() || ctrl_c_is_ignored() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let child = begin(folder.path(), &["lecture", "--epochs", "1000", "--limit", "64"], "lecture/run", 2);
    signal(&child, &["-INT"]);
    let ran = end(child);
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stdout.contains("ocellus train --resume lecture/run"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("[6/13]") && !folder.path().join("lecture/lecture.md").exists(), "{}", ran.stdout);
}

#[test]
fn what_a_later_step_would_refuse_is_refused_at_once() {
    refuses(&["lecture", "--epochs", "0"], &["--epochs 0", "at least 1"]);
    refuses(&["lecture", "--limit", "0"], &["--limit 0", "at least 1"]);
    refuses(&["lecture", "--data-dir", "there"], &["--data-dir there", "in the program"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes"), "").unwrap();
    super::refuses_command(
        folder.path(),
        ocellus(folder.path(), &["lecture", "-o", "."]),
        &["something in it already"],
    );
}
