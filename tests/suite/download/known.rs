//! The datasets that are known by name: their table, their files, and `ocellus data`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use md5::{Digest, Md5};
use ocellus::data::catalogue::{Distribution, KNOWN, KnownFile, find};
use ocellus::data::digits;
use ocellus::data::download::{Checksum, fetch_into};

use super::server::{Answer, Server};
use super::{contents, options};

// --- The library -----------------------------------------------------------------------------------------------------

#[test]
fn the_table_of_known_sets_is_sound() {
    let names: BTreeSet<&str> = KNOWN.iter().map(|set| set.name).collect();
    assert_eq!(names.len(), KNOWN.len());
    for set in KNOWN {
        assert_eq!(find(set.name).unwrap(), &set);
        let Some(distribution) = set.distribution else { continue };
        assert!(names.contains(distribution.folder), "{}", set.name);
        for mirror in distribution.mirrors {
            assert!(mirror.starts_with("https://") && mirror.ends_with('/'), "{mirror}");
        }
        let files: BTreeSet<&str> = distribution.files.iter().map(|file| file.name).collect();
        assert_eq!(files.len(), distribution.files.len(), "{}", set.name);
        assert!(!files.is_empty() && !distribution.mirrors.is_empty(), "{}", set.name);
    }
    let (set, splits) = (find("digits").unwrap(), digits::load().unwrap());
    assert_eq!(set.shape, splits.train.shape());
    assert_eq!((set.train, set.test, set.classes), (splits.train.len(), splits.test.len(), splits.train.classes()));
}

#[test]
fn a_mistyped_name_is_answered_with_the_nearest() {
    for (name, meant) in [("CIFAR-10", "'cifar10'"), ("cifar", "'cifar10'"), ("fashion_mnist", "'fashion-mnist'")] {
        let message = find(name).unwrap_err().to_string();
        for word in [name, meant, "digits, cifar10, "] {
            assert!(message.contains(word), "'{word}' is not in: {message}");
        }
    }
    let message = find("imagenet").unwrap_err().to_string();
    assert!(message.contains("'imagenet'; there are digits") && message.contains("cifar100-coarse"), "{message}");
}

#[test]
fn all_files_of_a_set_come_from_its_mirrors() {
    let names = ["images.gz", "labels.gz"];
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/set/images.gz" => Answer::file(request, &contents(1), "\"images\""),
        "/other/labels.gz" => Answer::file(request, &contents(2), "\"labels\""),
        _ => Answer::bare(404).with("Content-Length", 0),
    });
    let files = [1, 2].map(|seed| {
        let checksum = Checksum::Md5(Md5::digest(contents(seed)).into());
        KnownFile { name: names[seed as usize - 1], bytes: contents(seed).len() as u64, checksum }
    });
    let mirrors = ["/set/", "/other/"].map(|path| &*server.address(path).leak());
    let distribution = Distribution { folder: "set", mirrors: mirrors.to_vec().leak(), files: files.to_vec().leak() };
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        fetch_into(folder.path(), &distribution, &options(), &()).unwrap();
    }
    assert_eq!(fs::read(folder.path().join(names[0])).unwrap(), contents(1));
    assert_eq!(fs::read(folder.path().join(names[1])).unwrap(), contents(2));
    assert_eq!(server.requests().len(), 3);

    drop(server);
    let elsewhere = tempfile::tempdir().unwrap();
    let message = fetch_into(elsewhere.path(), &distribution, &options(), &()).unwrap_err().to_string();
    assert!(message.contains("labels.gz belong"), "{message}");
}

// --- The command line ------------------------------------------------------------------------------------------------

