//! CIFAR-10 from archives, and what is beside its files.

use ocellus::data::cifar10;

use super::*;
#[test]
fn foreign_files_are_passed_over() {
    let foreign =
        ["readme.html", "._data_batch_1.bin", "data_batch_+3.bin", "data_batch_.bin", "data_batch_3.bin.part"];
    let foreign = foreign.map(|name| (name.to_string(), b"foreign".to_vec()));
    let files = [cifar10_files(), foreign.to_vec()].concat();
    let expected = cifar10::load(folder(&cifar10_files()).path()).unwrap();
    assert_eq!(cifar10::load(folder(&files).path()).unwrap(), expected);

    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in &files {
        append(&mut archive, name, bytes);
    }
    for name in ["elsewhere/data_batch_3.bin", "../data_batch_3.bin", "/data_batch_3.bin"] {
        append(&mut archive, name, b"foreign");
    }
    let mut link = tar::Header::new_ustar();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    archive.append_link(&mut link, "data_batch_4.bin", "/etc/passwd").unwrap();
    let (_folder, archive) = archive_of(&gzip(&archive.into_inner().unwrap()));
    assert_eq!(cifar10::load(&archive).unwrap(), expected);
}

#[test]
fn reading_an_archive_writes_nothing() {
    let files = [cifar10_files(), vec![("../escaped".into(), b"outside".to_vec())]].concat();
    let (beside, archive) = archive_of(&gzip(&tar_of("", &files)));
    let names =
        |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    cifar10::load(&archive).unwrap();
    assert_eq!(names(beside.path()), ["cifar-10-binary.tar.gz"]);
    assert!(!beside.path().parent().unwrap().join("escaped").exists());
}

#[test]
fn a_truncated_archive_is_refused_with_file_and_offset() {
    let packed = gzip(&tar_of("", &cifar10_files()));
    for length in [2, 9, 11, 1000, packed.len() / 2, packed.len() - 9, packed.len() - 1] {
        let (_folder, archive) = archive_of(&packed[..length]);
        let message = refusal(cifar10::load(&archive));
        assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "ends in the middle", "get the files again"]);
        assert_says(&message, &[&format!("byte {length}:")]);
    }
}

#[test]
fn an_archive_whose_tar_data_is_cut_off_is_refused() {
    let whole = tar_of("", &cifar10_files());
    // Within the first member, within the second member's header, within a member that is passed over.
    for (length, reason) in [(5000, "before the end of a member"), (512 + 9728 + 100, "entire block")] {
        let message = refusal(cifar10::load(archive_of(&gzip(&whole[..length])).1));
        assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked", reason]);
    }
    let foreign = tar_of("", &[("readme.html".into(), vec![0; 5000])]);
    let message = refusal(cifar10::load(archive_of(&gzip(&foreign[..2000])).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked"]);
}

#[test]
fn an_archive_with_a_wrong_checksum_is_refused() {
    let mut packed = gzip(&tar_of("", &cifar10_files()));
    let end = packed.len();
    packed[end - 8] ^= 1;
    let message = refusal(cifar10::load(archive_of(&packed).1));
    assert_says(&message, &[&format!("cifar-10-binary.tar.gz, byte {end}:"), "checksum"]);

    let mut tar = tar_of("", &cifar10_files());
    tar[0] ^= 1;
    let message = refusal(cifar10::load(archive_of(&gzip(&tar)).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "header checksum"]);
}

#[test]
fn a_member_that_lies_about_its_size_is_refused() {
    let mut header = tar::Header::new_ustar();
    header.set_path("data_batch_1.bin").unwrap();
    header.set_size(1 << 50);
    header.set_cksum();
    let mut archive = header.as_bytes().to_vec();
    archive.extend(records(&[1, 2]));
    let message = refusal(cifar10::load(archive_of(&gzip(&archive)).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "before the end of a member"]);
}

#[test]
fn a_file_that_is_no_archive_is_refused() {
    let here = folder(&cifar10_files());
    let message = refusal(cifar10::load(here.path().join("data_batch_1.bin")));
    assert_says(&message, &["data_batch_1.bin, byte 0:", "no .tar.gz archive", "get the files again"]);
    assert_says(&refusal(cifar10::load(archive_of(&[]).1)), &["cifar-10-binary.tar.gz, byte 0:", "no .tar.gz"]);
    // gzip data of something else.
    let message = refusal(cifar10::load(archive_of(&gzip(&noise(3000))).1));
    assert_says(&message, &["cifar-10-binary.tar.gz, byte ", "cannot be unpacked"]);
}