/// Runs the program with this cache and no network: exit code, standard output, standard error.
fn ocellus(cache: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ocellus"));
    command.current_dir(cache).args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
    for variable in ["NO_PROXY", "no_proxy"] {
        command.env_remove(variable);
    }
    // Whatever network there is, nothing gets through this.
    command.env("OCELLUS_CACHE", cache).env("ALL_PROXY", "http://127.0.0.1:9");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn list_shows_what_is_there() {
    let cache = tempfile::tempdir().unwrap();
    let mnist = cache.path().join("datasets").join("mnist");
    fs::create_dir_all(&mnist).unwrap();
    fs::write(mnist.join("train-labels-idx1-ubyte.gz"), "").unwrap();
    let cifar10 = cache.path().join("datasets").join("cifar10");
    fs::create_dir_all(&cifar10).unwrap();
    fs::write(cifar10.join("cifar-10-binary.tar.gz"), "").unwrap();

    let (code, out, _) = ocellus(cache.path(), &["data", "list"]);
    assert_eq!(code, Some(0));
    let line = |name: &str| out.lines().find(|line| line.starts_with(&format!("│ {name} "))).unwrap();
    for (name, words) in [
        ("digits", &["4000 + 1000", "28x28x1", "in the program"][..]),
        ("cifar10", &["50000 + 10000", "32x32x3", "170.1 MB", "│ downloaded", &cifar10.display().to_string()]),
        ("cifar100", &["100", "168.5 MB", "not downloaded"]),
        ("cifar100-coarse", &["20", "not downloaded"]),
        ("mnist", &["11.6 MB", "incomplete"]),
        ("fashion-mnist", &["not downloaded"]),
    ] {
        for word in words {
            assert!(line(name).contains(word), "'{word}' is not in: {}", line(name));
        }
    }

    let (code, out, _) = ocellus(cache.path(), &["data", "list", "--json"]);
    assert_eq!(code, Some(0));
    let sets: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(sets.as_array().unwrap().len(), KNOWN.len());
    assert_eq!(sets[1]["name"], "cifar10");
    assert_eq!(sets[1]["bytes"], 170_052_171);
    assert_eq!(sets[1]["state"], "downloaded");
    assert_eq!(sets[1]["folder"], cifar10.display().to_string());
}

#[test]
fn path_prints_the_folder_alone() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("datasets").join("cifar100");
    let (code, out, error) = ocellus(cache.path(), &["data", "path", "cifar100-coarse"]);
    assert_eq!((code, out), (Some(1), format!("{}\n", folder.display())));
    assert!(error.contains("not downloaded") && error.contains("data fetch cifar100-coarse"), "{error}");
    assert!(!folder.exists());

    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cifar-100-binary.tar.gz"), "").unwrap();
    let (code, out, _) = ocellus(cache.path(), &["data", "path", "cifar100"]);
    assert_eq!((code, out), (Some(0), format!("{}\n", folder.display())));

    let (code, _, error) = ocellus(cache.path(), &["data", "path", "digits"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("NAME digits: it is in the program and has no folder"), "{error}");
}

#[test]
fn verify_names_every_wrong_file() {
    let cache = tempfile::tempdir().unwrap();
    let (code, out, _) = ocellus(cache.path(), &["data", "verify"]);
    assert_eq!((code, out.as_str()), (Some(0), "nothing is downloaded\n"));
    let (code, out, _) = ocellus(cache.path(), &["data", "verify", "digits"]);
    assert_eq!((code, out.as_str()), (Some(0), "digits: in the program\n"));

    let folder = cache.path().join("datasets").join("cifar10");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("cifar-10-binary.tar.gz");
    fs::write(&file, "another file").unwrap();
    for names in [&[][..], &["cifar10"]] {
        let (code, out, error) = ocellus(cache.path(), &[&["data", "verify"], names].concat());
        assert_eq!(code, Some(1), "{out}{error}");
        assert!(out.starts_with(&format!("{}: WRONG, sha256 ", file.display())), "{out}");
        assert!(out.contains("instead of sha256 c4a38c50"), "{out}");
        assert!(error.contains("1 of 1 files"), "{error}");
    }
    let (code, out, error) = ocellus(cache.path(), &["data", "verify", "mnist"]);
    assert_eq!((code, out.lines().count()), (Some(1), 4));
    assert!(out.contains("missing") && error.contains("4 of 4 files"), "{out}{error}");
}

#[test]
fn fetch_without_a_network_says_where_to_put_the_files() {
    let cache = tempfile::tempdir().unwrap();
    let folder = cache.path().join("datasets").join("mnist");
    let (code, out, error) = ocellus(cache.path(), &["data", "fetch", "mnist"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let place = folder.join("train-images-idx3-ubyte.gz").display().to_string();
    for word in [
        "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
        "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
        "proxy 127.0.0.1:9",
        &place,
        "md5 f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "t10k-labels-idx1-ubyte.gz belong beside it",
    ] {
        assert!(error.contains(word), "'{word}' is not in: {error}");
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".lock"]);
}

#[test]
fn a_set_that_is_wanted_for_training_is_downloaded() {
    let cache = tempfile::tempdir().unwrap();
    let (code, _, error) = ocellus(cache.path(), &["train", "--data", "cifar10"]);
    assert_eq!(code, Some(1));
    let place = cache.path().join("datasets").join("cifar10").join("cifar-10-binary.tar.gz").display().to_string();
    for word in ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", place.as_str()] {
        assert!(error.contains(word), "'{word}' is not in: {error}");
    }
}

#[test]
fn a_mistyped_name_is_refused_before_anything_is_downloaded() {
    let cache = tempfile::tempdir().unwrap();
    for arguments in [&["fetch", "mnist", "cifar1"][..], &["path", "cifar1"], &["verify", "cifar1"]] {
        let (code, out, error) = ocellus(cache.path(), &[&["data"], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(error.contains("'cifar10'"), "{error}");
    }
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
}
